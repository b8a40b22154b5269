"""What `opts.id` gets: a dynamic provider reads whatever an id names, and tells what there is to say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.provider import Provider, ProviderError

from digicert_pulumi.declaring import certificate_revocation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

ORDER = 100000001


def config(sandbox: Sandbox) -> dict[str, str]:
    return {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    with Provider(config(sandbox)) as started:
        yield started


@pytest.mark.parametrize("decision", [None, "approve", "reject"])
def test_what_is_read_by_its_id_alone_is_told_in_one_line(
    provider: Provider, sandbox: Sandbox, decision: str | None
) -> None:
    request = sandbox.revoke(ORDER)
    if decision:
        getattr(sandbox, decision)(request, "So be it.")
    _, seen, _ = provider.read(str(ORDER), {})
    order = seen["order"]["status"]
    why = ": 'So be it.'" if decision else ""
    assert provider.lines == [
        f"info: order {ORDER} has the status {order!r}; request {request} to revoke it is {seen['status']}{why}"
    ]


@pytest.mark.parametrize("decided", ["approved", "rejected", None])
def test_the_id_alone_names_the_standing_request(
    provider: Provider, sandbox: Sandbox, decided: str | None
) -> None:
    inputs, failures = provider.check({"orderId": ORDER, "comments": "Key leaked."})
    assert failures == []
    outputs = provider.create(inputs)
    if decided:
        (sandbox.approve if decided == "approved" else sandbox.reject)(int(outputs["requestId"]), "Checked.")
    _, seen, _ = provider.read(str(ORDER), {})
    assert (seen["requestId"], seen["status"]) == (outputs["requestId"], decided or "pending")
    assert seen["requester"] == outputs["requester"]
    assert seen.get("processorComment") == ("Checked." if decided else None)


def test_the_id_alone_of_a_revoked_order_names_no_request_that_did_not_revoke_it(
    provider: Provider, sandbox: Sandbox
) -> None:
    sandbox.reject(sandbox.revoke(ORDER))
    sandbox.revoke_now(ORDER)
    _, seen, _ = provider.read(str(ORDER), {})
    assert (seen["revoked"], "requestId" in seen) == (True, False)
    assert provider.lines == [
        f"info: order {ORDER} has the status 'revoked'; no request that revoked it is known"
    ]


def test_the_id_alone_of_an_order_that_nobody_asked_to_revoke_names_none(provider: Provider) -> None:
    _, seen, _ = provider.read(str(ORDER), {})
    assert "requestId" not in seen


def test_the_id_alone_is_enough_to_read_a_certificate(sandbox: Sandbox) -> None:
    with Provider(config(sandbox), resource=certificate_revocation.PROVIDER) as provider:
        read_a_certificate(provider, sandbox)


def read_a_certificate(provider: Provider, sandbox: Sandbox) -> None:
    order_id = sandbox.find("ov")
    certificate = sandbox.order(order_id)["certificate"]
    _, seen, _ = provider.read(str(certificate["id"]), {})
    assert (seen["order"]["orderId"], seen["revoked"]) == (order_id, False)
    assert seen["order"]["serialNumber"] == certificate["serial_number"]
    name = f"info: certificate {certificate['id']} of order {order_id} has the status 'issued'; "
    assert provider.lines == [f"{name}no request to revoke it is known"]
    request = sandbox.revoke(order_id)
    _, seen, _ = provider.read(str(certificate["id"]), {})
    assert "requestId" not in seen
    assert provider.lines[1:] == [
        f"{name}on its order, request {request} is pending, but CertCentral does not say for which certificate"
    ]
    with pytest.raises(ProviderError, match="'x' is not a certificate id"):
        provider.read("x", {})
