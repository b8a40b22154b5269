"""Faults around the revocation of a single certificate: exactly one request, and a state that is true."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest
from chaos.faults import ON_A_READING, ON_THE_PUT, Fault, named
from chaos.resource import Resource
from support.provider import Provider

from digicert_pulumi.certificate_revocation import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox


THE_PUT = named(
    ON_THE_PUT,
    "connection reset, not processed",
    "connection reset, processed",
    "status 500, processed",
    "status 503, not processed",
    "answer after the time-out, processed",
    "web page with status 403, processed",
    "request seen only after 2 s",
)
THE_READING_BACK = named(
    ON_A_READING, "connection reset", "status 503", "answer after the time-out", "stale copy of the order"
)
A_REFRESH = named(
    ON_A_READING, "connection reset", "status 504", "web page with status 403", "truncated JSON"
)


class CertificateResource(Resource):
    """The revocation of the primary certificate of an order."""

    provider = PROVIDER
    endpoint = "revoke_certificate"
    identity = "certificateId"


@pytest.fixture(scope="module")
def provider(settings: dict[str, str]) -> Iterator[Provider]:
    """The provider process of a first `pulumi up`."""
    with Provider(settings, resource=PROVIDER) as started:
        yield started


@pytest.fixture
def resource(orders: Iterator[int], settings: dict[str, str], shared: Sandbox) -> Resource:
    """The revocation of the certificate of an order of its own; no fault of an earlier test is in force."""
    shared.clear_faults()
    order = next(orders)
    return CertificateResource(
        order, shared, settings, certificateId=shared.order(order)["certificate"]["id"]
    )


@pytest.mark.parametrize("fault", THE_PUT, ids=attrgetter("name"))
def test_on_the_put(fault: Fault, resource: Resource, provider: Provider, shared: Sandbox) -> None:
    shared.add_faults(fault.on(resource.endpoint, resource.order))
    resource.up_until_settled(provider)
    resource.assert_struck()
    resource.assert_one_true_request()


@pytest.mark.parametrize("fault", THE_READING_BACK, ids=attrgetter("name"))
def test_on_the_reading_back(fault: Fault, resource: Resource, provider: Provider, shared: Sandbox) -> None:
    with resource.put_in_flight(provider):
        shared.add_faults(fault.on("get_order", resource.order))
    resource.assert_struck()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()


def test_on_every_reading_back(resource: Resource, provider: Provider, shared: Sandbox) -> None:
    with resource.put_in_flight(provider):
        shared.add_faults({"fault": "drop", "endpoint": "get_order", "order_id": resource.order})
    assert not resource.finished
    [request] = shared.revoke_requests(resource.order)
    assert resource.outputs is not None
    assert resource.outputs["requestId"] == request["id"]
    shared.clear_faults()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()


@pytest.mark.parametrize("fault", A_REFRESH, ids=attrgetter("name"))
def test_on_a_refresh(fault: Fault, resource: Resource, provider: Provider, shared: Sandbox) -> None:
    resource.up(provider)
    [request] = shared.revoke_requests(resource.order)
    shared.approve(request["id"])
    shared.add_faults(fault.on("get_order", resource.order))
    resource.refresh(provider)
    resource.assert_struck()
    shared.clear_faults()
    resource.refresh(provider)
    resource.assert_one_true_request()
    assert resource.outputs is not None
    assert resource.outputs["order"]["certificateStatus"] == "revoked"
