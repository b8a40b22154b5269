"""What the processes of a machine tell each other of their calls."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import Ledger, Pace, Pacer
from digicert_pulumi.certcentral.pacer import Limit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls" / "one"


def test_each_learns_once_of_the_calls_of_the_others_and_not_of_its_own(
    file: Path, time: VirtualTime
) -> None:
    one, two = Ledger(file, time), Ledger(file, time)
    one.note()
    time.pass_by(10)
    two.note()
    assert (one.ages_of_others(), two.ages_of_others()) == ([0.0], [10.0])
    assert (one.ages_of_others(), two.ages_of_others()) == ([], [])


def test_one_that_begins_later_learns_of_what_was_before(file: Path, time: VirtualTime) -> None:
    Ledger(file, time).note()
    time.pass_by(30)
    assert Ledger(file, time).ages_of_others() == [30.0]


def test_a_clock_that_was_set_back_makes_no_call_come_from_the_future(file: Path, time: VirtualTime) -> None:
    time.pass_by(60)
    Ledger(file, time).note()
    time.seconds = 10.0
    assert Ledger(file, time).ages_of_others() == [0.0]


def test_a_file_that_nobody_has_used_for_long_is_removed(file: Path) -> None:
    Ledger(file).note()
    os.utime(file, (1, 1))
    Ledger(file.with_name("two"))
    assert [each.name for each in file.parent.iterdir()] == ["two"]


def test_only_the_user_can_read_it(file: Path) -> None:
    Ledger(file)
    assert file.stat().st_mode & 0o077 == 0


def test_without_a_place_for_it_nothing_is_known_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where the folder should be")
    ledger = Ledger(tmp_path / "calls" / "one")
    ledger.note()
    assert ledger.ages_of_others() == []


def test_no_process_after_another_exceeds_a_window(file: Path, time: VirtualTime) -> None:
    """Ten processes, each of which would spend half of the window as fast as it can if it were alone."""
    pace = Pace(Limit(100, 300.0), Limit(50, 5.0))
    calls = []
    for _ in range(10):
        pacer = Pacer(pace, time=time, others=Ledger(file, time))
        for _ in range(60):
            with pacer.turn():
                time.pass_by(0.1)
            calls.append(time.seconds)
    for limit in (pace.window, pace.burst):
        spans = zip(calls, calls[limit.calls :], strict=False)
        assert min(later - earlier for earlier, later in spans) >= limit.seconds
