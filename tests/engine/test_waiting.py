"""`wait_for_decision`: what `pulumi up` does until an administrator decided."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from support.processes import wait_until

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001
ENOUGH = 600
"""Seconds that no test here waits for."""
KEPT = "1 error occurred:\n\t* {}"
"""How the engine tells the error of a resource that it keeps."""


def request_of(sandbox: Sandbox, order: int) -> int:
    """The order's open request, as soon as there is one."""

    def opened() -> int:
        requests = sandbox.revoke_requests(order)
        return next((int(each["id"]) for each in requests if each["status"] == "pending"), 0)

    return wait_until(opened, seconds=ENOUGH)


def polls(sandbox: Sandbox) -> list[float]:
    """When the open requests were asked for, in seconds: a poll asks for the pending ones, then for the submitted ones."""
    pending = [call for call in sandbox.access_log() if "status%5D=pending" in call["path"]]
    return [datetime.fromisoformat(call["time"]).timestamp() for call in pending]


def test_an_approval_while_waiting_ends_it(stack: Stack, sandbox: Sandbox) -> None:
    stack.declare(order_id=ORDER, comments="Key leaked.", wait_for_decision=ENOUGH)
    with ThreadPoolExecutor(1) as pool:
        up = pool.submit(stack.up)
        request = request_of(sandbox, ORDER)
        sandbox.approve(request, "Checked.")
        assert up.result().code == 0
    assert up.result().changes == {"create": 1}
    assert stack.outputs() == {"request_id": request, "status": "approved", "revoked": True}
    assert stack.state()["processorComment"] == "Checked."
    assert stack.up().changes == {"same": 1}


def test_when_the_time_is_up_the_revocation_is_kept_and_the_next_up_goes_on_waiting(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.declare(order_id=ORDER, comments="Key leaked.", wait_for_decision=1)
    up = stack.up()
    [request] = sandbox.revoke_requests(ORDER)
    assert up.code != 0
    [error] = up.errors
    assert error == KEPT.format(
        f"order {ORDER} was not revoked within 1 s: request {request['id']} is pending; the resource is kept in the "
        "state; run `pulumi up` again to continue waiting"
    )
    assert stack.state()["requestId"] == request["id"]

    stack.declare(order_id=ORDER, comments="Key leaked.", wait_for_decision=ENOUGH)
    polled = len(polls(sandbox))
    with ThreadPoolExecutor(1) as pool:
        going_on = pool.submit(stack.up)
        wait_until(lambda: len(polls(sandbox)) > polled, seconds=ENOUGH)
        sandbox.approve(request["id"])
        assert going_on.result().code == 0
    assert going_on.result().writes == []
    assert stack.state()["revoked"] is True
    assert len(sandbox.revoke_requests(ORDER)) == 1


def test_no_refresh_turns_a_wait_green(stack: Stack, sandbox: Sandbox) -> None:
    stack.declare(order_id=ORDER, comments="Key leaked.", wait_for_decision=1)
    assert stack.up().code != 0
    [request] = sandbox.revoke_requests(ORDER)
    assert stack.refresh().code == 0
    assert stack.preview().changes == {"update": 1}
    pending = stack.up("--refresh")
    assert pending.code != 0
    assert f"request {request['id']} is pending" in pending.errors[0]

    sandbox.reject(request["id"], "Still in use.")
    line = f"order {ORDER}: request {request['id']} was rejected: 'Still in use.'; to request the revocation again, change `comments`"
    assert f"warning: {line}" in stack.refresh().notices
    rejected = stack.up("--refresh")
    assert rejected.errors == [KEPT.format(line)]
    assert f"warning: {line}" in rejected.notices
