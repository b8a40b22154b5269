"""The calls of all processes of this machine that share one rate limit.

Pulumi starts one process for the preview, another one for the update, and others for each stack. DigiCert counts the
calls of all of them. So the processes record their calls in a shared file. Each exchange opens, reads and writes the file
under a lock. Every process writes its full record from memory, so if the file is lost, no call of a running process is.
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
"""The longest time that DigiCert counts a call, in seconds."""

_BLOCK = 4096
"""The number of bytes by which the file grows. It never shrinks, so that overwriting it works on a full disk."""

_LOCK_TIMEOUT = 5.0
"""Timeout for the lock, in seconds. A process holds it for some milliseconds."""


class Note(msgspec.Struct, array_like=True):
    """The record of one process. Times are those of the machine's monotonic clock.

    Attributes:
        seen: When the process wrote the record.
        counts: The number of seconds that its calls count.
        calls: When each of its calls was answered; for a call in flight, the time of the record.
        last: When the process last granted a call; None if it hasn't.
        waits_since: Since when the first thread in its queue waits; None if no thread waits.
        wanted: The number of calls that this thread waits for.
    """

    seen: float
    counts: float
    calls: list[float]
    last: float | None = None
    waits_since: float | None = None
    wanted: int = 0

    def moved(self, seconds: float) -> Note:
        """Return the record with its times moved to another clock. Its process no longer waits."""
        return Note(
            self.seen + seconds,
            self.counts,
            [moment + seconds for moment in self.calls],
            None if self.last is None else self.last + seconds,
        )


class _Book(msgspec.Struct):
    """The content of the file: the records of all processes, and the time of writing by both clocks."""

    boot: str
    monotonic: float
    wall: float
    notes: dict[str, Note]


_DECODER = msgspec.json.Decoder(_Book)


class Ledger:
    """The records that processes share. Not thread-safe.

    If the file can't be used, the process doesn't know the calls of others, and the user is warned once.

    Args:
        file: The file, one for each rate limit. Its lock file is in the same folder.
        report: Called with a one-line warning if the file can't be used.
        clock: The monotonic clock, which all processes of a machine share.
        wall: The wall clock. It is used only after a restart of the machine, and may jump.
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
        self._error_reported = False

    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        """Read the records of the other processes and write this process's own, with no other process in between.

        Args:
            write: Called with the records of the others; returns this process's own. It is called once, even after an
                error.
        """
        with suppress(OSError), ExitStack() as stack:
            try:
                file = self._under_lock(stack)
                notes = self._read(file.read())
            except (OSError, NotImplementedError) as error:
                write(self._known)
                self._report_error(error)
                return
            notes.pop(self._me, None)
            self._known = list(notes.values())
            notes[self._me] = write(self._known)
            text = msgspec.json.encode(_Book(self._boot, self._clock(), self._wall(), notes))
            try:
                _overwrite(file, text)
            except OSError as error:
                self._report_error(error)

    def _under_lock(self, stack: ExitStack) -> FileIO:
        """Take the lock and open the file. Both last until the stack closes."""
        # Imported here because a process without calls doesn't need it.
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
        """Return the records that still count, with times of this machine's current monotonic clock."""
        try:
            book = _DECODER.decode(text)
        except msgspec.MsgspecError:
            # The file is new, or a crash truncated it. All running processes write their full records again.
            return {}
        now = self._clock()
        behind = 0.0
        if book.boot != self._boot or book.monotonic > now:
            # The file was written before the machine's restart, or by another machine.
            behind = now - max(0.0, self._wall() - book.wall) - book.monotonic
        notes = {who: note.moved(behind) if behind else note for who, note in book.notes.items()}
        return {who: note for who, note in notes.items() if 0 <= now - note.seen < note.counts}

    def _report_error(self, error: OSError | NotImplementedError) -> None:
        if not self._error_reported:
            self._error_reported = True
            self._report(
                f"this machine's programs cannot share a rate limiter ({error}), so together they may exceed "
                f"DigiCert's rate limit; make sure that {self._file.parent} belongs to this user, is writable and has free space"
            )


def _overwrite(file: FileIO, text: bytes) -> None:
    """Overwrite the file. If the file has to grow and the disk is full, the old text stays unchanged."""
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
    """Open a regular file. Links and other kinds of files are refused.

    Raises:
        OSError: The file can't be opened, or is a link, has several names, or isn't a regular file.
    """
    # Windows lacks both flags, and lets only administrators make links.
    flags |= os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(descriptor)
        raise OSError(EPERM, "is no file of this program's own", path)
    return descriptor


def _boot() -> str:
    """Return the id of this boot of the machine; the machine's name if the system has no such id."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        import platform  # noqa: PLC0415  # needed on few systems

        return platform.node()
