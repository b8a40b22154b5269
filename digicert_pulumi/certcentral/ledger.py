"""The calls of all the processes of this machine that spend one rate limit.

Pulumi starts a process for the preview, another one for the update, and one for each stack; DigiCert counts the calls
of all of them. So the processes record their calls in a shared file. Each exchange opens, reads and writes the file under
a lock, and every process writes its full record from memory: whatever happens to the file, no call of a living process is
lost.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import ExitStack, suppress
from errno import ENOSPC, EPERM
from io import FileIO
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from filelock import BaseFileLock

__all__ = ["LONGEST_WINDOW", "Ledger", "Note"]

LONGEST_WINDOW = 300.0
"""Seconds for which a call counts at DigiCert, at most."""

_BLOCK = 4096
"""Bytes by which the file grows. It never shrinks: what is overwritten needs no room on a full disk."""

_LOCK_TIMEOUT = 5.0
"""Seconds until the lock counts as not to be had. It is held for some milliseconds."""


class Note(msgspec.Struct, array_like=True):
    """What a process lets the others know. Moments are those of the machine's monotonic clock.

    Attributes:
        seen: When the process wrote this.
        counts: For how many seconds its calls count.
        calls: When its calls had their answers; of those without one, when it wrote this.
        last: When it last let any go; None where it has not.
        waits_since: Since when its first in the queue waits; None where nobody does.
        wanted: How many calls the one that waits needs.
    """

    seen: float
    counts: float
    calls: list[float]
    last: float | None = None
    waits_since: float | None = None
    wanted: int = 0

    def moved(self, seconds: float) -> Note:
        """Give the note in moments of another clock. Nobody waits any more who wrote it by the old one."""
        return Note(
            self.seen + seconds,
            self.counts,
            [moment + seconds for moment in self.calls],
            None if self.last is None else self.last + seconds,
        )


class _Book(msgspec.Struct):
    """What the file holds: the note of every process, and when it was written, by both clocks."""

    boot: str
    monotonic: float
    wall: float
    notes: dict[str, Note]


_DECODER = msgspec.json.Decoder(_Book)


class Ledger:
    """The notes that processes share. Not thread-safe.

    Where the machine has no place for them, nothing is known of others, and the user is told once.

    Args:
        file: The file, one for each limit. Beside it stands its lock.
        report: Is given one line where nothing can be shared.
        clock: The monotonic clock, which the processes of a machine have in common.
        wall: The wall's clock. It only bridges a restart of the machine, and may jump.
    """

    def __init__(
        self,
        file: Path,
        report: Callable[[str], None],
        *,
        clock: Callable[[], float] = monotonic,
        wall: Callable[[], float] = time,
    ) -> None:
        self._file = file
        self._report = report
        self._clock = clock
        self._wall = wall
        self._me = secrets.token_hex(8)
        self._boot = _boot()
        self._lock: BaseFileLock | None = None
        self._known: list[Note] = []
        self._told = False

    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        """Read the notes of the others and write this process's own, with no other process in between.

        Args:
            write: Gets the notes of the others, and gives this process's own. It is called once, whatever fails.
        """
        with suppress(OSError), ExitStack() as stack:
            try:
                file = self._under_lock(stack)
                notes = self._read(file.read())
            except (OSError, NotImplementedError) as error:
                write(self._known)
                self._trouble(error)
                return
            notes.pop(self._me, None)
            self._known = list(notes.values())
            notes[self._me] = write(self._known)
            text = msgspec.json.encode(_Book(self._boot, self._clock(), self._wall(), notes))
            try:
                _overwrite(file, text)
            except OSError as error:
                self._trouble(error)

    def _under_lock(self, stack: ExitStack) -> FileIO:
        """Open the file for as long as this process has the lock."""
        # Not at the top: a process that is asked for nothing new need not load it.
        from filelock import FileLock  # noqa: PLC0415

        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._lock is None:
            self._lock = FileLock(
                self._file.with_suffix(".lock"),
                timeout=_LOCK_TIMEOUT,
                poll_interval=0.01,
                fallback_to_soft=False,
            )
        stack.enter_context(self._lock)
        return stack.enter_context(FileIO(self._file, "r+", opener=_opened))

    def _read(self, text: bytes) -> dict[str, Note]:
        """Give the notes that still count, as of this machine's clock since it started."""
        try:
            book = _DECODER.decode(text)
        except msgspec.MsgspecError:
            # New, or cut off by a crash: the living write all of theirs again.
            return {}
        now = self._clock()
        behind = 0.0
        if book.boot != self._boot or book.monotonic > now:
            # Of before the machine's restart, or of another machine.
            behind = now - max(0.0, self._wall() - book.wall) - book.monotonic
        notes = {who: note.moved(behind) if behind else note for who, note in book.notes.items()}
        return {who: note for who, note in notes.items() if 0 <= now - note.seen < note.counts}

    def _trouble(self, error: OSError | NotImplementedError) -> None:
        if not self._told:
            self._told = True
            self._report(
                f"this machine's programs cannot share a rate limiter ({error}), so together they may exceed "
                f"DigiCert's rate limit; make sure that {self._file.parent} belongs to this user, is writable and has free space"
            )


def _overwrite(file: FileIO, text: bytes) -> None:
    """Write from the beginning, in room that the file has or gets first: without it the old text stays whole."""
    size = file.seek(0, os.SEEK_END)
    missing = -(-len(text) // _BLOCK) * _BLOCK - size
    if missing > 0:
        _write(file, b" " * missing)
    file.seek(0)
    _write(file, text.ljust(size))


def _write(file: FileIO, text: bytes) -> None:
    if (written := file.write(text)) != len(text):
        raise OSError(ENOSPC, f"only {written} of {len(text)} bytes were written")


def _opened(path: str, flags: int) -> int:
    """Open the file itself: never what a link leads to, and nothing that has another name or kind.

    Raises:
        OSError: It cannot be had.
    """
    # Windows has neither of the two, and lets only administrators make links.
    flags |= os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise OSError(EPERM, "is no file of this program's own", path)
    return descriptor


def _boot() -> str:
    """Name the time since the machine was started, or only the machine where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        import platform  # noqa: PLC0415  # few need it

        return platform.node()
