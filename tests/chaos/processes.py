"""The processes of a running `pulumi` command, and their sudden end."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """A process, with the command that it runs."""

    pid: int
    parent: int
    command: str

    def kill(self) -> None:
        """`kill -9`, unless it has ended and its number is another process's."""
        if (self.pid, self.command) in {(each.pid, each.command) for each in running()}:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


def running() -> list[Process]:
    """Every process of this machine."""
    shown = subprocess.run(
        ["/bin/ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 2) for line in shown.stdout.splitlines())
    return [Process(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]


def of_command(mark: str) -> list[Process]:
    """The CLI whose arguments hold the mark, and after it everything that it started."""
    processes = running()
    [cli] = [each for each in processes if mark in each.command and each.parent == os.getpid()]
    family = [cli]
    for member in family:
        family += [each for each in processes if each.parent == member.pid]
    return family
