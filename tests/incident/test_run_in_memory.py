"""A run on a backend in memory: its first stack, the orders that it forgets, those in doubt, and the signals that stop it."""

from __future__ import annotations

import io
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from digicert_pulumi.certcentral import Pace
from digicert_pulumi.incident import run as running
from digicert_pulumi.incident.outcomes import Outcomes
from digicert_pulumi.incident.progress import Progress
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.rows import Incident
from digicert_pulumi.incident.run import ForgottenError, Interrupt, Run
from digicert_pulumi.incident.split import MixedSplitError, Split
from digicert_pulumi.incident.stacks import Revocation, StackResult
from digicert_pulumi.incident.survey import Finding
from digicert_pulumi.revoking.failures import FateUnknownError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from digicert_pulumi.incident.rows import Inputs


class Backend:
    """Stacks, and the orders that the state of each holds."""

    def __init__(self, stacks: Sequence[str] = ("run-1-of-1",), orders: Sequence[int] = ()) -> None:
        self.stacks = list(stacks)
        self.stored = {
            order: Revocation({"orderId": order, "comments": "x"}, {}, is_finished=True) for order in orders
        }

    def names(self) -> list[str]:
        return self.stacks

    def create(self, name: str) -> bool:
        is_new = name not in self.stacks
        if is_new:
            self.stacks.append(name)
        return is_new

    def remove(self, name: str, *, with_its_state: bool = False) -> None:
        assert with_its_state or not self.stored
        self.stacks.remove(name)

    def state(self, _: str) -> Mapping[int, Revocation]:
        return self.stored

    def interrupt(self) -> None:
        """Nothing is under way."""


def run_on(
    backend: Backend,
    folder: Path,
    orders: Sequence[int] = (),
    *,
    stacks: int = 1,
    is_alone: bool = True,
    forgets: bool = False,
) -> Run:
    declared: dict[int, Inputs] = {order: {"order_id": order, "comments": "x"} for order in orders}
    return Run(
        Incident(["order_id", "comments"], orders=declared),
        Split("run", stacks),
        backend,  # type: ignore[arg-type]
        backend.names(),
        Outcomes(orders, folder / "outcomes.json", print),
        Record(folder / "events.jsonl"),
        Pace(),
        Progress(io.StringIO(), orders, int, 0.3),
        lost=[],
        is_alone=is_alone,
        forgets=forgets,
    )


# The first stack, where another machine makes one in the same moment.


def test_a_first_stack_beside_one_of_another_split_is_taken_back(tmp_path: Path) -> None:
    backend = Backend(stacks=[])
    run = run_on(backend, tmp_path, stacks=2, is_alone=False)
    backend.stacks.append("run-1-of-3")
    with pytest.raises(MixedSplitError, match=r"\(into 2 and into 3 stacks\): several machines"):
        run._create("run-2-of-2")
    assert backend.stacks == ["run-1-of-3"]


def test_a_first_stack_beside_one_of_the_same_split_is_kept(tmp_path: Path) -> None:
    backend = Backend(stacks=[])
    run = run_on(backend, tmp_path, stacks=2, is_alone=False)
    backend.stacks.append("run-1-of-2")
    run._create("run-2-of-2")
    run._create("run-1-of-2")
    assert backend.stacks == ["run-1-of-2", "run-2-of-2"]


def test_all_the_stacks_of_a_run_are_removed_and_no_other(tmp_path: Path) -> None:
    backend = Backend(["run-1-of-2", "run-2-of-2", "another-1-of-1"], orders=[1])
    run = run_on(backend, tmp_path, [1], stacks=2)
    run.remove()
    assert (run.stacks_left, backend.stacks) == ([], ["another-1-of-1"])


# What the file does not hold is forgotten on an explicit word alone.


def test_what_the_stacks_would_forget_takes_a_word(tmp_path: Path) -> None:
    run = run_on(Backend(orders=[1, 7, 8]), tmp_path, [1])
    run.read_states()
    with pytest.raises(ForgottenError) as told:
        run.require_forget()
    assert str(told.value) == (
        "the stacks of 'run' hold 2 orders that the file does not, such as 7; set --forget to remove them from the "
        "stacks, or set another --name"
    )
    run = run_on(Backend(orders=[1, 7, 8]), tmp_path, [1], forgets=True)
    run.read_states()
    run.require_forget()


def test_what_another_machine_adds_meanwhile_is_not_forgotten_either(tmp_path: Path) -> None:
    backend = Backend(orders=[1])
    run = run_on(backend, tmp_path, [1])
    run.read_states()
    run.require_forget()
    backend.stored |= Backend(orders=[9]).stored
    with pytest.raises(ForgottenError, match="hold 1 order that the file does not"):
        run._update_stack("run-1-of-1", is_first=True)


