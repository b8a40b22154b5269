"""What programs import of `CertificateRevocation`, where it differs from `OrderRevocation`."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from support.program import Engine, run

from digicert_pulumi import CertificateRevocation, CertificateRevocationArgs, CertificateSnapshot
from digicert_pulumi.declaring.certificate_revocation import PROVIDER

STATE = {
    "serialNumber": "0A",
    "comments": "Key leaked.",
    "requestId": 198.0,
    "status": "pending",
    "revoked": False,
    "order": {
        "orderId": 123456789.0,
        "certificateId": 112358.0,
        "commonName": "mail.example.com",
        "dnsNames": ["mail.example.com"],
        "product": "Standard SSL",
        "status": "issued",
        "certificateStatus": "issued",
        "revocation": "request 198 is pending",
        "otherCertificates": [{"commonName": "www.example.com", "dnsNames": [], "serialNumber": "0B"}],
    },
}
"""A state as the engine gives it to a program: every number a double."""


@pytest.fixture
def engine() -> Engine:
    return Engine("112358", STATE)


def test_the_engine_gets_the_declared_inputs_and_the_provider(engine: Engine) -> None:
    args = CertificateRevocationArgs(certificate_id=112358, order_id=123456789, comments="Key leaked.")
    run(lambda: CertificateRevocation("r", args).urn)
    (resource,) = engine.registered
    assert resource.typ == "pulumi-python:dynamic/digicert:CertificateRevocation"
    assert resource.inputs == {
        "__provider": PROVIDER,
        "certificateId": 112358,
        "orderId": 123456789,
        "comments": "Key leaked.",
    }


@pytest.mark.usefixtures("engine")
def test_the_snapshot_is_that_of_a_certificate_with_the_others_of_its_order() -> None:
    def program() -> pulumi.Output[Any]:
        revocation = CertificateRevocation("r", serial_number="0A", comments="Key leaked.")
        return pulumi.Output.all(revocation.order, revocation.certificate_id, revocation.serial_number)

    order, certificate_id, serial_number = run(program)
    assert isinstance(order, CertificateSnapshot)
    assert (type(order.order_id), order.order_id) == (int, 123456789)
    assert (type(order.certificate_id), order.certificate_id) == (int, 112358)
    assert order.certificate_status == "issued"
    assert order.other_certificates is not None
    assert [other.serial_number for other in order.other_certificates] == ["0B"]
    assert (certificate_id, serial_number) == (None, "0A")


@pytest.mark.usefixtures("engine")
def test_comments_are_all_that_a_program_must_give() -> None:
    with pytest.raises(TypeError) as error:
        CertificateRevocation("r", serial_number="0A")  # type: ignore[call-overload]
    assert (
        str(error.value) == "CertificateRevocation 'r' missing 1 required keyword-only argument: 'comments'"
    )
