"""Orders that stacks hold and the file does not: they are forgotten on an explicit word alone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.certcentral import Pace
from digicert_pulumi.incident.outcomes import Outcomes
from digicert_pulumi.incident.progress import Progress
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.rows import Incident
from digicert_pulumi.incident.run import ForgottenError, Run
from digicert_pulumi.incident.split import Split
from digicert_pulumi.incident.stacks import Revocation

if TYPE_CHECKING:
    from pathlib import Path


class Backend:
    """A stack that another file of the same name filled."""

    def __init__(self, *orders: int) -> None:
        self.orders = list(orders)

    def state(self, _: str) -> dict[int, Revocation]:
        return {
            order: Revocation({"orderId": order, "comments": "x"}, {}, is_finished=True)
            for order in self.orders
        }

    def interrupt(self) -> None:
        """Nothing is under way."""


def run_on(backend: Backend, folder: Path, *, forgets: bool) -> Run:
    incident = Incident(["order_id", "comments"], orders={1: {"order_id": 1, "comments": "x"}})
    return Run(
        incident,
        Split("run", 1),
        backend,  # type: ignore[arg-type]
        ["run-1-of-1"],
        Outcomes([1], folder / "outcomes.json", print),
        Record(folder / "events.jsonl"),
        Pace(),
        Progress(io.StringIO(), [1], int, 0.3),
        lost=[],
        is_alone=True,
        forgets=forgets,
    )


def test_what_the_stacks_would_forget_takes_a_word(tmp_path: Path) -> None:
    run = run_on(Backend(1, 7, 8), tmp_path, forgets=False)
    run.read_states()
    with pytest.raises(ForgottenError) as told:
        run.require_forget()
    assert str(told.value) == (
        "the stacks of 'run' hold 2 orders that the file does not, such as 7; set --forget to remove them from the "
        "stacks, or set another --name"
    )
    run = run_on(Backend(1, 7, 8), tmp_path, forgets=True)
    run.read_states()
    run.require_forget()


def test_what_another_machine_adds_meanwhile_is_not_forgotten_either(tmp_path: Path) -> None:
    backend = Backend(1)
    run = run_on(backend, tmp_path, forgets=False)
    run.read_states()
    run.require_forget()
    backend.orders.append(9)
    with pytest.raises(ForgottenError, match="hold 1 order that the file does not"):
        run._update_stack("run-1-of-1", is_first=True)
