"""A missing or wrong key, a wrong URL, a DigiCert that is not there: one line each, and the state is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ORDER = 100000001


@pytest.fixture(autouse=True)
def revocation(stack: Stack) -> None:
    stack.declare(order_id=ORDER, comments="Key leaked.")


def test_while_digicert_is_down_the_preview_warns_and_the_update_fails_and_later_it_succeeds(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.environment["DIGICERT_RETRY_TIMEOUT"] = "0.2"
    sandbox.stop()
    line = f"order {ORDER}: {sandbox.base_url.split('/')[2]} cannot be reached (connection refused)"
    preview = stack.preview()
    assert preview.code == 0
    [warning] = preview.notices
    assert warning.startswith(f"warning: the preview cannot show what would be revoked: {line}")

    up = stack.up()
    assert up.code != 0
    [error] = up.errors
    assert error.startswith(line)
    assert "\n" not in error
    assert stack.resources() == {}

    sandbox.restart()
    up = stack.up()
    assert up.code == 0
    assert up.writes == [f"PUT /order/certificate/{ORDER}/revoke"]


def test_a_refresh_keeps_the_state_while_digicert_is_down_and_takes_out_what_it_does_not_know_any_more(
    stack: Stack, sandbox: Sandbox
) -> None:
    assert stack.up().code == 0
    [before] = stack.resources().values()
    stack.environment["DIGICERT_RETRY_TIMEOUT"] = "0.2"
    sandbox.stop()
    refresh = stack.refresh()
    assert refresh.code != 0
    [error] = refresh.errors
    assert f"order {ORDER}: " in error
    assert "cannot be reached (connection refused)" in error
    assert "\n" not in error
    [after] = stack.resources().values()
    assert all(after[part] == before[part] for part in ("id", "inputs", "outputs"))

    sandbox.restart()
    sandbox.forget(ORDER)
    refresh = stack.refresh()
    assert refresh.code == 0
    assert refresh.changes == {"delete": 1}
    assert refresh.notices == [
        f"warning: order {ORDER} is no longer in this CertCentral account; it is removed from the state"
    ]
    assert stack.resources() == {}
