"""The calls that the processes of one machine spend on a run, and when the next process may begin to spend.

Every stack has a provider process of its own, whose pacer knows nothing of the calls of the one before. Their debug
logs, which all go to one file, tell of them: whose calls they were, when, and what the answer was.
"""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from digicert_pulumi.certcentral import Pace

_CALL = re.compile(
    r"^(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) .*: (?P<call>[A-Z]+ \S+): (?P<answer>.*) in \d+ ms \(attempt \d+\)$"
)
_SENT = re.compile(r"PUT /order/certificate/(\d+)/revoke")
_KEPT = 20_000
"""More calls than any window holds."""


@dataclass
class Calls:
    """The calls in the debug log of a run's processes, which have UTC for their local time.

    Attributes:
        log: The file.
        sent: The orders for which DigiCert accepted a revocation.
    """

    log: Path
    sent: set[int] = field(default_factory=set)
    _count: int = 0
    _offset: int = 0
    _moments: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def count(self) -> int:
        """Return how many calls there were in all."""
        self._read()
        return self._count

    def ages(self, now: float | None = None) -> list[float]:
        """Return how many seconds ago the last calls were, the youngest first."""
        self._read()
        now = time.time() if now is None else now
        return [now - moment for moment in reversed(self._moments)]

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
                self._note(line.decode("utf-8", "replace").rstrip())

    def _note(self, line: str) -> None:
        if not (match := _CALL.match(line)):
            return
        self._count += 1
        moment = datetime.strptime(match["moment"], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=timezone.utc)
        self._moments.append(moment.timestamp())
        if match["answer"] in {"201", "204"} and (order := _SENT.fullmatch(match["call"])):
            self.sent.add(int(order[1]))


def pause(pace: Pace, ages: Sequence[float], wanted: int) -> float:
    """Tell how long a new process has to wait, so that no window holds more calls than it may.

    The new process spends half of its window as fast as it can, and the rest of it evenly.

    Args:
        pace: What every process of the run keeps to.
        ages: How many seconds ago the calls of the earlier ones were, the youngest first.
        wanted: How many calls the new process wants to make.
    """
    window = pace.window
    waited = 0.0
    for younger, age in enumerate(ages, 1):
        if age >= window.seconds:
            break
        # Until this call leaves the window, the new process may make so many at most.
        room = max(0, window.calls - younger - 1)
        if room < wanted:
            waited = max(waited, window.seconds - age - _moment(pace, room))
    return waited


def _moment(pace: Pace, calls: int) -> float:
    """Tell when a new process makes the next call after so many, at the earliest."""
    window, burst = pace.window, pace.burst
    half = window.calls // 2
    moment = burst.seconds * (min(calls, half) // burst.calls)
    if calls <= half:
        return moment
    return moment + (calls - half) * (window.seconds - moment) / (window.calls - half)
