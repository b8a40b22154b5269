"""The revocation of a single certificate, in the real provider process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.provider import UNKNOWN, Provider, by_front_end

from digicert_pulumi.declaring import order_revocation
from digicert_pulumi.declaring.certificate_revocation import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    with Provider(sandbox.config(), resource=PROVIDER) as started:
        yield started


def declared(**changes: Any) -> dict[str, Any]:
    return {"comments": "Key of the duplicate leaked.", **changes}


@pytest.mark.parametrize("by", ["certificateId", "serialNumber"])
def test_the_primary_certificate_is_found_and_revoked_alone(
    provider: Provider, sandbox: Sandbox, by: str
) -> None:
    order_id = sandbox.find("duplicates")
    certificate = sandbox.primary(order_id)
    identity = {"certificateId": certificate["id"], "serialNumber": certificate["serial_number"].lower()}
    inputs, failures = provider.check(declared(**{by: identity[by]}))
    assert failures == []
    shown = inputs["order"]
    assert (shown["orderId"], shown["certificateId"]) == (order_id, certificate["id"])
    assert shown["serialNumber"] == certificate["serial_number"]
    assert [other["serialNumber"] for other in shown["otherCertificates"]] == [
        other["serial_number"] for other in sandbox.listed(order_id, "duplicate")
    ]
    outputs = provider.create(inputs)
    assert (outputs["status"], outputs["revoked"]) == ("pending", False)
    (write,) = sandbox.writes()
    assert write["path"] == f"/services/v2/certificate/{certificate['id']}/revoke"
    sandbox.approve(int(outputs["requestId"]))
    _, seen, _ = provider.read(str(certificate["id"]), outputs)
    assert (seen["status"], seen["revoked"]) == ("approved", True)
    assert seen["order"]["certificateStatus"] == "revoked"
    assert seen["order"]["status"] == "issued"


def test_an_unknown_certificate_fails_the_preview(provider: Provider, sandbox: Sandbox) -> None:
    ((_, reason),) = provider.check(declared(certificateId=5))[1]
    assert reason.startswith("certificate 5 was not found in this CertCentral account; nothing was sent; ")
    ((_, reason),) = provider.check(declared(certificateId=5, orderId=sandbox.find("ev")))[1]
    order_id = by_front_end(dynamic="order_id", native="orderId")
    assert (
        reason
        == f"certificate 5 is not on order {sandbox.find('ev')}; nothing was sent; check it and its {order_id}"
    )


def test_an_identity_not_known_yet_is_not_read(provider: Provider, sandbox: Sandbox) -> None:
    inputs, failures = provider.check({**declared(certificateId=UNKNOWN), "order": UNKNOWN})
    assert failures == []
    assert inputs["order"] == UNKNOWN
    olds = {**declared(certificateId=5), "order": {"certificateId": 5, "orderId": 6}, "revoked": False}
    assert provider.diff(olds, inputs) == ("DIFF_UNKNOWN", ["certificateId"])
    assert sandbox.access_log() == []


def test_the_deletion_notice_says_what_else_declares_the_request(
    provider: Provider, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A revocation of one certificate that is replaced by that of its order, and the other way round.

    The order's is made on another machine: this one knows what the request is for.
    """
    order_id = sandbox.find("duplicates")
    certificate_id = sandbox.primary(order_id)["id"]
    inputs, _ = provider.check(declared(certificateId=certificate_id))
    made = provider.create(inputs)
    request = int(made["requestId"])
    certificate, order = f"certificate {certificate_id}", f"order {order_id}"
    remedy = "but it is for only one of them; if that is the wrong one, ask an administrator to reject it"
    elsewhere = {"XDG_CACHE_HOME": str(tmp_path)}
    with Provider(sandbox.config(), elsewhere, resource=order_revocation.PROVIDER) as one_for_all:
        inputs, _ = one_for_all.check({"orderId": order_id, "comments": "All of it."})
        adopted = one_for_all.create(inputs)
        assert adopted["requestId"] == request
        one_for_all._resource = PROVIDER
        one_for_all.delete(str(certificate_id), made)
        assert one_for_all.lines[-1] == (
            f"info: request {request} to revoke {certificate} stays open at DigiCert; this program also declares it for {order}, "
            f"{remedy}"
        )
        one_for_all.diff(made, made)
        one_for_all.delete(str(certificate_id), made)
        assert one_for_all.lines[-1].endswith("another resource of this program declares it")
    provider._resource = order_revocation.PROVIDER
    provider.delete(str(order_id), adopted)
    assert provider.lines[-1] == (
        f"info: request {request} to revoke {order} stays open at DigiCert; this program also declares it for {certificate}, {remedy}"
    )