# A request of which nobody knows whether DigiCert took it: a run sends none for its order again by itself.

REFUSED, DOUBTFUL, BROKEN, FINE, AGAIN = 1, 2, 3, 4, 5


def rejected(order: int) -> Revocation:
    """A revocation that was asked for with other words, and rejected."""
    outputs = {"orderId": order, "comments": "old", "requestId": 7.0, "status": "rejected"}
    return Revocation({"orderId": order, "comments": "old"}, outputs, is_finished=True)


def event(operation: str, code: str, fate: str, line: str) -> dict[str, Any]:
    return {"operation": operation, "code": code, "fate": fate, "line": line}


def in_doubt(name: str) -> dict[str, Any]:
    error = FateUnknownError(name, "no answer")
    return event("create", error.code, "unknown", str(error))


class Doubtful(Backend):
    """A stack in which one order is done, one fails, one has a request of unknown fate, and one stops the engine."""

    def __init__(self) -> None:
        super().__init__()
        self.declared: list[dict[int, str]] = []
        self.stored = {AGAIN: rejected(AGAIN)}

    def up(self, _name: str, orders: Mapping[int, Inputs], *_: object) -> StackResult:
        self.declared.append({order: inputs["comments"] for order, inputs in orders.items()})
        ended = StackResult()
        if REFUSED in orders:
            ended.fail(REFUSED, "...", event("check", "not-tls", "refused", "no"))
        if DOUBTFUL in orders:
            ended.fail(DOUBTFUL, "...", in_doubt("order 2"))
        if orders[AGAIN]["comments"] == "x":
            ended.fail(AGAIN, "...", in_doubt("order 5"))
        if BROKEN in orders:
            ended.fail(BROKEN, "order 3: DigiCert failed", None)
        outputs = {"requestId": 7.0, "status": "pending"}
        self.stored |= {FINE: Revocation({"orderId": FINE, "comments": "x"}, outputs, is_finished=True)}
        return ended


@pytest.mark.parametrize(
    "line", ["nothing was sent", "no confirmation from DigiCert", "resource 'a' has a problem: no", "é"]
)
def test_no_line_decides_what_became_of_an_order(line: str) -> None:
    ended = StackResult()
    ended.fail(1, line, event("check", "not-tls", "refused", line))
    assert (set(ended.refused), ended.is_whole) == ({1}, False)
    ended.fail(2, line, event("create", "fate-unknown", "unknown", line))
    ended.fail(3, line, event("create", "server-error", "unknown", line))
    ended.fail(4, line, None)
    assert (set(ended.failed), ended.in_doubt) == ({2, 3, 4}, {2})


def test_an_order_in_doubt_is_left_out_until_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "survey", lambda *_: {})
    orders, backend = (REFUSED, DOUBTFUL, BROKEN, FINE, AGAIN), Doubtful()
    run = run_on(backend, tmp_path, orders)
    run._surveyed = time.monotonic()
    monkeypatch.setattr(run.interrupt, "listen", lambda: None)
    run.update({order: Finding("to be requested") for order in orders})
    assert backend.declared[0] == dict.fromkeys(orders, "x")
    # Without the order that stopped the engine; then what failed is tried once more.
    assert backend.declared[1:] == [{BROKEN: "x", FINE: "x", AGAIN: "old"}] * 2
    for order in (DOUBTFUL, AGAIN):
        assert run.outcomes[order].kind == "failed"
        assert run.outcomes[order].why.endswith(
            "run `digicert-pulumi incident run` again: it checks what DigiCert did before it sends anything"
        )


@pytest.mark.parametrize(("received", "passed_on"), [(signal.SIGINT, False), (signal.SIGTERM, True)])
def test_a_signal_stops_a_run_and_is_passed_on_where_no_terminal_does_so(
    monkeypatch: pytest.MonkeyPatch, received: signal.Signals, passed_on: bool
) -> None:
    handlers: dict[int, Any] = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    terminal, interrupted = io.StringIO(), list[bool]()
    interrupt = Interrupt(Progress(terminal, [], int, 0.3), lambda: interrupted.append(True))
    interrupt.listen()
    handlers[received](received, None)
    assert (interrupt.requested, interrupted) == (True, [True] * passed_on)
    assert terminal.getvalue().startswith("stopping after the calls in flight; ")
    assert handlers == dict.fromkeys((signal.SIGINT, signal.SIGTERM), signal.SIG_DFL)
