"""`wait_for_decision`: what `pulumi up` does until an administrator decided."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.sandbox import Sandbox
    from support.stack import Result, Stack

pytestmark = pytest.mark.engine

ORDER = 100000001
ENOUGH = 600
"""Seconds that no test here waits for."""
KEPT = "1 error occurred:\n\t* {}"
"""How the engine tells the error of a resource that it keeps."""


def polls(sandbox: Sandbox) -> list[float]:
    """When the open requests were asked for, in seconds: a poll asks for the pending ones, then for the submitted ones."""
    pending = [call for call in sandbox.access_log() if "status%5D=pending" in call["path"]]
    return [datetime.fromisoformat(call["time"]).timestamp() for call in pending]


def up_while(stack: Stack, sandbox: Sandbox, decide: Callable[[], None]) -> Result:
    """`pulumi up --refresh` with a long wait, during which a decision is made."""
    stack.declare(order_id=ORDER, comments="Key leaked.", wait_for_decision=ENOUGH)
    polled = len(polls(sandbox))
    with ThreadPoolExecutor(1) as pool:
        up = pool.submit(stack.up, "--refresh")
        wait_until(lambda: len(polls(sandbox)) > polled, seconds=ENOUGH)
        decide()
        return up.result()


def test_when_the_time_is_up_the_revocation_is_kept_and_the_next_up_goes_on_until_the_approval(
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

    going_on = up_while(stack, sandbox, lambda: sandbox.approve(request["id"], "Checked."))
    assert (going_on.code, going_on.changes, going_on.writes) == (0, {"refresh": 1, "update": 1}, [])
    assert stack.outputs() == {"request_id": request["id"], "status": "approved", "revoked": True}
    assert stack.state()["processorComment"] == "Checked."


@pytest.mark.slow
def test_no_refresh_turns_a_rejection_while_waiting_green(stack: Stack, sandbox: Sandbox) -> None:
    def reject() -> None:
        sandbox.reject(sandbox.revoke_requests(ORDER)[0]["id"], "Still in use.")

    rejected = up_while(stack, sandbox, reject)
    [request] = sandbox.revoke_requests(ORDER)
    line = f"order {ORDER}: request {request['id']} was rejected: 'Still in use.'; to request the revocation again, change `comments`"
    assert rejected.errors == [KEPT.format(line)]
    again = stack.up("--refresh")
    assert again.errors == [KEPT.format(line)]
    assert f"warning: {line}" in again.notices
    assert again.writes == []
