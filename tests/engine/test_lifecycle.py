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


def test_a_revocation_is_previewed_sent_once_approved_and_stays_after_destroy(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.declare(order_id=str(ORDER), comments=COMMENTS, revocation_reason="keyCompromise")
    preview = stack.preview()
    assert (preview.code, preview.changes) == (0, {"create": 1})
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

    request = ask(stack, sandbox)
    outputs = stack.printed_outputs()
    assert outputs == {"request_id": request, "status": "pending", "revoked": False}
    assert type(outputs["request_id"]) is int
    assert_state_holds_whole_numbers_the_frozen_provider_and_the_key_encrypted(stack, sandbox)

    again = stack.up()
    assert (again.code, again.changes, again.calls) == (0, {"same": 1}, [])

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
    assert destroy.changes == {"delete": 1}
    assert destroy.calls == []
    assert destroy.notices == [f"info: order {ORDER} stays revoked: a revocation cannot be undone"]
    assert stack.resources() == {}
    assert sandbox.order(ORDER)["status"] == "revoked"


@pytest.mark.slow
def test_a_refresh_of_an_open_request_changes_nothing_and_after_destroy_it_stays(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.declare(order_id=ORDER, comments=COMMENTS)
    request = ask(stack, sandbox)
    refresh = stack.refresh()
    assert (refresh.code, refresh.changes, refresh.writes) == (0, {"same": 1}, [])
    assert "2 unchanged" in refresh.text
    destroy = stack.destroy()
    assert (destroy.code, destroy.changes, destroy.calls) == (0, {"delete": 1}, [])
    [notice] = destroy.notices
    assert notice.startswith(f"info: request {request} to revoke order {ORDER} stays open at DigiCert")
    assert notice.endswith("if you no longer want it, ask an administrator to reject it")
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


def ask(stack: Stack, sandbox: Sandbox) -> int:
    """Let `pulumi up` ask for the revocation, with one request; its id."""
    up = stack.up()
    assert up.code == 0
    assert up.changes == {"create": 1}
    assert (up.errors, up.notices) == ([], [])
    assert up.writes == [f"PUT /order/certificate/{ORDER}/revoke"]
    [request] = sandbox.revoke_requests(ORDER)
    assert request["comments"] == COMMENTS
    return int(request["id"])
