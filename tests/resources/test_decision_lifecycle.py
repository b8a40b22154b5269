"""An administrator's decision as a resource: what its lifecycle answers, stores and tells, call by call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.lifecycle import RECORDED, Driven, replaced_for

from digicert_pulumi.resources.decision import DecisionLifecycle
from digicert_pulumi.resources.inputs import UNKNOWN
from digicert_pulumi.resources.lifecycle import FailureError, UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

ORDER = 100000001


def config(sandbox: Sandbox) -> dict[str, str]:
    return {**sandbox.config(sandbox.admin_key), "digicert:requestTimeout": "2"}


@pytest.fixture
def lifecycle(sandbox: Sandbox) -> Iterator[Driven]:
    with Driven(config(sandbox), DecisionLifecycle) as driven:
        yield driven


@pytest.fixture
def reading(unchanged: Sandbox) -> Iterator[Driven]:
    """A lifecycle that changes nothing."""
    with Driven(config(unchanged), DecisionLifecycle) as driven:
        yield driven


@pytest.fixture
def request_id(sandbox: Sandbox) -> int:
    return sandbox.revoke(ORDER, "Key leaked.", user=True)


def declared(request_id: int, decision: str = "approved", **changes: Any) -> dict[str, Any]:
    return {"requestId": request_id, "decision": decision, **changes}


def test_an_input_that_is_not_known_yet_is_no_reason_to_refuse(lifecycle: Driven, sandbox: Sandbox) -> None:
    own = sandbox.revoke(ORDER, "Key leaked.")
    _, failures = lifecycle.check(declared(own, allowOwnRequest=UNKNOWN))
    assert failures == []
    [line] = lifecycle.lines
    assert line.startswith(
        f"warning: request {own}: allow_own_request is not known yet, so this preview cannot tell"
    )
    [refused] = lifecycle.check(declared(own, expectedOrderId=UNKNOWN)).failures
    assert "was made by this key's own user" in refused


def test_an_expected_order_that_comes_after_the_decision_is_compared(
    lifecycle: Driven, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    outputs = lifecycle.create(inputs)
    assert lifecycle.diff(outputs, inputs | {"expectedOrderId": ORDER}) == RECORDED
    assert lifecycle.lines == []
    assert lifecycle.diff(outputs, inputs | {"expectedOrderId": ORDER + 1}) == RECORDED
    [line] = lifecycle.lines
    assert line.startswith(
        f"warning: request {request_id} is for order {ORDER}, not for the expected one; it is already"
    )


def test_two_resources_that_decide_otherwise_are_refused_and_two_that_agree_are_warned_of(
    lifecycle: Driven, request_id: int
) -> None:
    assert lifecycle.check(declared(request_id), name="yes").failures == []
    assert lifecycle.lines == []
    assert lifecycle.check(declared(request_id), name="again").failures == []
    [line] = lifecycle.lines
    assert line.startswith(
        f"warning: request {request_id} is declared by both 'yes' and 'again'; it can be decided only"
    )
    [refused] = lifecycle.check(declared(request_id, "rejected"), name="no").failures
    assert refused == (
        f"request {request_id} as approved is declared by 'yes' and request {request_id} as rejected by 'no'; remove one of them"
    )


def test_a_decision_that_changes_while_its_program_is_watched_is_no_opposite(
    lifecycle: Driven, request_id: int
) -> None:
    assert lifecycle.check(declared(request_id, "rejected")).failures == []
    assert lifecycle.check(declared(request_id)).failures == []


def test_a_decision_is_not_sent_if_the_opposite_was_declared_after_its_check(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id), name="yes")
    lifecycle.check(declared(request_id, "rejected"), name="no")
    lifecycle.about("yes")
    with pytest.raises(FailureError) as refused:
        lifecycle.create(inputs)
    assert str(refused.value) == (
        f"request {request_id} as rejected is declared by 'no' and request {request_id} as approved by 'yes'; remove one of "
        "them; nothing was sent for this resource"
    )
    assert sandbox.request(request_id)["status"] == "pending"


def test_an_order_that_outlives_one_of_its_certificates_is_not_revoked(
    lifecycle: Driven, sandbox: Sandbox
) -> None:
    order = sandbox.find("duplicates")
    request_id = sandbox.revoke_primary(order, "Key leaked.", user=True)
    inputs, _ = lifecycle.check(declared(request_id))
    outputs = lifecycle.create(inputs)
    assert (outputs["status"], outputs["revoked"], outputs["orderId"]) == ("approved", False, order)
    assert sandbox.order(order)["certificate"]["status"] == "revoked"
    [line] = lifecycle.lines
    assert line == (
        f"warning: request {request_id} is approved, but order {order} still has the status 'issued'; the "
        "request may be for a single certificate of the order; run `pulumi refresh` to read the order again"
    )


def test_an_older_copy_of_the_order_is_read_again(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    sandbox.add_faults({"fault": "stale_order", "endpoint": "get_order", "count": 1})
    assert lifecycle.create(inputs)["revoked"] is True
    assert lifecycle.lines == []


def test_a_request_that_does_not_show_the_decision_yet_is_read_again(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    sandbox.add_faults({"fault": "order_status", "endpoint": "get_request", "skip": 1, "count": 1})
    assert lifecycle.create(inputs)["status"] == "approved"


def test_a_status_that_digicert_adds_is_kept_as_it_is_read(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    sandbox.add_faults({"fault": "order_status", "endpoint": "get_request", "skip": 1})
    outputs = lifecycle.create(inputs)
    assert (outputs["status"], outputs["revoked"]) == ("quarantined", True)
    sandbox.clear_faults()
    _, read, _ = lifecycle.read(str(request_id), outputs)
    assert (read["status"], read["revoked"]) == ("approved", True)


def test_a_request_decided_so_already_is_adopted(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    sandbox.approve(request_id)
    inputs, failures = lifecycle.check(declared(request_id))
    assert failures == []
    assert lifecycle.create(inputs)["revoked"] is True
    assert sandbox.writes() == []


def test_a_request_decided_otherwise_is_refused(lifecycle: Driven, sandbox: Sandbox, request_id: int) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    sandbox.reject(request_id)
    assert lifecycle.check(declared(request_id))[1] == [
        f"request {request_id} is already rejected, and a decision cannot be changed; nothing was sent"
    ]
    with pytest.raises(FailureError, match="is already rejected"):
        lifecycle.create(inputs)
    assert sandbox.writes() == []


def test_a_request_that_is_no_revocation_is_refused(reading: Driven, unchanged: Sandbox) -> None:
    new_request = unchanged.order(ORDER)["requests"][0]["id"]
    (reason,) = reading.check(declared(new_request))[1]
    assert reason.startswith(f"request {new_request} is no revocation but a 'new_request'")


def test_the_own_request_needs_to_be_allowed(lifecycle: Driven, sandbox: Sandbox) -> None:
    request_id = sandbox.revoke(ORDER, "Key leaked.")
    (reason,) = lifecycle.check(declared(request_id))[1]
    assert "was made by this key's own user" in reason
    inputs, failures = lifecycle.check(declared(request_id, allowOwnRequest=True))
    assert failures == []
    assert lifecycle.create(inputs)["status"] == "approved"


def test_nobody_but_an_administrator_decides(sandbox: Sandbox, request_id: int) -> None:
    with Driven(sandbox.config(), DecisionLifecycle) as lifecycle:
        (reason,) = lifecycle.check(declared(request_id))[1]
    assert "only an administrator can decide" in reason


def test_an_unknown_request_is_one_clear_line(reading: Driven) -> None:
    (reason,) = reading.check(declared(999999))[1]
    assert reason.startswith("request 999999: ")
    assert reason.endswith("Check the request id and the base URL.")


def test_a_request_not_known_yet_is_not_read(lifecycle: Driven, sandbox: Sandbox) -> None:
    inputs, failures = lifecycle.check({"requestId": UNKNOWN, "decision": "approved", "request": UNKNOWN})
    assert failures == []
    assert inputs["request"] == UNKNOWN
    assert lifecycle.lines == [
        "warning: the request id is not known yet, so this preview cannot show what would be revoked"
    ]
    assert sandbox.access_log() == []


@pytest.mark.parametrize("decision", ["approve", "", "pending"])
def test_a_decision_is_approved_or_rejected(reading: Driven, decision: str) -> None:
    (reason,) = reading.check(declared(198, decision))[1]
    assert reason.startswith("decision must be one of approved, rejected")


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "drop", "when": "after"},
        {"fault": "status", "status": 503, "when": "after"},
        {"fault": "slow", "seconds": 4, "when": "after"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_a_lost_answer_is_looked_for(
    lifecycle: Driven, sandbox: Sandbox, request_id: int, fault: dict[str, Any]
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    sandbox.add_faults({**fault, "endpoint": "update_request_status", "count": 1})
    assert lifecycle.create(inputs)["revoked"] is True
    assert sandbox.request(request_id)["status"] == "approved"


@pytest.mark.parametrize("fault", [{"fault": "drop"}, {"fault": "status", "status": 500}], ids=str)
def test_a_decision_whose_fate_is_unknown_is_not_sent_again_before_the_next_up(
    lifecycle: Driven, sandbox: Sandbox, request_id: int, fault: dict[str, Any]
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    sandbox.add_faults({**fault, "endpoint": "update_request_status", "count": 1, "when": "before"})
    with pytest.raises(
        FailureError, match=rf"^request {request_id}: no confirmation from DigiCert for the decision"
    ):
        lifecycle.create(inputs)
    assert len(sandbox.writes()) == 1
    assert lifecycle.create(inputs)["revoked"] is True


def test_other_words_are_recorded_only(lifecycle: Driven, sandbox: Sandbox, request_id: int) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    outputs = lifecycle.create(inputs)
    news = {**inputs, "processorComment": "Later words."}
    assert lifecycle.diff(outputs, news) == RECORDED
    assert lifecycle.update(str(request_id), outputs, news) == {**outputs, "processorComment": "Later words."}
    assert lifecycle.lines == [
        f"info: request {request_id} is already decided, so the changed processorComment is recorded only in the state"
    ]
    assert len(sandbox.writes()) == 1


def test_another_decision_is_a_replacement(lifecycle: Driven, request_id: int) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    outputs = lifecycle.create(inputs)
    assert lifecycle.diff(outputs, {**inputs, "decision": "rejected"}) == replaced_for("decision")


def test_forgetting_sends_nothing(lifecycle: Driven, sandbox: Sandbox, request_id: int) -> None:
    lifecycle.delete(str(request_id), {"requestId": request_id, "decision": "approved", "status": "approved"})
    assert lifecycle.lines == [f"info: request {request_id} stays approved: a decision cannot be undone"]
    assert sandbox.access_log() == []


def test_a_decision_costs_three_readings_for_its_preview_and_four_calls_more(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    assert [call["path"].rpartition("/")[2] for call in sandbox.access_log()] == [
        str(request_id),
        "me",
        str(ORDER),
    ]
    lifecycle.create(inputs)
    assert [call["method"] for call in sandbox.access_log()[3:]] == ["GET", "PUT", "GET", "GET"]


@pytest.mark.parametrize("lost", ["get_request", "get_order"])
def test_a_decision_that_cannot_be_read_back_is_kept_and_the_next_update_goes_on(
    lost: str, lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    before_the_put = 1 if lost == "get_request" else 0
    sandbox.add_faults({"fault": "drop", "endpoint": lost, "skip": before_the_put})
    with pytest.raises(UnfinishedError, match="could not be read back") as failure:
        lifecycle.create(inputs)
    sandbox.clear_faults()
    kept = failure.value.outputs
    assert (kept["status"], kept["revoked"]) == ("approved", False)
    outputs = lifecycle.update(str(request_id), kept, inputs)
    assert (outputs["status"], outputs["revoked"], outputs["orderId"]) == ("approved", True, ORDER)
    assert len([call for call in sandbox.writes() if call["path"].endswith(f"{request_id}/status")]) == 1


def test_a_request_about_another_order_than_expected_is_refused(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    _, [reason] = lifecycle.check(declared(request_id, expectedOrderId=ORDER + 1))
    assert reason == (
        f"request {request_id} is about order {ORDER}, not the expected one; nothing was sent; "
        "check the request id"
    )
    inputs, failures = lifecycle.check(declared(request_id, expectedOrderId=str(ORDER)))
    assert (failures, inputs["expectedOrderId"]) == ([], ORDER)
    with pytest.raises(FailureError, match="not the expected one; nothing was sent"):
        lifecycle.create({**inputs, "expectedOrderId": ORDER + 1})
    assert sandbox.writes() == []


@pytest.mark.parametrize("named", [True, False], ids=["of this release", "of one that did not name it"])
def test_a_refresh_names_the_certificate_as_far_as_the_state_does(
    lifecycle: Driven, request_id: int, named: bool
) -> None:
    inputs, _ = lifecycle.check(declared(request_id))
    outputs = lifecycle.create(inputs)
    if not named:
        for shown in (outputs["request"], outputs["reviewedRequest"]):
            for name in ("certificateId", "serialNumber", "thumbprint"):
                del shown["order"][name]
    assert lifecycle.read(str(request_id), outputs)[1] == outputs


def test_a_request_with_a_status_in_an_unknown_word_is_decided_on(
    lifecycle: Driven, sandbox: Sandbox, request_id: int
) -> None:
    sandbox.change("UPDATE requests SET status = 'escalated' WHERE id = ?", request_id)
    _, failures = lifecycle.check(declared(request_id))
    assert failures == []
    (line,) = lifecycle.lines
    assert line.startswith(f"warning: order {ORDER}: request {request_id} has the status 'escalated'")


def test_an_id_and_properties_of_two_requests_are_refused(lifecycle: Driven, request_id: int) -> None:
    with pytest.raises(FailureError) as refused:
        lifecycle.read(str(request_id), declared(request_id + 1))
    assert str(refused.value) == (
        f"the id names request {request_id}, but the properties name {request_id + 1}; use the same one in both"
    )
