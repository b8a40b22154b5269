"""What a changed program means once a revocation was sent: recorded, asked again, or another order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]


AGAIN = "asked-again"
ANOTHER = "another-order"
COMPARED = "compared"
RECORDED = "recorded"
REASON = "reason-alone"


def test_every_change_is_recorded_or_asked_again_or_another_order(stack: Stack, sandbox: Sandbox) -> None:  # noqa: PLR0915  # one stack
    names = (AGAIN, ANOTHER, COMPARED, RECORDED, REASON)
    *orders, new = sandbox.plain(len(names) + 1)
    of = dict(zip(names, orders, strict=True))
    declared: dict[str, dict[str, Any]] = {
        name: {"order_id": order, "comments": "First words."} for name, order in of.items()
    }
    declared[REASON]["revocation_reason"] = "superseded"
    stack.declare_each(declared)
    assert stack.up().changes == {"create": len(names)}
    requests = {name: resource["outputs"]["requestId"] for name, resource in stack.resources().items()}
    sandbox.reject(requests[AGAIN], "Too few words.")
    sandbox.reject(requests[REASON])
    assert stack.refresh().changes == {"update": 2, "same": len(names) - 2}
    before = {name: resource["outputs"] for name, resource in stack.resources().items()}

    declared[AGAIN] |= {"comments": "Better words.", "revocation_reason": "keyCompromise"}
    declared[ANOTHER]["order_id"] = new
    declared[COMPARED]["expected_common_name"] = sandbox.order(of[COMPARED])["certificate"]["common_name"]
    declared[RECORDED]["comments"] = "Other words."
    declared[REASON]["revocation_reason"] = "keyCompromise"
    stack.declare_each(declared)
    preview = stack.preview()
    assert (preview.changes["update"], preview.changes["replace"], preview.writes) == (3, 2, [])
    assert '~ comments: "First words." => "Other words."' in preview.text
    assert f"~ orderId: {of[ANOTHER]} => {new}" in preview.text
    assert sandbox.order(new)["certificate"]["common_name"] in preview.text
    sent, only = "the revocation was already sent, so the changed", "recorded only in the state"
    recorded_only = [
        f"info: order {of[RECORDED]}: {sent} comments is {only}; DigiCert cannot edit a request",
        f"info: order {of[REASON]}: {sent} revocationReason is {only}; to request the revocation again, change `comments`, too",
    ]
    again = (
        f"order {of[AGAIN]}: request {requests[AGAIN]:.0f} was rejected, and `comments` changed since then"
    )
    expected = [*recorded_only, f"warning: {again}; a new request will be sent"]
    assert sorted(preview.notices) == sorted(expected)

    up = stack.up()
    assert up.code == 0
    asked = sorted([of[AGAIN], new])
    assert sorted(up.writes) == [f"PUT /order/certificate/{order}/revoke" for order in asked]
    assert up.text.index("created replacement") < up.text.index("deleting original")
    stays = [notice for notice in up.notices if notice not in expected]
    [notice] = [notice for notice in stays if f"order {of[ANOTHER]} stays open" in notice]
    assert notice.startswith(
        f"info: request {requests[ANOTHER]} to revoke order {of[ANOTHER]} stays open at DigiCert"
    )
    assert stays == [notice]

    after = {name: resource["outputs"] for name, resource in stack.resources().items()}
    assert after[RECORDED] == before[RECORDED] | {
        "comments": "Other words.",
        "sent": {"comments": "First words."},
    }
    assert [request["comments"] for request in sandbox.revoke_requests(of[RECORDED])] == ["First words."]
    assert after[COMPARED]["expectedCommonName"] == declared[COMPARED]["expected_common_name"]
    assert (after[REASON]["revocationReason"], after[REASON]["status"]) == ("keyCompromise", "rejected")
    [rejected, second] = sandbox.revoke_requests(of[AGAIN])
    assert (rejected["id"], rejected["status"]) == (requests[AGAIN], "rejected")
    assert (second["comments"], second["revocation_reason"]) == ("Better words.", "keyCompromise")
    assert (after[AGAIN]["requestId"], after[AGAIN]["status"]) == (second["id"], "pending")
    assert "processorComment" not in after[AGAIN]
    assert stack.resources()[ANOTHER]["id"] == str(new)
    assert [request["status"] for request in sandbox.revoke_requests(of[ANOTHER])] == ["pending"]
    unchanged = stack.preview()
    assert (unchanged.changes, unchanged.calls) == ({"same": len(names)}, [])
