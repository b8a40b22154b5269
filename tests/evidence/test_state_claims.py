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


def state(*resources: dict[str, Any]) -> str:
    return json.dumps({"version": 3, "deployment": {"resources": list(resources)}})


def resource(kind: str, **outputs: Any) -> dict[str, Any]:
    return {"type": kind, "outputs": outputs}


@pytest.mark.parametrize("package", [DYNAMIC, NATIVE])
def test_orders_and_single_certificates_are_found(package: str) -> None:
    order = resource(
        f"{package}OrderRevocation", orderId=1, comments="Key leaked.", revocationReason="keyCompromise"
    )
    certificate = resource(
        f"{package}CertificateRevocation",
        serialNumber="0A",
        comments="Lost.",
        order={"orderId": 2, "certificateId": 3},
    )
    assert claims(state(order, certificate)) == [
        Claim(1, None, "Key leaked.", "keyCompromise"),
        Claim(2, 3, "Lost."),
    ]


def test_a_certificate_whose_order_was_not_read_back_is_found() -> None:
    unread = resource(
        f"{NATIVE}CertificateRevocation", serialNumber="0A", reviewedOrder={"orderId": 2, "certificateId": 3}
    )
    assert claims(state(unread)) == [Claim(2, 3)]


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
        resource("pulumi:pulumi:Stack"),
        resource(f"{DYNAMIC}RevocationDecision", requestId=4),
        {**resource(f"{DYNAMIC}OrderRevocation", orderId=5), "delete": True},
    ]
    assert claims(state(*others)) == []
    assert claims(json.dumps({"version": 3})) == []


def test_one_revocation_of_several_resources_is_one() -> None:
    twice = [resource(f"{DYNAMIC}OrderRevocation", orderId=1, comments="Key leaked.")] * 2
    assert claims(state(*twice)) == [Claim(1, None, "Key leaked.")]


def test_a_secret_is_not_shown() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    assert claims(state(resource(f"{NATIVE}OrderRevocation", orderId=1, comments=secret))) == [Claim(1)]


@pytest.mark.parametrize("text", ["", "[]", "{", state(resource(f"{NATIVE}OrderRevocation"))])
def test_what_is_no_state_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="doesn't have the format of `pulumi stack export`"):
        claims(text)
