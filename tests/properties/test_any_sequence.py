"""Whatever happens in whatever order: one request, a true state, readable lines, and in the end all is seen to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from properties.profile import FACTOR, search
from properties.world import LATE, TAKES_WHATEVER_IT_IS_SENT, World
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from properties.world import Rule

ORDERS_AT_ALL = 2000 if FACTOR <= 5 else 40000
"""Enough for every example to have some of its own, those of a search for the smallest one included."""

NAMES = st.sampled_from(["one", "two"])
ORDERS = st.sampled_from(range(5))
WORDS = st.sampled_from(["Key leaked.", "Server sold.", "Name dropped."])
DECLARED: dict[str, Any] = {
    "name": NAMES,
    "order": ORDERS,
    "comments": WORDS,
    "reason": st.sampled_from([None, None, "keyCompromise"]),
    "expected": st.sampled_from([None, None, None, None, "wrong.example.net"]),
}
WHEN = st.sampled_from(["before", "after"])


def fault(method: str, kind: str, **parameters: st.SearchStrategy[Any]) -> Any:
    counted = {"skip": st.sampled_from([0, 0, 0, 1]), "count": st.sampled_from([1, 1, 2, 3])}
    named = {"fault": st.just(kind), "method": st.just(method)}
    return st.fixed_dictionaries({**named, **counted, **parameters})


def faults_of(method: str) -> Any:
    return st.one_of(
        fault(method, "drop", when=WHEN),
        fault(method, "hold", when=WHEN),
        fault(method, "hold", when=WHEN),  # the hardest, so more often
        fault(method, "cut"),
        fault(method, "status", when=WHEN, status=st.sampled_from([500, 502, 503, 504, 406])),
        fault(method, "html", when=WHEN, status=st.sampled_from([200, 403])),
        fault(method, "empty", when=WHEN),
        fault(method, "truncated"),
        fault(method, "content_type"),
        fault(method, "redirect", when=WHEN),
        fault(method, "refuse", seconds=st.just(LATE)),
        fault(
            method, "refusal", refusal=st.sampled_from(["invalid_key", "missing_permission", "unknown_order"])
        ),
    )


ON_PUT = faults_of("PUT") | fault("PUT", "late_request", seconds=st.just(LATE))
ON_GET = (
    faults_of("GET")
    | fault("GET", "stale_order")
    | fault("GET", "order_status", endpoint=st.just("get_order"))
)

FAULTS_OF_A_SENDING = st.tuples(ON_PUT, st.lists(ON_GET, max_size=1)).map(lambda drawn: [drawn[0], *drawn[1]])
FAULTS = st.lists(ON_GET | ON_PUT, max_size=2)


class Life(RuleBasedStateMachine):
    """The rules: each is some calls of `World`, and so is a sequence that fails."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self._failed = False

    # What changes the program comes with what follows it, so that no step is lost.

    @rule(**DECLARED, faults=FAULTS_OF_A_SENDING)
    def declare_and_up(self, faults: list[Rule], **declared: Any) -> None:
        self._declare(**declared)
        self._operate(self.world.up, *faults)

    @rule(order=ORDERS, comments=WORDS, others=WORDS, faults=FAULTS_OF_A_SENDING)
    def declare_twice_and_up(self, order: int, comments: str, others: str, faults: list[Rule]) -> None:
        self.world.declare("one", order, comments)
        self.world.declare("two", order, others)
        self._operate(self.world.up, *faults)

    @rule(
        **DECLARED,
        method=st.sampled_from(["PUT", "PUT", "GET"]),
        when=WHEN,
        skip=st.sampled_from([0, 0, 1]),
        with_engine=st.booleans(),
    )
    def declare_and_crash(
        self, method: str, when: str, skip: int, with_engine: bool, **declared: Any
    ) -> None:
        self._declare(**declared)
        self._operate(self.world.crash, method, when, skip=skip, with_engine=with_engine)

    @rule(**DECLARED, faults=FAULTS)
    def declare_and_preview(self, faults: list[Rule], **declared: Any) -> None:
        self._declare(**declared)
        self._operate(self.world.preview, *faults)

    @rule(name=NAMES)
    def undeclare(self, name: str) -> None:
        self.world.undeclare(name)

    @rule(pick=st.integers(0, 4), decision=st.sampled_from(["reject", "reject", "approve"]))
    def decide(self, pick: int, decision: str) -> None:
        self.world.decide(self._one_that_is_open(pick), decision)

    @rule(pick=st.integers(0, 4), **{**DECLARED, "order": st.none()}, faults=FAULTS_OF_A_SENDING)
    def reject_refresh_and_ask_again(self, pick: int, faults: list[Rule], **declared: Any) -> None:
        order = self._one_that_is_open(pick)
        self.world.decide(order, "reject")
        self._operate(self.world.refresh)
        self._declare(**{**declared, "order": order})
        self._operate(self.world.up, *faults)

    @rule(order=ORDERS, comments=WORDS)
    def ask_elsewhere(self, order: int, comments: str) -> None:
        self.world.ask_elsewhere(order, comments)

    @rule(order=ORDERS)
    def revoke_elsewhere(self, order: int) -> None:
        self.world.revoke_elsewhere(order)

    @rule(faults=FAULTS)
    def up(self, faults: list[Rule]) -> None:
        self._operate(self.world.up, *faults)

    @rule(faults=FAULTS)
    def refresh(self, faults: list[Rule]) -> None:
        self._operate(self.world.refresh, *faults)

    @rule()
    def destroy(self) -> None:
        self._operate(self.world.destroy)

    @rule()
    def settle(self) -> None:
        self._operate(self.world.settle)

    def _one_that_is_open(self, pick: int) -> int:
        numbers = list(range(len(self.world.orders)))
        opened = [number for number in numbers if self.world.open_requests(self.world.orders[number])]
        return (opened or numbers)[pick % len(opened or numbers)]

    def _declare(
        self, name: str, order: int, comments: str, reason: str | None, expected: str | None
    ) -> None:
        self.world.declare(name, order, comments, revocationReason=reason, expectedCommonName=expected)

    def _operate(self, operation: Callable[..., object], *arguments: Any, **options: Any) -> None:
        self._failed = True
        operation(*arguments, **options)
        self._failed = False

    def teardown(self) -> None:
        if not self._failed:
            self.world.settle()
            self.world.destroy()


@pytest.mark.slow
def test_any_sequence_leaves_one_request_and_a_true_state(tmp_path: Path) -> None:
    with Sandbox(tmp_path, orders=ORDERS_AT_ALL, answers=TAKES_WHATEVER_IT_IS_SENT) as sandbox:
        unused = iter(sandbox.plain(ORDERS_AT_ALL // 2))

        def life() -> Life:
            return Life(World(sandbox, list(itertools.islice(unused, 5))))

        run_state_machine_as_test(life, settings=search(3, steps=10))  # type: ignore[arg-type]  # it is called only
        assert sandbox.errors() == ""
