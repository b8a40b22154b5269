"""One test for each fault, against the real provider process: exactly one request, and a state that is true."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest
from chaos.faults import ON_A_READING, ON_EVERY_PUT, ON_THE_PUT, Fault, named
from chaos.resource import CertificateResource, DecisionResource, Resource
from support.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from support.sandbox import Sandbox

QUICK = {
    "connection reset",
    "connection reset, not processed",
    "connection reset, processed",
    "answer cut in the middle",
    "status 503",
    "status 503, not processed",
    "status 406, processed",
    "status 429",
    "status 429, not processed",
    "status 429, processed",
    "answer after the time-out",
    "answer after the time-out, processed",
    "web page with status 200, processed",
    "web page with status 403, not processed",
    "truncated JSON",
    "redirect to another host, processed",
    "request seen only after 2 s",
    "stale copy of the order",
    "unknown order status",
    "connections refused for 1 s",
}
"""One of each kind. The tests of the client show of which kind each of the others is."""


QUICK_OF: dict[type[Resource], set[str]] = {
    Resource: QUICK,
    CertificateResource: {
        "connection reset, not processed",
        "connection reset, processed",
        "status 500, processed",
        "status 503, not processed",
        "answer after the time-out, processed",
        "web page with status 403, processed",
        "request seen only after 2 s",
        "connection reset",
        "status 503",
        "answer after the time-out",
        "stale copy of the order",
    },
    DecisionResource: {
        "connection reset, not processed",
        "connection reset, processed",
        "answer cut in the middle",
        "status 503, processed",
        "status 429, processed",
        "web page with status 403, processed",
        "connection reset",
        "status 406",
        "truncated JSON",
        "stale copy of the order",
    },
}
"""Of the other resources a few: they share what sends and what reads."""

THE_PUT = {kind: (kind.endpoint,) for kind in QUICK_OF}
READINGS = {
    Resource: ("get_order",),
    CertificateResource: ("get_order",),
    DecisionResource: ("get_request", "get_order"),
}


def each_of(faults: Iterable[Fault], hit: Mapping[type[Resource], tuple[str, ...]]) -> pytest.MarkDecorator:
    """Each fault on a resource: on that of an order also those that are like another one, where the slow tests run.

    Args:
        faults: The faults.
        hit: The calls that they hit, by resource.
    """
    cases = [
        pytest.param(kind, endpoint, fault, id=f"{kind.name}-{endpoint}-{fault.name}", marks=marks)
        for fault in faults
        for kind, endpoints in hit.items()
        for endpoint in endpoints
        for marks in [() if fault.name in QUICK_OF[kind] else (pytest.mark.slow,)]
        if not marks or kind is Resource
    ]
    return pytest.mark.parametrize(("kind", "endpoint", "fault"), cases, indirect=["kind"])


NEVER_PROCESSED = named(
    ON_EVERY_PUT,
    "connection reset, not processed",
    "status 503, not processed",
    "web page with status 200, not processed",
    "web page with status 403, not processed",
)
WITHOUT_APPROVAL = named(
    ON_THE_PUT,
    "connection reset, processed",
    "status 504, processed",
    "web page with status 403, processed",
    "answer after the time-out, processed",
)


# A PUT that is processed later than these impatient settings wait for it is `test_two_resources_one_order`'s.
@each_of([each for each in ON_THE_PUT if "late" not in each.rule], THE_PUT)
def test_on_the_put(
    fault: Fault, endpoint: str, resource: Resource, provider: Provider, shared: Sandbox
) -> None:
    shared.add_faults(fault.on(endpoint, resource.order))
    resource.up_until_settled(provider)
    resource.assert_struck()
    resource.assert_one_true_request()


@pytest.mark.parametrize("fault", NEVER_PROCESSED, ids=attrgetter("name"))
def test_on_every_put_of_an_up(fault: Fault, resource: Resource, provider: Provider, shared: Sandbox) -> None:
    shared.add_faults(fault.on("revoke_order", resource.order, count=None))
    resource.up(provider)
    resource.assert_struck()
    assert not resource.finished
    shared.clear_faults()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()


@each_of(ON_A_READING, {Resource: READINGS[Resource]})
def test_on_a_reading_before_the_put(
    fault: Fault, endpoint: str, resource: Resource, provider: Provider, shared: Sandbox
) -> None:
    shared.add_faults(fault.on(endpoint, resource.order))
    resource.up_until_settled(provider)
    resource.assert_struck()
    resource.assert_one_true_request()


@each_of(ON_A_READING, READINGS)
def test_on_the_reading_back(
    fault: Fault, endpoint: str, resource: Resource, provider: Provider, shared: Sandbox
) -> None:
    with resource.put_in_flight(provider):
        shared.add_faults(fault.on(endpoint, resource.order))
    resource.assert_struck()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()


@each_of(ON_A_READING, READINGS)
def test_on_a_refresh(
    fault: Fault, endpoint: str, resource: Resource, provider: Provider, shared: Sandbox
) -> None:
    resource.up(provider)
    resource.decide()
    assert resource.outputs is not None
    request = resource.outputs["requestId"]
    shared.add_faults(fault.on(endpoint, resource.order))
    resource.refresh(provider)
    resource.assert_struck()
    assert resource.outputs["requestId"] == request
    shared.clear_faults()
    resource.refresh(provider)
    resource.assert_one_true_request()


@pytest.mark.parametrize("kind", [Resource, CertificateResource], ids=attrgetter("name"), indirect=True)
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


@pytest.mark.parametrize("fault", WITHOUT_APPROVAL, ids=attrgetter("name"))
def test_on_the_put_of_a_revocation_without_approval(
    fault: Fault, resource: Resource, settings: dict[str, str], shared: Sandbox
) -> None:
    as_administrator = {**settings, "digicert:apiKey": shared.admin_key}
    revocation = Resource(resource.order, shared, as_administrator, skipApproval=True)
    shared.add_faults(fault.on("revoke_order", revocation.order))
    with Provider(as_administrator) as provider:
        revocation.up_until_settled(provider)
    revocation.assert_struck()
    assert revocation.outputs is not None
    assert revocation.outputs["revoked"] is True
    assert shared.revoke_requests(revocation.order) == []
    puts = [call for call in shared.writes() if f"/{revocation.order}/" in call["path"]]
    assert len(puts) == 1


def test_a_put_that_timed_out_is_not_sent_again_by_itself(
    resource: Resource, provider: Provider, shared: Sandbox
) -> None:
    shared.add_faults(
        {"fault": "hold", "when": "before", "endpoint": "revoke_order", "order_id": resource.order}
    )
    resource.up(provider)
    assert len(resource.errors) == 1
    assert len(shared.holds()) == 1
    shared.clear_faults()
    shared.release()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()


@pytest.mark.parametrize("count", [1, None], ids=["once", "always"])
def test_on_the_reading_of_the_request_that_a_lost_answer_named(
    count: int | None, resource: Resource, provider: Provider, shared: Sandbox
) -> None:
    reset = {"fault": "drop", "order_id": resource.order}
    shared.add_faults({**reset, "endpoint": "revoke_order", "when": "after", "count": 1})
    shared.add_faults({**reset, "endpoint": "get_request"} | ({"count": count} if count else {}))
    resource.up(provider)
    assert [fault["injected"] > 0 for fault in shared.faults()] == [True, True]
    shared.clear_faults()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()
