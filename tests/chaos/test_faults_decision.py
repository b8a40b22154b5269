"""Faults around an administrator's decision: the request is decided as declared, and the state says so."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from chaos.faults import ON_A_READING, ON_THE_PUT, Fault, named
from chaos.resource import Resource
from support.provider import Provider

from digicert_pulumi.revocation_decision import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.sandbox import Sandbox

THE_PUT = named(
    ON_THE_PUT,
    "connection reset, not processed",
    "connection reset, processed",
    "answer cut in the middle",
    "status 503, processed",
    "status 429, processed",
    "web page with status 403, processed",
    "connections refused for 1 s",
)
THE_READING_BACK = named(
    ON_A_READING, "connection reset", "status 406", "truncated JSON", "connections refused for 1 s"
)
A_REFRESH = named(ON_A_READING, "connection reset", "answer after the time-out", "stale copy of the order")


class DecisionResource(Resource):
    """An approval of the request to revoke an order."""

    provider = PROVIDER
    endpoint = "update_request_status"
    identity = "requestId"

    def __init__(self, order: int, sandbox: Sandbox, settings: Mapping[str, str], **declared: Any) -> None:
        super().__init__(order, sandbox, settings, **declared)
        self.declared = declared

    def assert_decided_once(self) -> None:
        """The request is approved, the order revoked, the state says both, and every error was one line."""
        assert self.outputs is not None, self.errors
        [request] = self._sandbox.revoke_requests(self.order)
        assert request["status"] == self.outputs["status"] == "approved"
        assert request["processor_comment"] == self.declared["processorComment"]
        assert self.outputs["revoked"] is True
        assert self._sandbox.order(self.order)["status"] == "revoked"
        for error in self.errors:
            assert "\n" not in error
            assert str(request["id"]) in error or str(self.order) in error


@pytest.fixture(scope="module")
def settings(settings: dict[str, str], shared: Sandbox) -> dict[str, str]:
    """An administrator's key."""
    return {**settings, "digicert:apiKey": shared.admin_key}


@pytest.fixture(scope="module")
def provider(settings: dict[str, str]) -> Iterator[Provider]:
    """The provider process of a first `pulumi up`."""
    with Provider(settings, resource=PROVIDER) as started:
        yield started


@pytest.fixture
def resource(orders: Iterator[int], settings: dict[str, str], shared: Sandbox) -> DecisionResource:
    """The decision on a user's request for an order of its own; no fault of an earlier test is in force."""
    shared.clear_faults()
    order = next(orders)
    return DecisionResource(
        order,
        shared,
        settings,
        requestId=shared.revoke(order, user=True),
        decision="approved",
        processorComment="Checked.",
    )


@pytest.mark.parametrize("fault", THE_PUT, ids=attrgetter("name"))
def test_on_the_put(fault: Fault, resource: DecisionResource, provider: Provider, shared: Sandbox) -> None:
    shared.add_faults(fault.on(resource.endpoint, resource.order))
    resource.up_until_settled(provider)
    resource.assert_struck()
    resource.assert_decided_once()


@pytest.mark.parametrize("endpoint", ["get_request", "get_order"])
@pytest.mark.parametrize("fault", THE_READING_BACK, ids=attrgetter("name"))
def test_on_the_reading_back(
    fault: Fault, endpoint: str, resource: DecisionResource, provider: Provider, shared: Sandbox
) -> None:
    with resource.put_in_flight(provider):
        shared.add_faults(fault.on(endpoint, resource.order))
    resource.assert_struck()
    resource.up_until_settled(provider)
    resource.assert_decided_once()


@pytest.mark.parametrize("endpoint", ["get_request", "get_order"])
@pytest.mark.parametrize("fault", A_REFRESH, ids=attrgetter("name"))
def test_on_a_refresh(
    fault: Fault, endpoint: str, resource: DecisionResource, provider: Provider, shared: Sandbox
) -> None:
    resource.up(provider)
    shared.add_faults(fault.on(endpoint, resource.order))
    resource.refresh(provider)
    resource.assert_struck()
    shared.clear_faults()
    resource.refresh(provider)
    resource.assert_decided_once()
