"""Whose lock is on a stack: one is taken away only where its process is known for this run's and surely gone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.incident import locks
from digicert_pulumi.incident.locks import Holder, LockedError, Processes
from digicert_pulumi.incident.run_files import AlreadyRunningError, locked

if TYPE_CHECKING:
    from collections.abc import Iterator
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
def said() -> list[str]:
    """What the user is told."""
    return []


@pytest.fixture
def processes(tmp_path: Path, said: list[str]) -> Processes:
    """Those of a run on this machine."""
    return Processes(tmp_path, said.append)


@pytest.fixture
def ended() -> int:
    """The id of a process that has ended."""
    return int(subprocess.check_output([sys.executable, "-c", "import os; print(os.getpid())"]))


def holder(pid: int, host: str = "") -> Holder:
    return Holder("root", host or socket.gethostname(), pid, "2026-03-01T10:00:00Z")


def test_a_process_of_this_run_that_is_not_there_any_more_is_gone(processes: Processes, ended: int) -> None:
    processes.begin(STACK, ended)
    assert Processes(processes.folder, print).is_gone(STACK, holder(ended))
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


@pytest.fixture
def living(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is called like the CLI, which this run knows nothing of."""
    program = shutil.copy("/bin/sleep", tmp_path / "pulumi")
    process = subprocess.Popen([program, "600"])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_what_lives_on_this_machine_is_not_lost_whatever_the_user_says(
    processes: Processes, living: subprocess.Popen[bytes]
) -> None:
    here = socket.gethostname()
    assert not processes.are_gone(STACK, [holder(living.pid)], [here])
    assert not processes.are_gone(STACK, [holder(living.pid), holder(1, "other")], [here, "other"])
    fully_named = f"{here.partition('.')[0].upper()}.example.com"
    assert not processes.are_gone(STACK, [holder(living.pid, fully_named)], [fully_named])
    living.kill()
    os.waitid(os.P_PID, living.pid, os.WEXITED | os.WNOWAIT)
    assert processes.are_gone(STACK, [holder(living.pid)], [here])  # nobody has collected it yet
    living.wait()
    assert processes.are_gone(STACK, [holder(living.pid)], [here])
    assert not processes.are_gone(STACK, [holder(living.pid)], [])


def test_the_user_says_of_other_machines_what_is_lost(processes: Processes, ended: int) -> None:
    assert processes.are_gone(STACK, [holder(ended, "other")], ["other"])
    assert not processes.are_gone(STACK, [holder(ended, "other"), holder(ended, "third")], ["other"])
    assert not processes.are_gone(STACK, [], ["other"])


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"null", b'["host"]', b"\xff", b'["host", "boot'])
def test_a_note_of_a_process_that_a_power_cut_emptied_counts_as_absent(
    processes: Processes, ended: int, said: list[str], content: bytes
) -> None:
    processes.begin(STACK, ended)
    [note] = processes.folder.iterdir()
    note.write_bytes(content)
    assert not processes.is_gone(STACK, holder(ended))
    assert len(said) == 1
    assert said[0].startswith(f"{note} cannot be read and is ignored")


def test_windows_is_asked_for_its_processes_in_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasklist = tmp_path / "tasklist"
    tasklist.write_text(
        '#!/bin/sh\ncase "$2" in "PID eq 7") echo \'"pulumi.exe","7","Console","1","90 K"\';; *) echo INFO: none;; esac\n'
    )
    tasklist.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "win32")
    assert [locks._is_pulumi(pid) for pid in (7, 8)] == [True, False]


def test_a_second_start_on_one_machine_is_turned_away_until_the_first_has_ended(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(AlreadyRunningError, match="another start of this run"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass
