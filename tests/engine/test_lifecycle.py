"""The life of a revocation through the real CLI: reviewed, sent once, decided on, shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001
COMMENTS = "Key found in a public repository, incident 42."
PROVIDER = "gAJjZGlnaWNlcnRfcHVsdW1pLmR5bmFtaWMub3JkZXJfcmV2b2NhdGlvbgpPcmRlclJldm9jYXRpb25Qcm92aWRlcgopUi4="
"""What every user's state holds: a contract, written out here and not imported."""


def test_a_preview_shows_the_order_that_would_be_revoked_and_sends_nothing_but_get(stack: Stack) -> None:
    stack.declare(order_id=ORDER, comments=COMMENTS, revocation_reason="keyCompromise")
    preview = stack.preview()
    assert preview.code == 0
    assert preview.changes == {"create": 1}
    assert (preview.errors, preview.notices) == ([], [])
    assert preview.calls == [f"GET /order/certificate/{ORDER}"]
    lines = [line.strip() for line in preview.properties.splitlines()]
    for line in (
        f'comments: "{COMMENTS}"',
        'revocationReason: "keyCompromise"',
        f"orderId: {ORDER}",
        'commonName: "www.example.com"',
        '[2]: "shop.example.com"',
        'organization: "Example, Inc."',
        'product: "Multi-Domain SSL"',
        'revocation: "none"',
        'status: "issued"',
    ):
        assert line in lines


def test_up_sends_one_request_and_everything_after_it_sends_none(stack: Stack, sandbox: Sandbox) -> None:
    request = ask(stack, sandbox)

    outputs = stack.printed_outputs()
    assert outputs == {"request_id": request, "status": "pending", "revoked": False}
    assert type(outputs["request_id"]) is int
    assert_state_holds_whole_numbers_the_frozen_provider_and_the_key_encrypted(stack, sandbox)

    again = stack.up()
    assert again.code == 0
    assert again.changes == {"same": 1}
    assert again.calls == []

    refresh = stack.refresh()
    assert refresh.code == 0
    assert refresh.changes == {"same": 1}
    assert "2 unchanged" in refresh.text
    assert refresh.writes == []

    destroy = stack.destroy()
    assert destroy.code == 0
    assert destroy.changes == {"delete": 1}
    assert destroy.calls == []
    [notice] = destroy.notices
    assert notice.startswith(f"info: request {request} to revoke order {ORDER} stays open at DigiCert")
    assert notice.endswith("if you no longer want it, ask an administrator to reject it")
    assert stack.resources() == {}
    assert sandbox.request(request)["status"] == "pending"


def assert_state_holds_whole_numbers_the_frozen_provider_and_the_key_encrypted(
    stack: Stack, sandbox: Sandbox
) -> None:
    [revocation] = stack.resources().values()
    [request] = sandbox.revoke_requests(ORDER)
    inputs, outputs = revocation["inputs"], revocation["outputs"]
    assert revocation["id"] == str(ORDER)
    assert inputs["__provider"] == outputs["__provider"] == PROVIDER
    numbers = (inputs["orderId"], outputs["orderId"], outputs["requestId"], outputs["requester"]["id"])
    assert numbers == (ORDER, ORDER, request["id"], request["requester_id"])
    assert [type(number) for number in numbers] == [int] * 4
    assert outputs["requestDate"] == sandbox.request(request["id"])["date"]
    assert outputs["requester"]["email"] == "user@example.com"
    assert outputs["order"]["revocation"] == f"request {request['id']} is pending"

    [provider] = stack.resources("pulumi:providers:pulumi-python").values()
    assert "ciphertext" in provider["inputs"]["digicert:apiKey"]


def test_a_refresh_shows_an_approval_and_the_order_stays_revoked_after_destroy(
    stack: Stack, sandbox: Sandbox
) -> None:
    request = ask(stack, sandbox)
    sandbox.approve(request, "Confirmed with the owner.")

    refresh = stack.refresh()
    assert refresh.code == 0
    assert refresh.changes == {"update": 1}
    assert refresh.writes == []
    assert '~ status: "issued" => "revoked"' in refresh.properties
    assert f'=> "request {request} is approved"' in refresh.text
    state = stack.state()
    assert (state["status"], state["revoked"], state["requestId"]) == ("approved", True, request)
    assert state["processorComment"] == "Confirmed with the owner."

    preview = stack.preview()
    assert preview.changes == {"same": 1}
    assert preview.calls == []
    assert '~ status: "pending" => "approved"' in preview.properties
    assert "~ revoked: false => true" in preview.properties

    destroy = stack.destroy()
    assert destroy.code == 0
    assert destroy.calls == []
    assert destroy.notices == [f"info: order {ORDER} stays revoked: a revocation cannot be undone"]
    assert sandbox.order(ORDER)["status"] == "revoked"


def test_a_refresh_shows_a_rejection_and_the_next_up_does_not_ask_again(
    stack: Stack, sandbox: Sandbox
) -> None:
    request = ask(stack, sandbox)
    sandbox.reject(request, "Still in use.")

    refresh = stack.refresh()
    assert refresh.code == 0
    assert refresh.changes == {"update": 1}
    assert f'=> "request {request} is rejected"' in refresh.text
    state = stack.state()
    assert (state["status"], state["revoked"], state["requestId"]) == ("rejected", False, request)
    assert state["processorComment"] == "Still in use."

    up = stack.up()
    assert up.changes == {"same": 1}
    assert up.calls == []
    assert stack.outputs() == {"request_id": request, "status": "rejected", "revoked": False}
    assert_a_refresh_shows_that_somebody_else_revoked_the_order(stack, sandbox, request)


def assert_a_refresh_shows_that_somebody_else_revoked_the_order(
    stack: Stack, sandbox: Sandbox, request: int
) -> None:
    sandbox.revoke_now(ORDER)
    refresh = stack.refresh()
    assert refresh.changes == {"update": 1}
    assert '~ status: "issued" => "revoked"' in refresh.text
    state = stack.state()
    assert (state["status"], state["revoked"], state["requestId"]) == ("rejected", True, request)
    assert stack.preview().changes == {"same": 1}


def ask(stack: Stack, sandbox: Sandbox) -> int:
    """Let `pulumi up` ask for the revocation, with one request; its id."""
    stack.declare(order_id=str(ORDER), comments=COMMENTS, expected_common_name="WWW.example.com")
    up = stack.up()
    assert up.code == 0
    assert up.changes == {"create": 1}
    assert (up.errors, up.notices) == ([], [])
    assert up.writes == [f"PUT /order/certificate/{ORDER}/revoke"]
    [request] = sandbox.revoke_requests(ORDER)
    assert request["comments"] == COMMENTS
    return int(request["id"])
