"""Elapsed time, including the time while the machine is suspended."""

from __future__ import annotations

import threading
import time

__all__ = ["Clock"]


class Clock:
    """Counts seconds that never decrease. Thread-safe.

    The monotonic clock can stop while the machine is suspended, and the wall clock can be set back. So the larger of the
    two distances counts. A read may appear older than it is, but never newer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = 0.0
        self._monotonic, self._wall = time.monotonic(), time.time()

    def __call__(self) -> float:
        """Return the seconds."""
        with self._lock:
            monotonic, wall = time.monotonic(), time.time()
            self._passed += max(monotonic - self._monotonic, wall - self._wall)
            self._monotonic, self._wall = monotonic, wall
            return self._passed
