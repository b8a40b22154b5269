"""What programs import of `RevocationDecision`, where it differs from `OrderRevocation`."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from support.program import Engine, run

from digicert_pulumi import (
    Decision,
    Requester,
    RequestSnapshot,
    RequestStatus,
    RevocationDecision,
    RevocationDecisionArgs,
)
from digicert_pulumi.declaring.revocation_decision import PROVIDER

ADA = {"id": 14.0, "firstName": "Ada", "email": "ada@example.com"}
STATE = {
    "requestId": 198.0,
    "decision": "approved",
    "status": "approved",
    "dateProcessed": "2026-01-02T04:00:00+00:00",
    "processor": ADA,
    "orderId": 123456789.0,
    "revoked": True,
    "request": {
        "type": "revoke",
        "status": "approved",
        "date": "2026-01-02T03:04:05+00:00",
        "requester": {"id": 15.0},
        "comments": "Key leaked.",
        "order": {
            "orderId": 123456789.0,
            "commonName": "www.example.com",
            "dnsNames": ["www.example.com"],
            "product": "Standard SSL",
            "status": "revoked",
            "revocation": "request 198 is approved",
        },
    },
}
"""A state as the engine gives it to a program: every number a double."""


@pytest.fixture
def engine() -> Engine:
    return Engine("198", STATE)


@pytest.mark.parametrize("decision", [Decision.APPROVED, "approved"])
def test_the_engine_gets_the_declared_inputs_and_the_provider(
    engine: Engine, decision: Decision | str
) -> None:
    args = RevocationDecisionArgs(request_id=198, decision=decision, processor_comment="Checked.")
    run(lambda: RevocationDecision("r", args).urn)
    (resource,) = engine.registered
    assert resource.typ == "pulumi-python:dynamic/digicert:RevocationDecision"
    assert resource.inputs == {
        "__provider": PROVIDER,
        "requestId": 198,
        "decision": "approved",
        "processorComment": "Checked.",
    }


@pytest.mark.usefixtures("engine")
def test_outputs_are_typed() -> None:
    def program() -> pulumi.Output[dict[str, Any]]:
        decision = RevocationDecision("r", request_id=198, decision=Decision.APPROVED)
        names = ("request_id", "status", "processor", "order_id", "revoked", "request", "allow_own_request")
        return pulumi.Output.all(**{name: getattr(decision, name) for name in names})

    decision: dict[str, Any] = run(program)
    assert (type(decision["request_id"]), decision["request_id"]) == (int, 198)
    assert decision["status"] == RequestStatus.APPROVED
    assert isinstance(decision["processor"], Requester)
    assert decision["processor"].first_name == "Ada"
    assert (type(decision["order_id"]), decision["order_id"]) == (int, 123456789)
    assert decision["revoked"] is True
    assert isinstance(decision["request"], RequestSnapshot)
    assert decision["request"].requester is not None
    assert decision["request"].requester.id == 15
    assert decision["request"].order is not None
    assert decision["request"].order.order_id == 123456789
    assert decision["allow_own_request"] is None


def test_a_status_that_digicert_adds_breaks_no_program() -> None:
    Engine("198", STATE | {"status": "escalated"})
    decided = run(lambda: RevocationDecision("r", request_id=198, decision=Decision.APPROVED).status)
    assert decided == "escalated"


@pytest.mark.usefixtures("engine")
def test_a_request_and_a_decision_are_all_that_a_program_must_give() -> None:
    with pytest.raises(TypeError) as error:
        RevocationDecision("r")  # type: ignore[call-overload]
    assert str(error.value) == (
        "RevocationDecision 'r' missing 2 required keyword-only arguments: 'request_id' and 'decision'"
    )
