"""Time that passes when somebody waits for it, and not otherwise."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral.pacer import Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Condition


class VirtualTime(Time):
    """A time for one thread. What others would do meanwhile is planned with `at`."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._plans: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def now(self) -> float:
        return self.seconds

    def __call__(self) -> float:
        return self.seconds

    def wait(self, changed: Condition, seconds: float | None) -> None:
        del changed
        until = float("inf") if seconds is None else self.seconds + seconds
        if self._plans and self._plans[0][0] <= until:
            until, _, happen = heapq.heappop(self._plans)
            self.seconds = max(self.seconds, until)
            happen()
        else:
            assert seconds is not None, "waits for something that will not happen"
            self.seconds = until

    def at(self, moment: float, happen: Callable[[], None]) -> None:
        """Plan what happens at a time."""
        heapq.heappush(self._plans, (moment, next(self._numbers), happen))

    def pass_by(self, seconds: float) -> None:
        """Let time pass, with all that was planned for it."""
        until = self.seconds + seconds
        while self._plans and self._plans[0][0] <= until:
            moment, _, happen = heapq.heappop(self._plans)
            self.seconds = max(self.seconds, moment)
            happen()
        self.seconds = until
