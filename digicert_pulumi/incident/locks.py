"""Find the processes that hold a stack's lock, and detect those that no longer run."""

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

from digicert_pulumi.incident import run_files
from digicert_pulumi.incident.words import told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_HOLDER = re.compile(r"created by (?P<user>.*)@(?P<host>.*) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
"""The holder of a stack's lock in the CLI's messages, on a self-managed backend (file, S3, ...)."""


@dataclass(frozen=True)
class Holder:
    """A process that holds a stack's lock.

    Attributes:
        user: The user who runs it.
        host: The machine that it runs on.
        pid: Its process id on that machine.
        since: When it took the lock.
    """

    user: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}, since {self.since})"


class LockedError(Exception):
    """The stack is locked by another process. The message names the holders.

    Attributes:
        holders: The holders of the lock; empty if the backend doesn't name them.
    """

    def __init__(self, text: str) -> None:
        self.holders = [
            Holder(match["user"], match["host"], int(match["pid"]), match["since"])
            for match in _HOLDER.finditer(text)
        ]
        super().__init__(told(" and ".join(map(str, self.holders))) or "another update")


@dataclass(frozen=True)
class Processes:
    """The CLI processes that this run started on this machine and that haven't ended normally.

    A lock's host and pid don't identify its holder: containers may share a host name, and each counts its pids from 1.
    So a lock belongs to this run only if its process is recorded here.

    Args:
        folder: The run's folder on this machine.
        say: Receives a warning for each damaged file.
    """

    folder: Path
    say: Callable[[str], None]

    def begin(self, stack: str, pid: int) -> None:
        """Record a process that works on a stack."""
        run_files.write(self._file(stack, pid), json.dumps([socket.gethostname(), *_place()]))

    def end(self, stack: str, pid: int) -> None:
        """Remove a process that ended normally, and so released its lock."""
        self._file(stack, pid).unlink(missing_ok=True)

    def is_gone(self, stack: str, holder: Holder) -> bool:
        """Return whether the holder of a stack's lock is a process of this run that certainly no longer runs."""
        recorded = run_files.load(self._file(stack, holder.pid), tuple[str, str, str], self.say)
        if recorded is None:
            return False
        host, boot, namespace = recorded
        if host != holder.host or host != socket.gethostname():
            return False
        own_boot, own_namespace = _place()
        if boot != own_boot:
            return True
        # Processes in another container's namespace aren't visible here.
        return bool(namespace == own_namespace) and not _is_pulumi(holder.pid)

    def are_gone(self, stack: str, holders: Collection[Holder], lost: Collection[str]) -> bool:
        """Return whether all holders of a stack's locks are gone.

        Args:
            stack: The stack.
            holders: The holders. If there are none, nothing is known of them, and the result is False.
            lost: The hosts that no longer work on the run, according to the user. A process that visibly runs isn't
                gone, even if the user names its host.
        """
        return bool(holders) and all(
            self.is_gone(stack, holder) or (holder.host in lost and not lives_here(holder))
            for holder in holders
        )

    def _file(self, stack: str, pid: int) -> Path:
        return self.folder / f"{stack}.{pid}.pid"


def _place() -> tuple[str, str]:
    """Return the boot id of this machine and the process namespace; empty texts if the system doesn't report them."""
    boot = namespace = ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return boot, namespace


def lives_here(holder: Holder) -> bool:
    """Return whether the holder of a lock visibly runs on this machine. Any run may have started it."""
    # Compare the names without their domains: a machine may have several names.
    names = [name.partition(".")[0].lower() for name in (holder.host, socket.gethostname())]
    return names[0] == names[1] and _is_pulumi(holder.pid)


def _is_pulumi(pid: int) -> bool:
    """Return whether the process runs and may be the Pulumi CLI. Another program may have reused the id."""
    if (
        str(sys.platform) == "win32"
    ):  # os.kill would end the process there; str() because type checkers assume one platform
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
        return name.startswith("pulumi") and not rest.lstrip().startswith("Z")  # Z: a zombie
    return True
