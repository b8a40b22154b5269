"""What stands at DigiCert already is adopted: nothing is asked for twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("kind", ["revoke_pending", "revoke_submitted"])
def test_an_open_request_is_shown_in_the_preview_and_adopted(
    stack: Stack, sandbox: Sandbox, kind: str
) -> None:
    order = sandbox.find(kind)
    [request] = sandbox.revoke_requests(order)
    stack.declare(order_id=order, comments="Key leaked.")
    assert f'revocation  : "request {request["id"]} is {request["status"]}"' in stack.preview().text

    up = stack.up()
    assert up.code == 0
    assert up.writes == []
    assert stack.outputs() == {"request_id": request["id"], "status": request["status"], "revoked": False}
    assert stack.state()["requester"]["id"] == request["requester_id"]
    assert sandbox.revoke_requests(order) == [request]
    assert stack.refresh().changes == {"same": 1}


def test_an_order_that_an_administrator_revoked_on_request_is_left_alone(
    stack: Stack, sandbox: Sandbox
) -> None:
    order = sandbox.find("revoked")
    [request] = sandbox.revoke_requests(order)
    stack.declare(order_id=order, comments="Key leaked.")
    up = stack.up()
    assert up.code == 0
    assert up.writes == []
    assert stack.outputs() == {"request_id": request["id"], "status": "approved", "revoked": True}
    assert stack.refresh().changes == {"same": 1}


def test_an_order_that_was_revoked_without_a_request_is_left_alone(stack: Stack, sandbox: Sandbox) -> None:
    stack.declare(order_id=sandbox.find("revoked_without_request"), comments="Key leaked.")
    up = stack.up()
    assert up.code == 0
    assert up.writes == []
    assert stack.outputs() == {"revoked": True}
    assert stack.refresh().changes == {"same": 1}


def test_a_request_that_was_rejected_is_not_sent_again_with_the_same_comments(
    stack: Stack, sandbox: Sandbox
) -> None:
    order = sandbox.find("revoke_rejected")
    [request] = sandbox.revoke_requests(order)
    stack.declare(order_id=order, comments=request["comments"])
    line = f"order {order}: request {request['id']} with the same comments was rejected, so none"
    [warning] = stack.preview().notices
    assert warning.startswith(f"warning: {line}")
    up = stack.up()
    assert up.code == 0
    assert up.writes == []
    assert all(line in notice for notice in up.notices)
    assert stack.outputs() == {"request_id": request["id"], "status": "rejected", "revoked": False}


def test_an_administrator_who_skips_the_approval_revokes_at_once_without_a_request(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    stack.configure({"digicert:apiKey": sandbox.admin_key})
    stack.declare(order_id=order, comments="Key leaked.", skip_approval=True)
    up = stack.up()
    assert up.code == 0
    assert up.writes == [f"PUT /order/certificate/{order}/revoke"]
    [warning] = up.notices
    assert warning.startswith(f"warning: order {order}: skip_approval is set, so DigiCert revokes at once")
    assert stack.outputs() == {"revoked": True}
    assert "requestId" not in stack.state()
    assert sandbox.revoke_requests(order) == []
    assert stack.refresh().changes == {"same": 1}
    assert stack.up().calls == []
