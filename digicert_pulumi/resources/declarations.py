"""Find what one program declares twice, also on two providers, which are separate processes.

The processes that one engine started note what they are asked to check in a file of the user's cache folder. Each appends
before it reads, so of two that declare the same the later one sees it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import threading
import time
from typing import TYPE_CHECKING

from digicert_pulumi.runtime import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 86_400.0
"""Seconds for which the file of an engine is kept: longer than any run."""

_log = logging.getLogger("digicert_pulumi.resources")


class Declarations:
    """What the provider processes of one engine declare. Threads share it.

    Args:
        folder: Where the files are.
        engine: What tells the engine from every other; None where there is none, and this process is alone.
    """

    def __init__(self, folder: Path, engine: str | None) -> None:
        self._file = engine and folder / f"{hashlib.sha256(engine.encode()).hexdigest()[:16]}.jsonl"
        self._read = 0
        self._first: dict[str, str] = {}
        self._mine: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def declare(self, what: str, urn: str, rival: str | None = None) -> str | None:
        """Note a declaration.

        Args:
            what: What is declared.
            urn: The resource that declares it.
            rival: What another resource must not declare beside it, where that is not the same.

        Returns:
            The resource that declared the same, or the rival, before; None where there is none, or this was told already.
        """
        with self._lock:
            if (what, urn) in self._mine:
                return None
            self._mine.add((what, urn))
            if self._file:
                self._exchange(self._file, what, urn)
            self._first.setdefault(what, urn)
            first = self._first.get(rival or what)
        return first if first != urn else None

    def _exchange(self, file: Path, what: str, urn: str) -> None:
        """Add a line to the file and read those of other processes."""
        try:
            if not self._read:
                _clear(file)
            with file.open("ab") as writing:
                writing.write(json.dumps([what, urn]).encode() + b"\n")
            with file.open("rb") as reading:
                reading.seek(self._read)
                whole, _, _ = reading.read().rpartition(b"\n")
            self._read += len(whole) + 1
            for line in whole.splitlines():
                self._first.setdefault(*json.loads(line))
        except (OSError, ValueError, TypeError):
            _log.debug("cannot read what other providers declare", exc_info=True)
            self._file = None


@functools.cache
def of_engine(engine: str | None) -> Declarations:
    """What the provider processes of an engine declare; those of this one alone where there is none."""
    return Declarations(cache_folder.folder() / "declared", engine)


def _clear(file: Path) -> None:
    """Make the folder, and remove what engines of long ago left there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob(f"{'[0-9a-f]' * 16}.jsonl"):
        if time.time() - old.stat().st_mtime > _KEPT:
            old.unlink(missing_ok=True)
