"""The calls that the processes of one machine spend on a run, as their debug logs, which all go to one file, tell of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CALL = re.compile(r"^\d{4}-\d\d-\d\d .*: (?P<call>[A-Z]+ \S+): (?P<answer>.*) in \d+ ms \(attempt \d+\)$")
_SENT = re.compile(r"PUT /order/certificate/(\d+)/revoke")


@dataclass
class Calls:
    """The calls in the debug log of a run's processes.

    Attributes:
        log: The file.
        sent: The orders for which DigiCert accepted a revocation.
    """

    log: Path
    sent: set[int] = field(default_factory=set)
    _count: int = 0
    _offset: int = 0

    def count(self) -> int:
        """Return how many calls there were in all."""
        self._read()
        return self._count

    def _read(self) -> None:
        """Read what was added to the log; what is not a whole line yet is left for the next time."""
        if not self.log.exists():
            return
        with self.log.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._note(line.decode("utf-8", "replace").strip("\0\r\n"))  # what a power cut left blank

    def _note(self, line: str) -> None:
        if not (match := _CALL.match(line)):
            return
        self._count += 1
        if match["answer"] in {"201", "204"} and (order := _SENT.fullmatch(match["call"])):
            self.sent.add(int(order[1]))
