"""Find targets that a program declares twice, also on two providers, which are separate processes.

The provider processes of one engine record what they check in a file in the user's cache folder. Each process appends
before it reads, so the later of two declarations finds the earlier one.
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
"""Seconds until the file of an engine is removed: longer than any run."""

_log = logging.getLogger("digicert_pulumi.resources")


class Declarations:
    """The declarations of the provider processes of one engine. Safe to share between threads.

    Args:
        folder: The folder of the files.
        engine: The engine's unique name; None if this process has no engine, and so shares nothing.
    """

    def __init__(self, folder: Path, engine: str | None) -> None:
        self._file = engine and folder / f"{hashlib.sha256(engine.encode()).hexdigest()[:16]}.jsonl"
        self._read = 0
        self._first: dict[str, str] = {}
        self._mine: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def declare(self, what: str, urn: str, rival: str | None = None) -> str | None:
        """Record a declaration.

        Args:
            what: The declared target.
            urn: The resource that declares it.
            rival: The target that conflicts with it; by default the same one.

        Returns:
            The URN of the resource that declared the same target, or the rival, before; None if there is none, or if this
            declaration is already recorded.
        """
        with self._lock:
            if (what, urn) in self._mine:
                return None
            self._mine.add((what, urn))
            self._exchange(json.dumps([what, urn]).encode() + b"\n")
            self._first.setdefault(what, urn)
            first = self._first.get(rival or what)
        return first if first != urn else None

    def first(self, what: str) -> str | None:
        """Return the URN of the resource that declared a target first, by now; None if there is none."""
        with self._lock:
            self._exchange(b"")
            return self._first.get(what)

    def _exchange(self, mine: bytes) -> None:
        """Append to the file, and read the lines of other processes."""
        file = self._file
        if not file:
            return
        try:
            if not self._read:
                _clear(file)
            with file.open("ab") as writing:
                writing.write(mine)
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
    """Return the declarations of an engine's provider processes; without an engine, those of this process."""
    return Declarations(cache_folder.folder() / "declared", engine)


def _clear(file: Path) -> None:
    """Create the folder, and remove the old files of earlier engines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.glob(f"{'[0-9a-f]' * 16}.jsonl"):
        if time.time() - old.stat().st_mtime > _KEPT:
            old.unlink(missing_ok=True)
