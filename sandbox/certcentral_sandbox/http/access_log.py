"""The access log: one JSON line for each call of the API, flushed, without keys."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from certcentral_sandbox.account.clock import now


class AccessLog:
    """Appends the lines to a file. Without a path, it discards them."""

    def __init__(self, path: Path | None) -> None:
        """Open the file.

        Raises:
            OSError: The file can't be opened.
        """
        self._file: IO[bytes] | None = None if path is None else path.open("ab")

    def write(self, line: dict[str, Any]) -> None:
        """Write a line and flush it."""
        if self._file is not None:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


@dataclass
class Line:
    """The line of one call. It is written once, when the answer is known and before it is sent.

    Attributes:
        user: The name of the key's user; None for an unknown key.
        fault: The name of the fault that was injected.
    """

    log: AccessLog
    method: str
    path: str
    user: str | None
    fault: str | None = None
    arrived: datetime = field(default_factory=now)
    _written: bool = False

    def write(self, status: int | None) -> None:
        """Write the line, unless it is already written. The status is None if the call gets no answer."""
        if self._written:
            return
        self._written = True
        line = {
            "time": self.arrived.isoformat(timespec="milliseconds"),
            "method": self.method,
            "path": self.path,
            "user": self.user,
            "status": status,
        }
        self.log.write(line | ({"fault": self.fault} if self.fault else {}))
