"""The first stack of a run, where another machine makes one of another split in the same moment."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.certcentral import Pace
from digicert_pulumi.incident.outcomes import Outcomes
from digicert_pulumi.incident.progress import Progress
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.rows import Incident
from digicert_pulumi.incident.run import Run
from digicert_pulumi.incident.split import MixedSplitError, Split

if TYPE_CHECKING:
    from pathlib import Path


class Backend:
    """Stacks on a backend where another machine may be quicker."""

    def __init__(self, *existing: str) -> None:
        self.stacks = list(existing)

    def names(self) -> list[str]:
        return self.stacks

    def create(self, name: str) -> bool:
        is_new = name not in self.stacks
        if is_new:
            self.stacks.append(name)
        return is_new

    def remove(self, name: str) -> None:
        self.stacks.remove(name)

    def interrupt(self) -> None:
        """Nothing is under way."""


def run_on(backend: Backend, folder: Path) -> Run:
    return Run(
        Incident(["order_id", "comments"]),
        Split("run", 2),
        backend,  # type: ignore[arg-type]
        backend.names(),
        Outcomes([], folder / "outcomes.json", print),
        Record(folder / "events.jsonl"),
        Pace(),
        Progress(io.StringIO(), [], int, 0.3),
        lost=[],
        is_alone=False,
    )


def test_a_first_stack_beside_one_of_another_split_is_taken_back(tmp_path: Path) -> None:
    backend = Backend()
    run = run_on(backend, tmp_path)
    backend.stacks.append("run-1-of-3")
    with pytest.raises(MixedSplitError, match=r"\(into 2 and into 3 stacks\): several machines"):
        run._create("run-2-of-2")
    assert backend.stacks == ["run-1-of-3"]


def test_a_first_stack_beside_one_of_the_same_split_is_kept(tmp_path: Path) -> None:
    backend = Backend()
    run = run_on(backend, tmp_path)
    backend.stacks.append("run-1-of-2")
    run._create("run-2-of-2")
    run._create("run-1-of-2")
    assert backend.stacks == ["run-1-of-2", "run-2-of-2"]
