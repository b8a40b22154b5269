"""What this machine decided in a run, written down before and after each decision leaves."""

from __future__ import annotations

import os
import threading
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line: a decision left, or DigiCert took it.

    Attributes:
        request: The request.
        decision: `approved` or `rejected`.
        at: When that was, in seconds of the wall clock.
        taken: Whether DigiCert took it; otherwise it left.
        processor: Who decided.
        comment: The message to the requester.
    """

    request: int
    decision: str
    at: float
    taken: bool = False
    processor: str = ""
    comment: str = ""

    @property
    def date(self) -> str:
        """When that was, as DigiCert writes it."""
        return datetime.fromtimestamp(self.at, timezone.utc).isoformat(timespec="seconds")


_DECODER = msgspec.json.Decoder(Entry)


class Journal:
    """The decisions of one run on this machine. Threads share it; a killed process loses none that left.

    Args:
        file: Where they are written.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._last: dict[int, Entry] = {}
        for line in file.read_bytes().splitlines() if file.exists() else []:
            try:
                entry = _DECODER.decode(line)
            except ValueError:  # what a power cut left
                continue
            self._last[entry.request] = entry

    def leaves(self, request_id: int, decision: str) -> None:
        """Write down that a decision leaves."""
        self._write(Entry(request_id, decision, time.time()))

    def taken(self, request_id: int, decision: str, processor: str, comment: str) -> Entry:
        """Write down that DigiCert took a decision."""
        entry = Entry(request_id, decision, time.time(), taken=True, processor=processor, comment=comment)
        self._write(entry)
        return entry

    def last(self, request_id: int) -> Entry | None:
        """Return what was written last about a request; None where nothing was."""
        return self._last.get(request_id)

    def _write(self, entry: Entry) -> None:
        with self._lock, self._file.open("ab") as file:
            if file.tell() and not self._ends_whole():
                file.write(b"\n")
            file.write(msgspec.json.encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            self._last[entry.request] = entry

    def _ends_whole(self) -> bool:
        with self._file.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
