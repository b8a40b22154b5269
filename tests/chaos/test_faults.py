"""Every fault, against the real provider process: exactly one request, and a state that is true.

The orders of a test live side by side, each with a fault of its own: most of the time of each goes by in waiting.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import pytest
from chaos.faults import ON_A_READING, ON_EVERY_PUT, ON_THE_PUT, Fault, named
from chaos.kinds import CERTIFICATE, DECISION, ORDER
from chaos.resource import Resource, at_once, up_until_settled
from support.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chaos.kinds import Kind
    from support.sandbox import Sandbox

FEW_ON_THE_PUT = named(
    ON_THE_PUT,
    "connection reset, not processed",
    "connection reset, processed",
    "answer cut in the middle",
    "status 500, processed",
    "status 503, not processed",
    "answer after the time-out, processed",
    "web page with status 403, processed",
)
FEW_ON_A_READING = named(
    ON_A_READING,
    "connection reset",
    "status 406",
    "status 503",
    "answer after the time-out",
    "truncated JSON",
    "stale copy of the order",
)
"""For the resources beside that of an order: they share what sends and what reads."""

LATE = [fault for fault in ON_THE_PUT if "late" in fault.rule]
NEVER_PROCESSED = [fault for fault in ON_EVERY_PUT if fault.rule["fault"] != "slow"]
WITHOUT_APPROVAL = [fault for fault in FEW_ON_THE_PUT if fault.rule.get("when") == "after"]


def is_429(fault: Fault) -> bool:
    """Whether it makes the whole account wait for some seconds."""
    return "status 429" in fault.name


def is_refused(fault: Fault) -> bool:
    """Whether it refuses every connection."""
    return "connections refused" in fault.name


def is_single(fault: Fault) -> bool:
    """Whether it leaves the calls for other orders alone."""
    return not is_429(fault) and not is_refused(fault)


def on_each_kind(
    faults: Sequence[Fault], few: Sequence[Fault], *slow: Callable[[Fault], bool]
) -> pytest.MarkDecorator:
    """All the faults on the resource of an order, in groups that do not disturb each other, and a few on the others."""
    cases = [
        pytest.param(
            kind,
            [*filter(group, some)],
            id=f"{kind.name}-{group.__name__}",
            marks=[pytest.mark.slow] if group in slow else [],
        )
        for kind, some, groups in (
            (ORDER, faults, (is_single, is_429, is_refused)),
            (CERTIFICATE, few, (is_single,)),
            (DECISION, few, (is_single,)),
        )
        for group in groups
        if some
    ]
    return pytest.mark.parametrize(("kind", "faults"), cases, indirect=["kind"])


class Lives:
    """Resources that live side by side, each with an order and a fault of its own.

    Attributes:
        resources: The resources, as many as there are faults.
    """

    def __init__(self, faults: Sequence[Fault], resources: list[Resource], sandbox: Sandbox) -> None:
        self._faults = faults
        self.resources = resources
        self._sandbox = sandbox

    def strike(self, endpoint: str, *, count: int | None = 1, skip: int = 0) -> None:
        """Let each fault hit the calls about its order, after so many that it lets through."""
        rules = [
            fault.on(endpoint, resource.order, count) | {"skip": skip}
            for fault, resource in zip(self._faults, self.resources, strict=True)
        ]
        self._sandbox.add_faults(*rules)

    def up(self, provider: Provider) -> None:
        """`pulumi up`, which does nothing about what is finished."""
        at_once(self.resources, lambda resource: resource.up(provider))

    def up_until_settled(self, provider: Provider) -> None:
        """`up`, and up to three more where it failed, each in a provider process of its own."""
        up_until_settled(self.resources, provider)

    def refresh(self, provider: Provider) -> None:
        """`pulumi refresh`."""
        at_once(self.resources, lambda resource: resource.refresh(provider))

    def assert_each(self, *conditions: Callable[[Resource], object]) -> None:
        """Every resource meets the conditions; those that do not are told by their faults."""
        wrong = {
            fault.name: message
            for fault, resource in zip(self._faults, self.resources, strict=True)
            for condition in conditions
            if (message := _failure_of(condition, resource))
        }
        assert wrong == {}


def _failure_of(condition: Callable[[Resource], object], resource: Resource) -> str:
    try:
        condition(resource)
    except AssertionError as error:
        return str(error) or condition.__name__
    return ""


@pytest.fixture
def lives(
    faults: Sequence[Fault],
    orders: Iterator[int],
    settings: dict[str, str],
    shared: Sandbox,
    kind: Kind,
) -> Lives:
    """One for each fault; no fault of an earlier test is in force."""
    shared.clear_faults()
    return Lives(faults, [Resource(next(orders), shared, settings, kind) for _ in faults], shared)


@on_each_kind([fault for fault in ON_THE_PUT if fault not in LATE], FEW_ON_THE_PUT)
def test_on_the_put(lives: Lives, kind: Kind, provider: Provider) -> None:
    lives.strike(kind.put)
    lives.up_until_settled(provider)
    lives.assert_each(Resource.assert_struck, Resource.assert_one_true_request)


def test_the_next_up_waits_for_a_put_that_is_processed_late(
    orders: Iterator[int], settings: dict[str, str], shared: Sandbox
) -> None:
    shared.clear_faults()
    patient = {**settings, "digicert:settleTimeout": "2"}
    lives = Lives(LATE, [Resource(next(orders), shared, patient) for _ in LATE], shared)
    lives.strike("revoke_order")
    with Provider(patient) as provider:
        lives.up_until_settled(provider)
    assert [each.codes[0] for each in lives.resources] == ["fate-unknown", "fate-unknown"]
    lives.assert_each(Resource.assert_one_true_request)


@pytest.mark.parametrize("faults", [NEVER_PROCESSED], ids=[""])
def test_on_every_put_of_an_up(lives: Lives, provider: Provider, shared: Sandbox) -> None:
    lives.strike("revoke_order", count=None)
    lives.up(provider)
    lives.assert_each(Resource.assert_struck, Resource.assert_unfinished)
    shared.clear_faults()
    lives.up_until_settled(provider)
    lives.assert_each(Resource.assert_one_true_request)


@on_each_kind(ON_A_READING, [], is_429)
def test_on_a_reading_before_the_put(lives: Lives, provider: Provider) -> None:
    lives.strike("get_order")
    lives.up_until_settled(provider)
    lives.assert_each(Resource.assert_struck, Resource.assert_one_true_request)


@on_each_kind(ON_A_READING, FEW_ON_A_READING, is_429)
def test_on_the_reading_back(lives: Lives, kind: Kind, provider: Provider) -> None:
    for endpoint, before in kind.readings.items():
        lives.strike(endpoint, skip=before)
    lives.up_until_settled(provider)
    lives.assert_each(
        Resource.assert_struck, Resource.assert_struck_after_the_put, Resource.assert_one_true_request
    )


@on_each_kind(ON_A_READING, FEW_ON_A_READING, is_429)
def test_on_a_refresh(lives: Lives, kind: Kind, provider: Provider, shared: Sandbox) -> None:
    lives.up(provider)
    for resource in lives.resources:
        resource.decide()
    before = [resource.state["requestId"] for resource in lives.resources]
    for endpoint in kind.readings:
        lives.strike(endpoint)
    lives.refresh(provider)
    lives.assert_each(Resource.assert_struck)
    assert [resource.state["requestId"] for resource in lives.resources] == before
    shared.clear_faults()
    lives.refresh(provider)
    lives.assert_each(Resource.assert_one_true_request)


@pytest.mark.parametrize(
    "kind",
    [ORDER, pytest.param(CERTIFICATE, marks=pytest.mark.slow)],
    ids=attrgetter("name"),
    indirect=True,
)
def test_on_every_reading_back(resource: Resource, provider: Provider, shared: Sandbox) -> None:
    rule = {"fault": "drop", "endpoint": "get_order", "order_id": resource.order}
    shared.add_faults(rule | {"skip": resource.kind.readings["get_order"]})
    resource.up(provider)
    resource.assert_unfinished()
    [request] = shared.revoke_requests(resource.order)
    assert resource.state["requestId"] == request["id"]
    shared.clear_faults()
    resource.up_until_settled(provider)
    resource.assert_one_true_request()


def test_on_the_put_of_a_revocation_without_approval(
    orders: Iterator[int], settings: dict[str, str], shared: Sandbox
) -> None:
    shared.clear_faults()
    as_administrator = {**settings, "digicert:apiKey": shared.admin_key}
    resources = [
        Resource(next(orders), shared, as_administrator, skip_approval=True) for _ in WITHOUT_APPROVAL
    ]
    lives = Lives(WITHOUT_APPROVAL, resources, shared)
    lives.strike("revoke_order")
    with Provider(as_administrator) as provider:
        lives.up_until_settled(provider)
    lives.assert_each(Resource.assert_struck)
    for resource in resources:
        assert resource.state["revoked"] is True
        assert shared.revoke_requests(resource.order) == []
        assert len([call for call in shared.writes() if f"/{resource.order}/" in call["path"]]) == 1


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
