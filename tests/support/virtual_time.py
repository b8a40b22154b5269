"""Time that passes when somebody waits for it, and not otherwise."""

from __future__ import annotations

import heapq
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral.pacer import Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Condition


TICK = 1e-9
"""The shortest wait: what is left by the rounding of a sum would not move the time at all."""


class VirtualTime(Time):
    """A time for one thread. What others would do meanwhile is planned with `at`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._plans: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()

    def now(self) -> float:
        return self.seconds

    def __call__(self) -> float:
        return self.seconds

    def wait(self, changed: Condition, seconds: float | None) -> None:
        del changed
        until = float("inf") if seconds is None else self.seconds + max(seconds, TICK)
        if self._plans and self._plans[0][0] <= until:
            until, _, happen = heapq.heappop(self._plans)
            self.seconds = max(self.seconds, until)
            happen()
        else:
            assert seconds is not None, "waits for something that will not happen"
            self.seconds = until

    def at(self, moment: float, happen: Callable[[], object]) -> None:
        """Plan what happens at a time."""
        plan: tuple[float, int, Callable[[], object]] = (moment, next(self._numbers), happen)
        heapq.heappush(self._plans, plan)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, with all that was planned for it."""
        until = self.seconds + seconds
        while self._plans and self._plans[0][0] <= until:
            moment, _, happen = heapq.heappop(self._plans)
            self.seconds = max(self.seconds, moment)
            happen()
        self.seconds = until


class SharedVirtualTime(Time):
    """A time for many threads, of which one runs at a time: it passes when that one waits, to whoever is to wake first."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, int, Event]] = []
        self._numbers = count()

    def now(self) -> float:
        return self.seconds

    def __call__(self) -> float:
        return self.seconds

    def wait(self, changed: Condition, seconds: float | None) -> None:
        changed.release()
        self.sleep(1.0 if seconds is None else min(max(seconds, TICK), 1.0))
        changed.acquire()

    def sleep(self, seconds: float) -> None:
        """Let others run until so much time has passed."""
        mine = self._plan(seconds)
        self._wake_the_next()
        mine.wait()

    def run(self, *works: Callable[[], object]) -> None:
        """Run each work in a thread, until all have ended; raises what the first of them raised that failed."""

        def begin(work: Callable[[], object], begins: Event) -> None:
            begins.wait()
            try:
                work()
            finally:
                self._wake_the_next()

        with ThreadPoolExecutor(len(works)) as pool:
            running = [pool.submit(begin, work, self._plan(0.0)) for work in works]
            self._wake_the_next()
            for each in running:
                each.result()

    def _plan(self, seconds: float) -> Event:
        event = Event()
        heapq.heappush(self._sleepers, (self.seconds + seconds, next(self._numbers), event))
        return event

    def _wake_the_next(self) -> None:
        if self._sleepers:
            self.seconds, _, event = heapq.heappop(self._sleepers)
            event.set()
