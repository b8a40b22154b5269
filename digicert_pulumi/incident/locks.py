"""Find who holds a stack's lock, and which holders surely have ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digicert_pulumi.incident import files
from digicert_pulumi.incident.words import told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_HOLDER = re.compile(r"created by (?P<user>.*)@(?P<host>.*) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
"""How the CLI names what holds a stack's lock on a file, S3, ... backend."""


@dataclass(frozen=True)
class Holder:
    """A process that holds a stack's lock.

    Attributes:
        user: The user who runs it.
        host: The machine that it runs on.
        pid: Its id there.
        since: When it took the lock.
    """

    user: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}, since {self.since})"


class LockedError(Exception):
    """Somebody else works on the stack.

    Attributes:
        holders: Who, where the backend tells.
    """

    def __init__(self, text: str) -> None:
        self.holders = [
            Holder(match["user"], match["host"], int(match["pid"]), match["since"])
            for match in _HOLDER.finditer(text)
        ]
        super().__init__(told(" and ".join(map(str, self.holders))) or "another update")


@dataclass(frozen=True)
class Processes:
    """The CLI processes that this run started on this machine, but for those that ended by themselves.

    A lock's host and pid alone do not tell whose it is: containers may share a host's name, and each counts its pids
    from 1. So a lock counts as one of this run only where its process is written down here.

    Args:
        folder: What belongs to the run on this machine.
        say: Is told which of its files cannot be used.
    """

    folder: Path
    say: Callable[[str], None]

    def begin(self, stack: str, pid: int) -> None:
        """Write down a process that works on a stack."""
        files.write(self._file(stack, pid), json.dumps([socket.gethostname(), *_place()]))

    def end(self, stack: str, pid: int) -> None:
        """Forget a process that ended by itself, and took its lock away."""
        self._file(stack, pid).unlink(missing_ok=True)

    def is_gone(self, stack: str, holder: Holder) -> bool:
        """Tell whether the holder of a stack's lock is a process of this run that surely does not run any more."""
        noted = files.load(self._file(stack, holder.pid), tuple[str, str, str], self.say)
        if noted is None:
            return False
        host, boot, namespace = noted
        if host != holder.host or host != socket.gethostname():
            return False
        own_boot, own_namespace = _place()
        if boot != own_boot:
            return True
        # What runs in the process namespace of another container cannot be seen from here.
        return bool(namespace == own_namespace) and not _is_pulumi(holder.pid)

    def are_gone(self, stack: str, holders: Collection[Holder], lost: Collection[str]) -> bool:
        """Tell whether all that hold a stack's locks are gone.

        Args:
            stack: The stack.
            holders: Who holds them; where nobody is named, nothing is known of them.
            lost: The machines of which the user says that nothing works on the run there any more. What can be seen to
                live is not gone, whatever the user says.
        """
        return bool(holders) and all(
            self.is_gone(stack, holder) or (holder.host in lost and not lives_here(holder))
            for holder in holders
        )

    def _file(self, stack: str, pid: int) -> Path:
        return self.folder / f"{stack}.{pid}.pid"


def _place() -> tuple[str, str]:
    """Tell the start of this machine and the process namespace; empty where the system does not tell."""
    boot = namespace = ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return boot, namespace


def lives_here(holder: Holder) -> bool:
    """Tell whether the holder of a lock can be seen to run on this very machine, whichever run started it."""
    # With and without the domain: a machine may say its name in several ways.
    names = [name.partition(".")[0].lower() for name in (holder.host, socket.gethostname())]
    return names[0] == names[1] and _is_pulumi(holder.pid)


def _is_pulumi(pid: int) -> bool:
    """Tell whether a process runs that may be the CLI: another program may have the id by now."""
    if (
        str(sys.platform) == "win32"
    ):  # where os.kill would end it; str(): a type checker knows one platform alone
        command = ["tasklist", "/FI", f"PID eq {pid}", "/FO", "CSV", "/NH"]
        shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - the system's
        return '"pulumi' in shown.lower()
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    with contextlib.suppress(OSError):
        shown = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        name, _, rest = shown.partition("(")[2].rpartition(")")
        return name.startswith("pulumi") and not rest.lstrip().startswith("Z")  # ended, and not collected
    return True
