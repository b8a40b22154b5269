"""Elapsed time, including the time that a machine was suspended."""

from __future__ import annotations

import threading
import time

__all__ = ["Clock"]


class Clock:
    """Seconds since some moment, never fewer than before. Any number of threads may share it.

    The monotonic clock stands still while a machine sleeps, and the wall clock can be set back: of two readings the
    larger distance counts. What was read then is at times taken for older than it is, and never for younger.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed = 0.0
        self._monotonic, self._wall = time.monotonic(), time.time()

    def __call__(self) -> float:
        """Give the seconds."""
        with self._lock:
            monotonic, wall = time.monotonic(), time.time()
            self._passed += max(monotonic - self._monotonic, wall - self._wall)
            self._monotonic, self._wall = monotonic, wall
            return self._passed
