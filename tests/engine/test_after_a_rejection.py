"""A revocation that was rejected makes a noise until somebody does something about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ORDER = 100000001
PROGRAM = """
import digicert_pulumi as digicert
import pulumi

protected = pulumi.ResourceOptions(protect=True)
leaked = digicert.OrderRevocation("leaked", order_id={order}, comments={comments!r}, opts=protected)
pulumi.export("status", leaked.status)
"""


def test_it_is_told_each_time_and_asking_again_takes_the_protection_away_first(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.write(PROGRAM.format(order=ORDER, comments="Key leaked."))
    assert stack.up().code == 0
    [request] = sandbox.revoke_requests(ORDER)
    sandbox.reject(request["id"])
    warning = f"warning: order {ORDER}: request {request['id']} was rejected; to request the revocation again, change `comments`"

    assert stack.refresh().notices == [warning]
    assert stack.outputs() == {"status": "pending"}
    assert stack.refresh("--run-program").notices == [warning]
    assert stack.outputs() == {"status": "rejected"}
    up = stack.up()
    assert (up.code, up.changes, up.notices) == (0, {"same": 1}, [warning])

    stack.write(PROGRAM.format(order=ORDER, comments="Not in use any more."))
    protected = stack.up()
    assert protected.code != 0
    assert "protect" in "".join(protected.errors)
    assert protected.writes == []
    stack.unprotect("leaked")
    assert stack.up().writes == [f"PUT /order/certificate/{ORDER}/revoke"]
