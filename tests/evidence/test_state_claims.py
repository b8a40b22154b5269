"""Which revocations the state of a stack holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.engine import ROOT

from digicert_pulumi.evidence.state_claims import claims
from digicert_pulumi.evidence.subjects import Claim

if TYPE_CHECKING:
    from pathlib import Path

DYNAMIC = "pulumi-python:dynamic/digicert:"
NATIVE = "digicert:index:"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}


def state(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": list(resources)}})


def resource(kind: str, id_: int, **outputs: Any) -> dict[str, Any]:
    return {"type": kind, "id": str(id_), "outputs": outputs}


@pytest.mark.parametrize("package", [DYNAMIC, NATIVE])
def test_orders_and_single_certificates_are_found(package: str) -> None:
    order = resource(
        f"{package}OrderRevocation",
        1,
        orderId=1,
        comments="Key leaked.",
        revocationReason="keyCompromise",
        requestId=113,
    )
    certificate = resource(
        f"{package}CertificateRevocation",
        3,
        serialNumber="0A",
        comments="Lost.",
        order={"orderId": 2, "certificateId": 3},
    )
    assert claims(state(order, certificate)) == [
        Claim(1, None, "Key leaked.", "keyCompromise", 113),
        Claim(2, 3, "Lost."),
    ]


@pytest.mark.parametrize(
    ("outputs", "order_id"),
    [
        ({"reviewedOrder": {"orderId": 2, "certificateId": 3}}, 2),
        ({"order": {"status": "issued"}, "orderId": 2}, 2),
        ({"order": {"status": "issued"}}, None),
        ({"order": {"status": "issued"}, "orderId": SECRET, "requestId": SECRET}, None),
        ({"order": SECRET}, None),
    ],
    ids=["not read back", "not seen in the check", "no order", "secret order", "secret snapshot"],
)
def test_a_certificate_whose_state_does_not_show_it_is_found(
    outputs: dict[str, Any], order_id: int | None
) -> None:
    unread = resource(f"{NATIVE}CertificateRevocation", 3, serialNumber="0A", **outputs)
    assert claims(state(unread)) == [Claim(order_id, 3)]


@pytest.mark.parametrize(
    "recorded", sorted((ROOT / "tests" / "engine" / "states").glob("*/*.json")), ids=lambda each: each.stem
)
def test_the_revocations_of_every_recorded_state_are_found(recorded: Path) -> None:
    exported = json.loads(recorded.read_text())["state"]
    revocations = [
        each for each in exported["deployment"]["resources"] if each["type"].endswith("Revocation")
    ]
    assert len(claims(json.dumps(exported))) == len(revocations) > 0


def test_what_is_no_revocation_is_left_out() -> None:
    others = [
        {"type": "pulumi:pulumi:Stack"},
        resource(f"{DYNAMIC}RevocationDecision", 4, requestId=4),
        {**resource(f"{DYNAMIC}OrderRevocation", 5), "delete": True},
    ]
    assert claims(state(*others)) == []
    assert claims(json.dumps({"version": 3})) == []


def test_one_revocation_of_several_resources_is_one() -> None:
    twice = [resource(f"{DYNAMIC}OrderRevocation", 1, comments="Key leaked.", requestId=4)] * 2
    assert claims(state(*twice)) == [Claim(1, None, "Key leaked.", request_id=4)]


def test_one_revocation_with_two_requests_is_two() -> None:
    requested = [resource(f"{DYNAMIC}OrderRevocation", 1, requestId=each) for each in (4, 5)]
    assert claims(state(*requested)) == [Claim(1, request_id=4), Claim(1, request_id=5)]


def test_a_secret_is_not_shown() -> None:
    assert claims(state(resource(f"{NATIVE}OrderRevocation", 1, orderId=SECRET, comments=SECRET))) == [
        Claim(1)
    ]


@pytest.mark.parametrize("text", ["", "[]", "{", state({"type": f"{NATIVE}OrderRevocation"})])
def test_what_is_no_state_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="doesn't have the format of `pulumi stack export`"):
        claims(text)
