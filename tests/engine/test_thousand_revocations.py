"""An incident: one program that declares a thousand revocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandbox import Sandbox

from digicert_pulumi.declaring.order_revocation import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

COUNT = 1000


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path, orders=COUNT * 5 // 4) as sandbox:
        yield sandbox


def test_a_thousand_revocations_are_previewed_and_updated(stack: Stack, sandbox: Sandbox) -> None:
    orders = sandbox.plain(COUNT)
    stack.write(f"""
import digicert_pulumi as digicert

for order in {orders}:
    digicert.OrderRevocation(f"order-{{order}}", order_id=order, comments="Incident 42.")
""")
    # A file backend stores the whole state anew after each of two thousand steps, unless it is told otherwise.
    stack.environment["PULUMI_SKIP_CHECKPOINTS"] = "true"
    # At the pace of DigiCert's own limits a thousand calls take five minutes.
    stack.environment["DIGICERT_REQUESTS_PER_MINUTE"] = "60000"

    preview = stack.preview()
    assert preview.code == 0
    assert (preview.changes, preview.errors, preview.notices) == ({"create": COUNT}, [], [])
    assert preview.writes == []

    up = stack.up()
    assert up.code == 0
    assert (up.changes, up.errors, up.notices) == ({"create": COUNT}, [], [])
    assert sorted(up.writes) == [f"PUT /order/certificate/{order}/revoke" for order in orders]

    revocations = stack.resources().values()
    assert sorted(int(revocation["id"]) for revocation in revocations) == orders
    providers = {
        revocation[part]["__provider"] for revocation in revocations for part in ("inputs", "outputs")
    }
    assert providers == {PROVIDER}
