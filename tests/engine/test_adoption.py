"""What stands at DigiCert already is adopted: nothing is asked for twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine


PENDING, SUBMITTED, REJECTED = "revoke_pending", "revoke_submitted", "revoke_rejected"
REVOKED, WITHOUT_REQUEST = "revoked", "revoked_without_request"


def test_what_stands_is_shown_in_the_preview_and_adopted(stack: Stack, sandbox: Sandbox) -> None:
    orders = {kind: sandbox.find(kind) for kind in (PENDING, SUBMITTED, REJECTED, REVOKED, WITHOUT_REQUEST)}
    requests = {kind: sandbox.revoke_requests(order) for kind, order in orders.items()}
    declared = {kind: {"order_id": order, "comments": "Key leaked."} for kind, order in orders.items()}
    [rejected] = requests[REJECTED]
    declared[REJECTED]["comments"] = rejected["comments"]
    stack.declare_each(declared)

    preview = stack.preview()
    for kind in (PENDING, SUBMITTED):
        [request] = requests[kind]
        assert f'revocation: "request {request["id"]} is {request["status"]}"' in preview.properties
    not_again = f"order {orders[REJECTED]}: request {rejected['id']} with the same comments was rejected, so no request is sent"
    others = [
        f"order {orders[kind]}: request {requests[kind][0]['id']} is open, so no request is sent"
        for kind in (PENDING, SUBMITTED)
    ]
    warnings = sorted(notice.removeprefix("warning: ") for notice in preview.notices)
    expected = sorted([not_again, *others])
    assert [w.startswith(e) for w, e in zip(warnings, expected, strict=True)] == [True] * 3

    up = stack.up()
    assert (up.code, up.changes, up.writes) == (0, {"create": len(orders)}, [])
    assert all(any(each in notice for each in expected) for notice in up.notices)
    made = {name: resource["outputs"] for name, resource in stack.resources().items()}
    told = {
        kind: (state.get("requestId"), state.get("status"), state["revoked"]) for kind, state in made.items()
    }
    assert told == {
        PENDING: (requests[PENDING][0]["id"], "pending", False),
        SUBMITTED: (requests[SUBMITTED][0]["id"], "submitted", False),
        REJECTED: (rejected["id"], "rejected", False),
        REVOKED: (requests[REVOKED][0]["id"], "approved", True),
        WITHOUT_REQUEST: (None, None, True),
    }
    assert made[PENDING]["requester"]["id"] == requests[PENDING][0]["requester_id"]
    assert {kind: sandbox.revoke_requests(order) for kind, order in orders.items()} == requests
