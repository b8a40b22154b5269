"""Whose lock is on a stack: one is taken away only where its process is known for this run's and surely gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from runner import locks
from runner.files import AtWorkError, alone
from runner.locks import Holder, LockedError, Processes

if TYPE_CHECKING:
    from pathlib import Path

STACK = "incident-42-1-of-1"

LOCKED = """\
error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.
  file:///backend/.pulumi/locks/a.json: created by root@one (pid 11) at 2026-03-01T10:00:00Z
  file:///backend/.pulumi/locks/b.json: created by some one@two.example.com (pid 12) at 2026-03-01T10:00:01Z
"""


def test_the_holders_of_a_lock_are_told_from_what_the_cli_says() -> None:
    assert LockedError(LOCKED).holders == [
        Holder("root", "one", 11, "2026-03-01T10:00:00Z"),
        Holder("some one", "two.example.com", 12, "2026-03-01T10:00:01Z"),
    ]
    assert str(LockedError("[409] Conflict: Another update is currently in progress.")) == "another update"


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    """Those of a run on this machine."""
    return Processes(tmp_path)


@pytest.fixture
def ended() -> int:
    """The id of a process that has ended."""
    return int(subprocess.check_output([sys.executable, "-c", "import os; print(os.getpid())"]))


def holder(pid: int, host: str = "") -> Holder:
    return Holder("root", host or socket.gethostname(), pid, "2026-03-01T10:00:00Z")


def test_a_process_of_this_run_that_is_not_there_any_more_is_gone(processes: Processes, ended: int) -> None:
    processes.begin(STACK, ended)
    assert Processes(processes.folder).is_gone(STACK, holder(ended))
    assert not processes.is_gone("incident-42-1-of-2", holder(ended))


def test_an_unknown_process_is_not_gone_though_it_names_this_host(processes: Processes, ended: int) -> None:
    assert not processes.is_gone(STACK, holder(ended))


def test_a_process_that_ended_by_itself_left_no_lock(processes: Processes, ended: int) -> None:
    processes.begin(STACK, ended)
    processes.end(STACK, ended)
    assert not processes.is_gone(STACK, holder(ended))


def test_a_process_of_another_host_is_not_gone(processes: Processes, ended: int) -> None:
    processes.begin(STACK, ended)
    assert not processes.is_gone(STACK, holder(ended, "another.example.com"))


@pytest.mark.parametrize(
    ("place", "is_gone"),
    [
        (("another boot", "pid:[1]"), True),
        (("this boot", "pid:[2]"), False),  # the container that ran it may run still
        (("this boot", "pid:[1]"), False),
    ],
)
def test_a_process_that_may_run_is_not_gone(
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[str, str],
    is_gone: bool,
) -> None:
    monkeypatch.setattr(locks, "_is_pulumi", lambda pid: pid == os.getpid())
    monkeypatch.setattr(locks, "_place", lambda: place)
    processes.begin(STACK, os.getpid())
    monkeypatch.setattr(locks, "_place", lambda: ("this boot", "pid:[1]"))
    assert processes.is_gone(STACK, holder(os.getpid())) == is_gone


def test_a_second_start_on_one_machine_is_turned_away_until_the_first_has_ended(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(AtWorkError, match="another start of this run"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass
