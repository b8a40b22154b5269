"""Journal of this machine's decisions in a run, written before and after each decision is sent."""

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
    """A line of the journal: a decision was sent, or DigiCert accepted it.

    Attributes:
        request: The request.
        decision: `approved` or `rejected`.
        at: The time, in seconds of the wall clock.
        taken: Whether DigiCert accepted the decision; if not, it was only sent.
        processor: The user who decided.
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
        """The time, in the format of DigiCert's dates."""
        return datetime.fromtimestamp(self.at, timezone.utc).isoformat(timespec="seconds")


_DECODER = msgspec.json.Decoder(Entry)


class Journal:
    """The decisions of one run on this machine. It is thread-safe. A killed process loses no decision that was sent.

    Args:
        file: The file that stores them.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._last: dict[int, Entry] = {}
        for line in file.read_bytes().splitlines() if file.exists() else []:
            try:
                entry = _DECODER.decode(line)
            except ValueError:  # a line damaged by a power failure
                continue
            self._last[entry.request] = entry

    def leaves(self, request_id: int, decision: str) -> None:
        """Record that a decision is about to be sent."""
        self._write(Entry(request_id, decision, time.time()))

    def taken(self, request_id: int, decision: str, processor: str, comment: str) -> Entry:
        """Record that DigiCert accepted a decision."""
        entry = Entry(request_id, decision, time.time(), taken=True, processor=processor, comment=comment)
        self._write(entry)
        return entry

    def last(self, request_id: int) -> Entry | None:
        """Return the last entry of a request; None if there is none."""
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
