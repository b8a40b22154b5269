"""The rate limiter: rolling windows for each user, as CertCentral documents them."""

import re
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LIMIT = re.compile(r"([1-9]\d{0,8})/([1-9]\d{0,8})")


@dataclass(frozen=True)
class Limit:
    """A maximum number of calls in a rolling window of some seconds."""

    calls: int
    seconds: int

    def __str__(self) -> str:
        return f"{self.calls}/{self.seconds}"


def parse_limit(text: str) -> Limit:
    """Parse a limit `CALLS/SECONDS`. CertCentral's limits are `1000/180` and `100/5`.

    Raises:
        ValueError: The text doesn't have this form.
    """
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a limit such as 1000/180 (calls/seconds)")
    return Limit(int(match[1]), int(match[2]))


class Limiter:
    """Counts the calls of each user. Without limits, it allows every call."""

    def __init__(self, limits: Sequence[Limit] = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.limits = limits

    @property
    def limits(self) -> Sequence[Limit]:
        """The active limits. Setting them resets the counts."""
        return self._limits

    @limits.setter
    def limits(self, limits: Sequence[Limit]) -> None:
        self._limits = tuple(limits)
        self._calls: defaultdict[str, list[deque[float]]] = defaultdict(
            lambda: [deque() for _ in self._limits]
        )

    def allows(self, user: str) -> bool:
        """Return whether the user may call now, and count the call if so."""
        now = self._clock()
        windows = self._calls[user]
        for limit, calls in zip(self._limits, windows, strict=True):
            while calls and calls[0] <= now - limit.seconds:
                calls.popleft()
        if any(len(calls) >= limit.calls for limit, calls in zip(self._limits, windows, strict=True)):
            return False
        for calls in windows:
            calls.append(now)
        return True
