"""What a changed program means once a revocation was sent: recorded, asked again, or another order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine


def test_changed_comments_of_a_pending_request_are_recorded_in_the_state_only(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    stack.declare(order_id=order, comments="First words.")
    assert stack.up().code == 0
    before = stack.state()

    stack.declare(order_id=order, comments="Other words.")
    preview = stack.preview()
    assert preview.changes == {"update": 1}
    assert '~ comments: "First words." => "Other words."' in preview.text
    [notice] = preview.notices
    assert notice.startswith(f"info: order {order}: the revocation was sent already")
    assert notice.endswith("recorded in the state only; DigiCert cannot edit a request")

    up = stack.up()
    assert up.code == 0
    assert up.changes == {"update": 1}
    assert up.calls == []
    assert up.notices == [notice]
    assert stack.state() == before | {"comments": "Other words."}
    assert [request["comments"] for request in sandbox.revoke_requests(order)] == ["First words."]
    assert stack.refresh().changes == {"same": 1}


def test_changed_comments_after_a_rejection_ask_again_with_a_new_request(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    stack.declare(order_id=order, comments="First words.")
    assert stack.up().code == 0
    first = stack.state()["requestId"]
    sandbox.reject(first, "Too few words.")
    assert stack.refresh().changes == {"update": 1}

    stack.declare(order_id=order, comments="Better words.", revocation_reason="keyCompromise")
    preview = stack.preview()
    assert "1 to replace" in preview.text
    assert preview.writes == []

    up = stack.up()
    assert up.code == 0
    assert up.writes == [f"PUT /order/certificate/{order}/revoke"]
    assert up.notices == []
    [rejected, asked] = sandbox.revoke_requests(order)
    assert (rejected["id"], rejected["status"]) == (first, "rejected")
    assert (asked["comments"], asked["revocation_reason"]) == ("Better words.", "keyCompromise")
    assert stack.outputs() == {"request_id": asked["id"], "status": "pending", "revoked": False}
    assert "processorComment" not in stack.state()
    assert stack.preview().changes == {"same": 1}


def test_a_changed_reason_alone_does_not_ask_again_after_a_rejection(stack: Stack, sandbox: Sandbox) -> None:
    [order] = sandbox.plain(1)
    stack.declare(order_id=order, comments="First words.", revocation_reason="superseded")
    assert stack.up().code == 0
    sandbox.reject(stack.state()["requestId"])
    assert stack.refresh().changes == {"update": 1}

    stack.declare(order_id=order, comments="First words.", revocation_reason="keyCompromise")
    up = stack.up()
    assert up.changes == {"update": 1}
    assert up.calls == []
    [notice] = up.notices
    assert notice.startswith(f"info: order {order}: the revocation was sent already")
    assert notice.endswith("to ask again, change `comments` as well")
    assert (stack.state()["revocationReason"], stack.state()["status"]) == ("keyCompromise", "rejected")
    assert stack.preview().changes == {"same": 1}


def test_another_order_is_asked_for_before_the_old_one_is_forgotten_with_its_request_left_open(
    stack: Stack, sandbox: Sandbox
) -> None:
    [old, new] = sandbox.plain(2)
    stack.declare(order_id=old, comments="Key leaked.")
    assert stack.up().code == 0
    kept = stack.state()["requestId"]

    stack.declare(order_id=new, comments="Key leaked.")
    preview = stack.preview()
    assert f"~ orderId: {old} => {new}" in preview.text
    assert sandbox.order(new)["certificate"]["common_name"] in preview.text
    assert preview.writes == []

    up = stack.up()
    assert up.code == 0
    assert up.writes == [f"PUT /order/certificate/{new}/revoke"]
    assert up.text.index("created replacement") < up.text.index("deleting original")
    [notice] = up.notices
    assert notice.startswith(f"info: request {kept} to revoke order {old} stays open at DigiCert")
    [revocation] = stack.resources().values()
    assert revocation["id"] == str(new)
    assert [request["status"] for request in sandbox.revoke_requests(old)] == ["pending"]


def test_a_changed_expectation_is_compared_with_the_order_and_recorded(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    name = sandbox.order(order)["certificate"]["common_name"]
    stack.declare(order_id=order, comments="Key leaked.")
    assert stack.up().code == 0
    stack.declare(order_id=order, comments="Key leaked.", expected_common_name=name)
    up = stack.up()
    assert up.changes == {"update": 1}
    assert (up.calls, up.notices) == ([], [])
    assert stack.state()["expectedCommonName"] == name
