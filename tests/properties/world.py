"""A stack, DigiCert, and all that users and others do to both; with what must hold after each step."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from properties.engine import Engine, Report
from support.processes import wait_until
from support.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from properties.engine import Resource
    from support.sandbox import Sandbox

TAKES_WHATEVER_IT_IS_SENT = {"revocation_already_requested": "accept"}
"""Answers of the sandbox with which the client alone keeps a second request away."""

IMPATIENT = {
    "digicert:requestTimeout": "0.4",
    "digicert:retryTimeout": "0.3",
    "digicert:settleTimeout": "0.6",
}
"""The settings of an operation under faults, in seconds; every other one has the default ones."""

LATE = 0.2
"""For how many seconds a request is not seen, or connections are refused: less than any patience."""

OPEN = ("submitted", "pending")

Rule = dict[str, Any]
Request = dict[str, Any]
T = TypeVar("T")


class World:
    """A stack, a sandbox with some orders that nobody else touches, and what happens to them.

    Attributes:
        orders: The orders; the methods call them 0, 1, ...
        engine: The stack.
    """

    def __init__(self, sandbox: Sandbox, orders: Sequence[int]) -> None:
        self.orders = orders
        self.engine = Engine(self._provider)
        self._sandbox = sandbox
        self._us = sandbox.call("GET", "/services/v2/user/me", user=True)["id"]
        self._patience: Mapping[str, str] = {}

    # What the user writes.

    def declare(self, name: str, order: int, comments: str, **more: Any) -> None:
        """Declare a revocation, or another one under this name."""
        given = {key: value for key, value in more.items() if value is not None}
        self.engine.program[name] = {"orderId": self.orders[order], "comments": comments, **given}

    def undeclare(self, name: str) -> None:
        """Take a declaration out of the program."""
        self.engine.program.pop(name, None)

    # What others do.

    def decide(self, order: int, decision: str) -> None:
        """Approve or reject the oldest open request; nothing where none is open."""
        if opened := self.open_requests(self.orders[order]):
            getattr(self._sandbox, decision)(opened[0]["id"], f"{decision}, and so be it")

    def ask_elsewhere(self, order: int, comments: str) -> None:
        """Let another program ask for the revocation, as long as the order lives."""
        if not self._is_revoked(self.orders[order]):
            self._sandbox.revoke(self.orders[order], comments)

    def revoke_elsewhere(self, order: int) -> None:
        """Let an administrator revoke the order at once, as long as it lives."""
        if not self._is_revoked(self.orders[order]):
            self._sandbox.revoke_now(self.orders[order])

    # What the user runs.

    def preview(self, *faults: Rule) -> Report:
        """`pulumi preview`, which writes nothing."""
        return self._run(self.engine.preview, faults, only_reads=True)

    def up(self, *faults: Rule) -> Report:
        """`pulumi up`."""
        return self._run(self.engine.up, faults)

    def refresh(self, *faults: Rule) -> Report:
        """`pulumi refresh`, which writes nothing."""
        return self._run(self.engine.refresh, faults, only_reads=True)

    def destroy(self) -> None:
        """`pulumi destroy`, which asks DigiCert nothing."""
        earlier = len(self._sandbox.access_log())
        report = self._run(self.engine.destroy)
        assert (self.engine.state, report.errors) == ({}, [])
        assert len(self._sandbox.access_log()) == earlier

    def crash(self, method: str, when: str, *, skip: int = 0, with_engine: bool = False) -> None:
        """`pulumi up` in which the provider is killed during a call.

        Args:
            method: What is called.
            when: Whether DigiCert processes the call `before` or `after` that.
            skip: So many such calls pass first.
            with_engine: The engine is killed as well, and remembers nothing.
        """
        state, doomed = dict(self.engine.state), list(self.engine.doomed)

        def up_and_kill() -> Report:
            with ThreadPoolExecutor(1) as pool:
                up = pool.submit(self.engine.up)
                wait_until(lambda: up.done() or self._sandbox.holds())
                if not up.done() and self.engine.provider is not None:
                    self.engine.provider.process.kill()
                return up.result()

        hold = {"fault": "hold", "method": method, "when": when, "skip": skip, "count": 1}
        report = self._run(up_and_kill, [hold], killed=True)
        if with_engine and report.errors:
            self.engine.state, self.engine.doomed = state, doomed

    def settle(self) -> None:
        """Without faults and wrong expectations two `up`s see to everything, and then nothing is left to do."""
        for declared in self.engine.program.values():
            declared.pop("expectedCommonName", None)
        self.up()
        assert self.up().errors == []
        self._assert_nothing_to_do(self.up)
        assert self.engine.state.keys() == self.engine.program.keys()
        for resource in self.engine.state.values():
            self._assert_seen_to(resource)
        assert self.refresh().errors == []
        self._assert_unchanged(self.refresh)
        self._assert_nothing_to_do(self.preview)

    # What must hold.

    def _run(
        self,
        operation: Callable[[], Report],
        faults: Sequence[Rule] = (),
        *,
        only_reads: bool = False,
        killed: bool = False,
    ) -> Report:
        """Run an operation under faults; at its end they are over."""
        requests = {order: self._sandbox.revoke_requests(order) for order in self.orders}
        earlier = len(self._sandbox.access_log())
        faults = [fault for fault in faults if not self._is_hopeless(fault)]
        if faults:
            self._sandbox.add_faults(*faults)
        self._patience = IMPATIENT if faults else {}
        report = operation()
        if faults:
            self._end(faults, earlier)
        methods = Counter(line["method"] for line in self._sandbox.access_log()[earlier:])
        assert not only_reads or methods.keys() <= {"GET"}
        for order, before in requests.items():
            self._assert_asked_once(order, before)
        for resource in self.engine.state.values():
            self._assert_true(resource)
        _assert_readable(report.lines)
        if not killed:
            _assert_readable(report.errors)
        return report

    def _is_hopeless(self, fault: Rule) -> bool:
        """Nobody can know of a request that the state does not name and an old copy of its order does not show."""
        ours = [each for order in self.orders for each in self.open_requests(order) if self._is_ours(each)]
        return fault["fault"] == "stale_order" and bool(ours)

    def _end(self, faults: Sequence[Rule], earlier: int) -> None:
        """End the faults; wait until DigiCert has done all that it was asked for, and shows it."""
        if any(fault["fault"] in {"refuse", "late_request"} for fault in faults):
            time.sleep(LATE)
        in_force = _patiently(self._sandbox.faults)
        held = sum(each["injected"] for each in in_force if each["rule"]["fault"] == "hold")
        self._sandbox.clear_faults()
        self._sandbox.release()
        wait_until(lambda: self._ended_holds(earlier) == held)

    def _ended_holds(self, earlier: int) -> int:
        log = self._sandbox.access_log()[earlier:]
        return sum(line.get("fault", "").startswith("hold") for line in log)

    def _assert_asked_once(self, order: int, before: Sequence[Request]) -> None:
        """At most one request of ours is open, and none repeats the words of the last one that was rejected."""
        after = self._sandbox.revoke_requests(order)
        ours = [each for each in after if self._is_ours(each)]
        assert len([each for each in ours if each["status"] in OPEN]) <= 1, after
        rejected = [each for each in before if each["status"] == "rejected"]
        known = {each["id"] for each in before}
        new = [each["comments"] for each in ours if each["id"] not in known]
        assert not rejected or rejected[-1]["comments"] not in new, after

    def _assert_true(self, resource: Resource) -> None:
        """The state says nothing that DigiCert does not."""
        outputs = resource.outputs
        order = int(outputs["orderId"])
        assert resource.id == str(order)
        assert not outputs["revoked"] or self._is_revoked(order)
        if "requestId" not in outputs:
            assert "status" not in outputs
            return
        [request] = [
            each for each in self._sandbox.revoke_requests(order) if each["id"] == outputs["requestId"]
        ]
        if outputs["status"] not in OPEN:
            assert outputs["status"] == request["status"]
        if outputs["status"] == "rejected" or "processorComment" in outputs:
            assert outputs["processorComment"] == request["processor_comment"]

    def _assert_seen_to(self, resource: Resource) -> None:
        """Nothing was lost: the order is revoked, or somebody has to decide, or somebody said no."""
        order = int(resource.outputs["orderId"])
        requests = {each["id"]: each["status"] for each in self._sandbox.revoke_requests(order)}
        assert (
            self._is_revoked(order)
            or self.open_requests(order)
            or requests[resource.outputs["requestId"]] == "rejected"
        )

    def _assert_nothing_to_do(self, operation: Callable[[], Report]) -> None:
        earlier = len(self._sandbox.access_log())
        self._assert_unchanged(operation)
        assert len(self._sandbox.access_log()) == earlier

    def _assert_unchanged(self, operation: Callable[[], Report]) -> None:
        before = {name: (each.inputs, each.outputs) for name, each in self.engine.state.items()}
        report = operation()
        assert (report.changes, report.errors) == ({}, [])
        assert {name: (each.inputs, each.outputs) for name, each in self.engine.state.items()} == before

    # What is known of DigiCert.

    def open_requests(self, order: int) -> list[Request]:
        """The revoke requests on which nobody has decided yet, the oldest first."""
        return [each for each in self._sandbox.revoke_requests(order) if each["status"] in OPEN]

    def _is_ours(self, request: Request) -> bool:
        return bool(request["requester_id"] == self._us)

    def _is_revoked(self, order: int) -> bool:
        return bool(self._sandbox.order(order)["status"] == "revoked")

    def _provider(self) -> Provider:
        settings = {"digicert:apiKey": self._sandbox.user_key, "digicert:baseUrl": self._sandbox.base_url}
        return Provider({**settings, **self._patience})


def _assert_readable(texts: Sequence[str]) -> None:
    """Each is one line about an order or a request."""
    for text in texts:
        assert "\n" not in text
        assert "Traceback" not in text
        assert "order " in text or "request " in text, text


def _patiently(ask: Callable[[], T]) -> T:
    """Ask a sandbox that may refuse connections for a moment."""
    while True:
        with contextlib.suppress(ConnectionError):
            return ask()
        time.sleep(0.05)
