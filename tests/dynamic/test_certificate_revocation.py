"""The revocation of a single certificate, in the real provider process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.provider import UNKNOWN, Provider, ProviderError

from digicert_pulumi.certificate_revocation import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    config = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:retryTimeout": "1",
    }
    with Provider(config, resource=PROVIDER) as started:
        yield started


def declared(**changes: Any) -> dict[str, Any]:
    return {"comments": "Key of the duplicate leaked.", **changes}


def listed(sandbox: Sandbox, order_id: int, kind: str) -> list[dict[str, Any]]:
    certificates: list[dict[str, Any]] = sandbox.call(
        "GET", f"/services/v2/order/certificate/{order_id}/{kind}"
    )["certificates"]
    return certificates


def primary(sandbox: Sandbox, order_id: int) -> dict[str, Any]:
    certificate: dict[str, Any] = sandbox.order(order_id)["certificate"]
    return certificate


@pytest.mark.parametrize("by", ["certificateId", "serialNumber"])
def test_the_primary_certificate_is_found_and_revoked_alone(
    provider: Provider, sandbox: Sandbox, by: str
) -> None:
    order_id = sandbox.find("duplicates")
    certificate = primary(sandbox, order_id)
    identity = {"certificateId": certificate["id"], "serialNumber": certificate["serial_number"].lower()}
    inputs, failures = provider.check(declared(**{by: identity[by]}))
    assert failures == []
    shown = inputs["order"]
    assert (shown["orderId"], shown["certificateId"]) == (order_id, certificate["id"])
    assert shown["serialNumber"] == certificate["serial_number"]
    assert [other["serialNumber"] for other in shown["otherCertificates"]] == [
        other["serial_number"] for other in listed(sandbox, order_id, "duplicate")
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


@pytest.mark.parametrize(("kind", "list_"), [("duplicates", "duplicate"), ("reissued", "reissue")])
def test_a_duplicate_or_reissue_is_found_on_its_order(
    provider: Provider, sandbox: Sandbox, kind: str, list_: str
) -> None:
    order_id = sandbox.find(kind)
    certificate = listed(sandbox, order_id, list_)[0]
    inputs, failures = provider.check(declared(certificateId=certificate["id"], orderId=order_id))
    assert failures == []
    assert inputs["order"]["commonName"] == certificate["common_name"]
    outputs = provider.create(inputs)
    assert outputs["status"] == "pending"
    assert provider.read(str(certificate["id"]), outputs) == (str(certificate["id"]), outputs, None)
    assert provider.diff(outputs, inputs) == ("DIFF_NONE", [])
    assert len(sandbox.writes()) == 1


@pytest.mark.parametrize(
    ("identity", "reason"),
    [
        ({}, "takes exactly one of certificateId and serialNumber, not neither"),
        (
            {"certificateId": 5, "serialNumber": "0A"},
            "takes exactly one of certificateId and serialNumber, not both",
        ),
    ],
)
def test_a_certificate_is_named_once(provider: Provider, identity: dict[str, Any], reason: str) -> None:
    assert provider.check(declared(**identity))[1] == [("", reason)]


@pytest.mark.parametrize("serial_number", ["0x", "xyz", "", "0A 0G"])
def test_a_serial_number_is_hexadecimal(provider: Provider, serial_number: str) -> None:
    ((name, reason),) = provider.check(declared(serialNumber=serial_number))[1]
    assert name == ""
    assert reason.startswith("serialNumber must")


def test_an_unknown_certificate_fails_the_preview(provider: Provider, sandbox: Sandbox) -> None:
    ((_, reason),) = provider.check(declared(certificateId=5))[1]
    assert reason.startswith("certificate 5 was not found in this CertCentral account; nothing was sent; ")
    ((_, reason),) = provider.check(declared(certificateId=5, orderId=sandbox.find("ev")))[1]
    assert reason.startswith(f"certificate 5 is not on order {sandbox.find('ev')}; ")


def test_an_identity_not_known_yet_is_not_read(provider: Provider, sandbox: Sandbox) -> None:
    inputs, failures = provider.check(declared(certificateId=UNKNOWN))
    assert failures == []
    assert inputs["order"] == UNKNOWN
    assert sandbox.access_log() == []


def test_an_open_request_with_the_same_words_is_adopted_and_another_one_refused(
    provider: Provider, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("ov")
    certificate = primary(sandbox, order_id)["id"]
    request = sandbox.revoke(order_id, "Something else.")
    ((name, reason),) = provider.check(declared(certificateId=certificate))[1]
    assert name == ""
    assert f"request {request} to revoke on this order is open" in reason
    inputs, failures = provider.check(declared(certificateId=certificate, comments="Something else."))
    assert failures == []
    assert provider.create(inputs)["requestId"] == request
    assert sandbox.writes() == []


def test_a_request_with_the_same_words_for_another_certificate_is_not_adopted(
    provider: Provider, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("duplicates")
    first, second = (certificate["id"] for certificate in listed(sandbox, order_id, "duplicate")[:2])
    inputs = [provider.check(declared(certificateId=id_, orderId=order_id))[0] for id_ in (first, second)]
    request = int(provider.create(inputs[0])["requestId"])
    with pytest.raises(ProviderError) as failure:
        provider.create(inputs[1])
    assert str(failure.value) == (
        f"certificate {second} of order {order_id}: request {request} is open and is for certificate {first} "
        f"of order {order_id}; nothing was sent; have it decided first, then run `pulumi up` again"
    )
    sandbox.approve(request)
    assert provider.create(inputs[1])["requestId"] != request


def test_another_name_for_the_same_certificate_is_no_replacement(
    provider: Provider, sandbox: Sandbox
) -> None:
    order_id = sandbox.find("ov")
    certificate = primary(sandbox, order_id)
    inputs, _ = provider.check(declared(certificateId=certificate["id"]))
    outputs = provider.create(inputs)
    for name in (
        {"certificateId": certificate["id"], "orderId": order_id},
        {"serialNumber": certificate["serial_number"]},
    ):
        news, failures = provider.check(declared(**name), olds=inputs)
        assert failures == []
        assert provider.diff(outputs, news) == ("DIFF_UNKNOWN", [])
    assert len(sandbox.writes()) == 1


def test_another_certificate_is_a_replacement(provider: Provider, sandbox: Sandbox) -> None:
    first, second = (primary(sandbox, order_id)["id"] for order_id in sandbox.plain(2))
    inputs, _ = provider.check(declared(certificateId=first))
    news, _ = provider.check(declared(certificateId=second), olds=inputs)
    assert provider.diff(provider.create(inputs), news) == ("DIFF_UNKNOWN", ["certificateId"])


def test_a_certificate_of_a_revoked_order_is_revoked(provider: Provider, sandbox: Sandbox) -> None:
    order_id = sandbox.find("ov")
    inputs, _ = provider.check(declared(certificateId=primary(sandbox, order_id)["id"]))
    sandbox.revoke_now(order_id)
    outputs = provider.create(inputs)
    assert outputs["revoked"] is True
    assert sandbox.writes() == []


def test_a_certificate_revoked_alone_is_revoked(provider: Provider, sandbox: Sandbox) -> None:
    order_id = sandbox.find("certificate_revoked")
    inputs, failures = provider.check(declared(certificateId=primary(sandbox, order_id)["id"]))
    assert failures == []
    assert provider.create(inputs)["revoked"] is True
    assert sandbox.writes() == []


def test_a_lost_answer_is_looked_for(sandbox: Sandbox) -> None:
    sandbox.add_faults({"fault": "drop", "when": "after", "endpoint": "revoke_certificate", "count": 1})
    config = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:settleTimeout": "2",
    }
    with Provider(config, resource=PROVIDER) as provider:
        inputs, _ = provider.check(declared(certificateId=primary(sandbox, sandbox.find("ov"))["id"]))
        outputs = provider.create(inputs)
    assert [request["id"] for request in sandbox.revoke_requests(sandbox.find("ov"))] == [
        outputs["requestId"]
    ]


def test_an_error_names_the_certificate(provider: Provider, sandbox: Sandbox) -> None:
    inputs, _ = provider.check(declared(certificateId=primary(sandbox, sandbox.find("ov"))["id"]))
    sandbox.stop()
    with pytest.raises(ProviderError, match=f"^order {sandbox.find('ov')}: ") as failure:
        provider.create(inputs)
    assert "\n" not in str(failure.value)


def test_it_costs_two_readings_for_its_preview_three_calls_more_and_one_for_a_refresh(
    provider: Provider, sandbox: Sandbox
) -> None:
    certificate = primary(sandbox, sandbox.plain(1)[0])
    inputs, _ = provider.check(declared(certificateId=certificate["id"]))
    assert [call["method"] for call in sandbox.access_log()] == ["GET", "GET"]
    outputs = provider.create(inputs)
    assert [call["method"] for call in sandbox.access_log()[2:]] == ["GET", "PUT", "GET"]
    provider.read(str(certificate["id"]), outputs)
    assert [call["method"] for call in sandbox.access_log()[5:]] == ["GET"]
