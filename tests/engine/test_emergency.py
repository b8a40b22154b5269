"""The example that stays until an order is revoked, on the real CLI."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT
from support.processes import wait_until

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

EXAMPLE = (ROOT / "examples" / "emergency" / "__main__.py").read_text()
ORDER = 100000001


@pytest.fixture
def stack(stack: Stack) -> Stack:
    stack.configure({"orderId": str(ORDER), "commonName": "www.example.com"})
    stack.write(EXAMPLE)
    return stack


def test_an_administrator_revokes_at_once(stack: Stack, sandbox: Sandbox) -> None:
    stack.configure({"digicert:apiKey": sandbox.admin_key, "atOnce": "true"})
    up = stack.up()
    assert (up.code, up.writes) == (0, [f"PUT /order/certificate/{ORDER}/revoke"])
    outputs = stack.outputs()
    assert outputs["revoked"] is True
    assert outputs["accepted_at"]
    assert outputs["status_before"] == "issued"
    assert outputs["serial_numbers"][0] == sandbox.order(ORDER)["certificate"]["serial_number"]
    assert sandbox.revoke_requests(ORDER) == []


@pytest.mark.slow
def test_everybody_else_waits_for_the_decision(stack: Stack, sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(1) as pool:
        up = pool.submit(stack.up)
        # It waits once it has read the request back as pending.
        wait_until(lambda: "PUT" in [call["method"] for call in sandbox.access_log()[:-1]])
        [request] = sandbox.revoke_requests(ORDER)
        sandbox.approve(request["id"], "Go.")
        ended = up.result()
    assert ended.code == 0
    assert f"waiting up to 3600 s for the decision on request {request['id']}" in ended.text
    assert stack.outputs()["revoked"] is True
