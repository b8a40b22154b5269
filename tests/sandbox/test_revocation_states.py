"""The state machine: what a revocation, an approval, a rejection and a skipped approval do."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from certcentral_sandbox.account.revocations import RevocationBody
from certcentral_sandbox.refusals import Refused
from sandbox.talk import Machine

BODY = RevocationBody(reason="keyCompromise", comments="The key leaked.")
NOW = RevocationBody(skip_approval=True)


def refused(code: str) -> AbstractContextManager[Any]:
    return pytest.raises(Refused, match=f"^{code.replace('|', '[|]')}$")


def test_a_revocation_waits_for_an_administrator(machine: Machine) -> None:
    order_id = machine.find("ov")
    request = machine.revoke(order_id, BODY, machine.user)
    assert (request["type"], request["status"]) == ("revoke", "pending")
    assert machine.info(order_id)["status"] == "issued"
    assert machine.info(order_id)["requests"][-1] == {
        "id": request["id"],
        "date": request["date"],
        "type": "revoke",
        "status": "pending",
        "comments": "The key leaked.",
    }


def test_an_approval_revokes_the_order_and_every_certificate(machine: Machine) -> None:
    order_id = machine.find("duplicates")
    request = machine.revoke(order_id, BODY, machine.user)
    machine.account.decide(str(request["id"]), "approved", "Confirmed.", machine.admin)
    order = machine.orders.by_id(order_id)
    assert order["status"] == "revoked"
    assert machine.info(order_id)["certificate"]["status"] == "revoked"
    assert {row["status"] for row in machine.orders.certificates(order, "duplicate")} == {"revoked"}
    info = machine.last_request(order_id)
    assert (info["status"], info["processor_comment"]) == ("approved", "Confirmed.")
    assert (info["requester"]["id"], info["processor"]["id"]) == (machine.user.id, machine.admin.id)
    assert info["date_processed"] >= info["date"]


def test_a_rejection_leaves_the_order_issued(machine: Machine) -> None:
    order_id = machine.find("ov")
    request = machine.revoke(order_id, BODY, machine.user)
    machine.account.decide(str(request["id"]), "rejected", "Still in use.", machine.admin)
    assert machine.info(order_id)["status"] == "issued"
    assert "status" not in machine.info(order_id)["certificate"]
    assert machine.last_request(order_id)["processor_comment"] == "Still in use."


def test_after_a_rejection_one_may_ask_again(machine: Machine) -> None:
    order_id = machine.find("revoke_rejected")
    request = machine.revoke(order_id, BODY, machine.user)
    assert request["status"] == "pending"


def test_a_standard_user_may_not_decide(machine: Machine) -> None:
    order_id = machine.find("revoke_pending")
    request_id = str(machine.last_request(order_id)["id"])
    for status in ("approved", "rejected", "submitted"):
        with refused("access_denied|invalid_approver"):
            machine.account.decide(request_id, status, None, machine.user)
    assert machine.last_request(order_id)["status"] == "pending"


def test_an_administrator_may_approve_their_own_request(machine: Machine) -> None:
    order_id = machine.find("ov")
    request = machine.revoke(order_id, BODY, machine.admin)
    machine.account.decide(str(request["id"]), "approved", None, machine.admin)
    assert machine.info(order_id)["status"] == "revoked"


def test_a_request_can_be_moved_between_submitted_and_pending(machine: Machine) -> None:
    order_id = machine.find("revoke_submitted")
    request_id = str(machine.last_request(order_id)["id"])
    machine.account.decide(request_id, "pending", None, machine.admin)
    info = machine.last_request(order_id)
    assert info["status"] == "pending"
    assert "date_processed" not in info


def test_a_processed_request_cannot_be_decided_again(machine: Machine) -> None:
    request_id = str(machine.last_request(machine.find("revoke_rejected"))["id"])
    with refused("request_already_processed"):
        machine.account.decide(request_id, "approved", None, machine.admin)


def test_an_unknown_request_status_is_refused(machine: Machine) -> None:
    request_id = str(machine.last_request(machine.find("revoke_pending"))["id"])
    with refused("invalid_request_status"):
        machine.account.decide(request_id, "done", None, machine.admin)


def test_an_administrator_may_skip_the_approval_which_makes_no_request(machine: Machine) -> None:
    order_id = machine.find("ov")
    before = machine.info(order_id)["requests"]
    assert machine.account.revoke_order(order_id, NOW, machine.admin) is None
    assert machine.info(order_id)["status"] == "revoked"
    assert machine.info(order_id)["requests"] == before


def test_an_open_request_stays_open_when_the_order_is_revoked_without_it(
    machine_with: Callable[..., Machine],
) -> None:
    machine = machine_with(answers={"revocation_already_requested": "accept"})
    order_id = machine.find("revoke_pending")
    machine.account.revoke_order(order_id, NOW, machine.admin)
    assert machine.info(order_id)["status"] == "revoked"
    assert machine.last_request(order_id)["status"] == "pending"


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("ov", NOW, "access_denied|missing_permission"),
        ("ov", RevocationBody(reason="key_compromise"), "invalid_revocation_reason"),
        ("ov", RevocationBody(reason="cACompromise"), "invalid_revocation_reason"),
        ("dv", RevocationBody(reason="cACompromise"), "invalid_revocation_reason"),
        ("revoked", BODY, "order_already_revoked"),
        ("revoked_without_request", BODY, "order_already_revoked"),
        ("revoke_pending", BODY, "revocation_already_requested"),
        ("revoke_submitted", BODY, "revocation_already_requested"),
        ("reissue_pending", BODY, "reissue_pending"),
        ("expired", BODY, "order_expired"),
        ("needs_approval", BODY, "order_not_issued"),
        ("canceled", BODY, "order_not_issued"),
        ("rejected", BODY, "order_not_issued"),
    ],
)
def test_a_revocation_that_the_state_forbids_is_refused_and_changes_nothing(
    machine: Machine, kind: str, body: RevocationBody, code: str
) -> None:
    order_id = machine.find(kind)
    before = machine.info(order_id)
    with refused(code):
        machine.account.revoke_order(order_id, body, machine.user)
    assert machine.info(order_id) == before


@pytest.mark.parametrize("kind", ["code_signing", "document_signing"])
def test_the_reason_is_ignored_for_products_that_are_no_tls_certificates(machine: Machine, kind: str) -> None:
    request = machine.revoke(machine.find(kind), RevocationBody(reason="whatever"), machine.user)
    assert request["status"] == "pending"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("order_already_revoked", "revoked"),
        ("revocation_already_requested", "revoke_pending"),
        ("reissue_pending", "reissue_pending"),
        ("order_expired", "expired"),
    ],
)
def test_an_accepted_rule_takes_the_revocation(
    machine_with: Callable[..., Machine], name: str, kind: str
) -> None:
    machine = machine_with(answers={name: "accept"})
    request = machine.revoke(machine.find(kind), BODY, machine.user)
    assert request["status"] == "pending"


def test_an_accepted_skip_without_rights_falls_back_to_a_pending_request(
    machine_with: Callable[..., Machine],
) -> None:
    machine = machine_with(answers={"skip_approval_without_rights": "accept"})
    request = machine.revoke(machine.find("ov"), NOW, machine.user)
    assert request["status"] == "pending"


def test_a_single_certificate_is_revoked_and_the_order_stays_issued(machine: Machine) -> None:
    order_id = machine.find("duplicates")
    duplicate = machine.orders.certificates(machine.orders.by_id(order_id), "duplicate")[0]
    request = machine.account.revoke_certificate(str(duplicate["id"]), BODY, machine.user)
    assert request is not None
    machine.account.decide(str(request["id"]), "approved", None, machine.admin)
    assert machine.info(order_id)["status"] == "issued"
    assert "status" not in machine.info(order_id)["certificate"]
    statuses = [
        row["status"] for row in machine.orders.certificates(machine.orders.by_id(order_id), "duplicate")
    ]
    assert statuses == ["revoked", "issued", "issued"]


def test_a_certificate_is_found_by_its_serial_number_in_either_case(machine: Machine) -> None:
    order_id = machine.find("ov")
    serial_number = machine.info(order_id)["certificate"]["serial_number"]
    machine.account.revoke_certificate(serial_number.lower(), NOW, machine.admin)
    assert machine.info(order_id)["certificate"]["status"] == "revoked"
    assert machine.info(order_id)["status"] == "issued"


def test_a_revoked_certificate_and_one_with_an_open_request_are_refused(machine: Machine) -> None:
    revoked = machine.info(machine.find("certificate_revoked"))["certificate"]["id"]
    with refused("certificate_already_revoked"):
        machine.account.revoke_certificate(str(revoked), BODY, machine.user)
    waiting = machine.info(machine.find("revoke_pending"))["certificate"]["id"]
    with refused("revocation_already_requested"):
        machine.account.revoke_certificate(str(waiting), BODY, machine.user)


def test_a_certificate_of_an_order_with_a_pending_reissue_is_refused(machine: Machine) -> None:
    certificate = machine.info(machine.find("reissue_pending"))["certificate"]["id"]
    with refused("reissue_pending"):
        machine.account.revoke_certificate(str(certificate), BODY, machine.user)


@pytest.mark.parametrize("identifier", ["1", "ABCDEF", "not-a-certificate", "9" * 40])
def test_an_unknown_certificate_is_refused(machine: Machine, identifier: str) -> None:
    with refused("not_found|certificate"):
        machine.account.revoke_certificate(identifier, BODY, machine.user)


@pytest.mark.parametrize(
    ("setting", "status"), [("revoke_individual", "issued"), ("revoke_order_when_all_revoked", "revoked")]
)
def test_the_account_setting_decides_what_becomes_of_an_order_without_valid_certificates(
    machine_with: Callable[..., Machine], setting: str, status: str
) -> None:
    machine = machine_with(certificate_revocations=setting)
    order_id = machine.find("duplicates")
    order = machine.orders.by_id(order_id)
    ids = [order["certificate_id"], *(row["id"] for row in machine.orders.certificates(order, "duplicate"))]
    for certificate_id in ids:
        assert machine.info(order_id)["status"] == "issued"
        machine.account.revoke_certificate(str(certificate_id), NOW, machine.admin)
    assert machine.info(order_id)["status"] == status


def test_an_approved_reissue_becomes_the_primary_certificate(machine: Machine) -> None:
    order_id = machine.find("reissue_pending")
    before = machine.info(order_id)["certificate"]["serial_number"]
    machine.account.decide(str(machine.last_request(order_id)["id"]), "approved", None, machine.admin)
    info = machine.info(order_id)
    assert info["status"] == "issued"
    assert info["certificate"]["status"] == "issued"
    assert info["certificate"]["serial_number"] != before


def test_a_rejected_reissue_leaves_the_order_issued_and_revocable(machine: Machine) -> None:
    order_id = machine.find("reissue_pending")
    before = machine.info(order_id)["certificate"]["serial_number"]
    machine.account.decide(str(machine.last_request(order_id)["id"]), "rejected", None, machine.admin)
    assert machine.info(order_id)["status"] == "issued"
    assert machine.info(order_id)["certificate"]["serial_number"] == before
    assert machine.revoke(order_id, BODY, machine.user)["status"] == "pending"


@pytest.mark.parametrize(("decision", "status"), [("approved", "issued"), ("rejected", "rejected")])
def test_a_new_order_is_issued_or_rejected(machine: Machine, decision: str, status: str) -> None:
    order_id = machine.find("needs_approval")
    assert "serial_number" not in machine.info(order_id)["certificate"]
    machine.account.decide(str(machine.last_request(order_id)["id"]), decision, None, machine.admin)
    assert machine.info(order_id)["status"] == status
    assert ("serial_number" in machine.info(order_id)["certificate"]) == (decision == "approved")


def test_two_open_requests_can_both_be_approved(machine_with: Callable[..., Machine]) -> None:
    machine = machine_with(answers={"revocation_already_requested": "accept"})
    order_id = machine.find("ov")
    ids = [machine.revoke(order_id, BODY, machine.user)["id"] for _ in range(2)]
    assert ids[0] < ids[1]
    for request_id in ids:
        machine.account.decide(str(request_id), "approved", None, machine.admin)
    assert machine.info(order_id)["status"] == "revoked"
