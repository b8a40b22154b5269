"""The calls of all the processes of this machine that spend one rate limit.

Pulumi starts a process for the preview, another one for the update, and one for each stack that is worked on; DigiCert
counts the calls of all of them. So each notes its calls in a file, and reads what the others have noted.
"""

import logging
import os
import secrets
import struct
from collections.abc import Callable
from pathlib import Path
from time import time

__all__ = ["Ledger"]

_logger = logging.getLogger("digicert_pulumi.certcentral")

_ENTRY = struct.Struct("<d8s")
"""When a call had its answer, and the process that made it."""

_KEPT = 900.0
"""Seconds after its last entry for which a file is kept: longer than any window of DigiCert's."""

_MOST = 10_000
"""Entries that are read at the start, from the end: more than any window has."""


class Ledger:
    """A file of calls. Not thread-safe.

    Args:
        file: The file, one for each limit. Without a place for it nothing is noted, and nothing of others is known.
        clock: Tells the wall's time, which the processes have in common.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time) -> None:
        self._me = secrets.token_bytes(8)
        self._clock = clock
        self._file: int | None = None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _remove_old(file.parent, clock())
            self._file = os.open(file, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
            size = os.fstat(self._file).st_size
        except OSError as error:
            _logger.debug("no ledger of calls: %s", error)
            size = 0
        self._read = max(0, size // _ENTRY.size - _MOST) * _ENTRY.size

    def note(self) -> None:
        """Note a call that has just had its answer."""
        if self._file is not None:
            os.write(self._file, _ENTRY.pack(self._clock(), self._me))

    def ages_of_others(self) -> list[float]:
        """Tell how many seconds ago the calls of others had their answers that were noted since this was last asked."""
        if self._file is None:
            return []
        now = self._clock()
        new = os.pread(self._file, _MOST * _ENTRY.size, self._read)
        new = new[: len(new) // _ENTRY.size * _ENTRY.size]
        self._read += len(new)
        return [max(0.0, now - moment) for moment, who in _ENTRY.iter_unpack(new) if who != self._me]


def _remove_old(folder: Path, now: float) -> None:
    for file in folder.iterdir():
        if now - file.stat().st_mtime > _KEPT:
            file.unlink(missing_ok=True)
