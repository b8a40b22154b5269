"""Read what the processes of one machine did in a run, from the events in their shared file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Record:
    """The events of a run's processes.

    Attributes:
        file: The file that the processes write to.
        sent: The orders for which DigiCert accepted a revocation.
    """

    file: Path
    sent: set[int] = field(default_factory=set)
    _calls: int = 0
    _failures: dict[str, dict[str, Any]] = field(default_factory=dict)
    _not_shown: set[str] = field(default_factory=set)
    _offset: int = 0

    def count(self) -> int:
        """Return the total number of calls."""
        self._read()
        return self._calls

    def failure(self, urn: str) -> dict[str, Any] | None:
        """Return the last failure of a resource, and remove it; None if there is none."""
        self._read()
        return self._failures.pop(urn, None)

    def is_about_a_preview(self, message: str) -> bool:
        """Return whether a message warns that a preview has no snapshot: in an update, it is no news."""
        self._read()
        return any(line in message for line in self._not_shown)

    def _read(self) -> None:
        """Read the lines that were added to the file. An incomplete line is left for the next time."""
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._note(line.strip(b"\0\r\n"))  # a power failure may leave null bytes

    def _note(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        match event:
            case {"event": "call", "method": method, "status": status, "order": order}:
                self._calls += 1
                if method == "PUT" and status in (201, 204) and order is not None:
                    self.sent.add(order)
            case {"event": "failed", "urn": str(urn)}:
                self._failures[urn] = event
            case {"event": "warned", "code": "not-shown", "line": str(warning)}:
                self._not_shown.add(warning)
