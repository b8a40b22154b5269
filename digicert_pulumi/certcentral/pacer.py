"""Rate limiter: grants requests in FIFO order, below DigiCert's limits.

Source: CertCentral Services API, "Rate limits": 1,000 requests in 3 minutes (5 minutes in earlier editions) and 100 in 5
seconds, in rolling windows, for each user. Beyond these limits, every request gets a 429, which doesn't say how long to
wait.

A library such as `pyrate-limiter` counts a request when it is sent. DigiCert counts it when it arrives, and requests that
were sent a second apart can arrive at once. So here a request occupies a place in a window from when it is sent until the
window's length after its *response*. Wherever DigiCert counts it in between, no window exceeds the limit. Such libraries
also lack FIFO order, a stop of all threads after a 429, and a clock that a simulation can replace.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from random import uniform
from threading import Condition, local
from time import monotonic
from typing import Protocol

import msgspec

from digicert_pulumi.certcentral.errors import Interrupted
from digicert_pulumi.certcentral.ledger import LONGEST_WINDOW, Note

__all__ = ["UNPACED", "Limit", "Pace", "Pacer", "Time", "Turn"]

_LONG_WAIT = 5.0
"""The shortest wait that the user is notified of, in seconds."""

_NOTICE_INTERVAL = 60.0
"""Seconds between two such notices."""

_PAUSE = (5.0, 10.0)
"""The range of the first pause after a 429, in seconds. DigiCert's shorter window is 5 seconds; the random part keeps two
machines from returning at once."""

_LONGEST_PAUSE = 60.0

_LONGEST_WAIT = 1.0
"""Seconds after which a waiting thread checks again whether its call was cancelled."""

_ROUNDING = 1e-9
"""The longest wait that counts as a rounding error, in seconds."""

_LEAST = 4
"""The least number of calls in a window: a PUT and the most reads that precede it."""

_WAITING_EXPIRES = 5 * _LONGEST_WAIT
"""Seconds after which another process no longer counts as waiting, if it hasn't updated its record."""

_PATIENCE = 900.0
"""Seconds without an accepted request after which a 429 is final: three times DigiCert's longest window."""

_SLOWEST = 1 / 16
"""The lowest fraction of the pace after repeated 429 responses."""


class Limit(msgspec.Struct, frozen=True):
    """A limit: at most `calls` requests in any window of `seconds`."""

    calls: int
    seconds: float


class Pace(msgspec.Struct, frozen=True):
    """The pace of a machine, or of a process that shares no ledger.

    Attributes:
        window: The long window. The first half of its calls is granted at once. The rest is spread out, so that calls
            never have to stop until the window has passed.
        burst: The short window. DigiCert allows 100 calls in 5 seconds; half of them are left for other machines.
    """

    window: Limit = Limit(1000, 300.0)
    burst: Limit = Limit(50, 5.0)

    @property
    def interval(self) -> float:
        """The average number of seconds between two calls."""
        return self.window.seconds / self.window.calls

    @classmethod
    def of(cls, requests_per_minute: float = 200.0, share: float = 1.0) -> "Pace":
        """Return the pace for a user's configuration.

        Args:
            requests_per_minute: The calls per minute of the API key's user, averaged over some minutes. 200 stays within
                all limits that DigiCert ever documented, 333 within the current ones.
            share: This machine's part of the pace, above 0 and at most 1. Use less than 1 if other clients use the rest,
                such as other machines of the same run.
        """
        calls = min(1000.0, 5 * requests_per_minute)
        burst = max(50.0, requests_per_minute / 12)
        return cls(
            _limit(calls * share, 60 * calls / requests_per_minute),
            _limit(burst * share, 5.0),
        )


def _limit(calls: float, seconds: float) -> Limit:
    """Return a limit. If the share is small, its window is longer, so that a PUT and the reads before it fit in."""
    if calls >= _LEAST:
        return Limit(int(calls), seconds)
    return Limit(_LEAST, seconds * _LEAST / calls)


UNPACED = Pace(Limit(10**9, 1.0), Limit(10**9, 1.0))
"""No limit: calls wait only after a 429."""


class Time:
    """The clock of a pacer. A simulation can replace it."""

    def now(self) -> float:
        """Return the time in seconds."""
        return monotonic()

    def wait(self, changed: Condition, seconds: float | None) -> None:
        """Wait until something changed, at most that many seconds."""
        changed.wait(_LONGEST_WAIT if seconds is None else min(seconds, _LONGEST_WAIT))


class Others(Protocol):
    """The other processes that share the rate limit."""

    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        """Call `write` with the records of the others and store the one it returns, with no other process in between."""


class _Nobody:
    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        write([])


class _Thread(local):
    """The limiter's data of a thread.

    Attributes:
        places: The number of places that were granted to the thread and not used yet.
        waited: The total number of seconds that the thread has waited for places.
    """

    places = 0
    waited = 0.0


class Turn:
    """The permission to send one request. The caller sets its attributes.

    Attributes:
        sent: Whether the request was sent. Set it to false if DigiCert surely never received the request.
        turned_away: Whether the response was a 429.
    """

    def __init__(self, began: float) -> None:
        self.sent = True
        self.turned_away = False
        self._began = began

    def after(self, moment: float) -> bool:
        """Whether the request was granted after that time."""
        return self._began > moment


class Pacer:
    """Rate limiter: grants requests in FIFO order. Thread-safe.

    Args:
        pace: The pace.
        report: Called with a one-line notice if a wait is long.
        time: The clock.
        others: The other processes that share the rate limit; none by default.
        interrupted: Whether the thread's operation was cancelled. Called while a request waits and right before it is
            sent.
    """

    def __init__(
        self,
        pace: Pace = Pace(),  # noqa: B008 - it is frozen
        *,
        report: Callable[[str], None] = lambda _: None,
        time: Time = Time(),  # noqa: B008 - it has no state
        others: Others = _Nobody(),  # noqa: B008 - as above
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._pace = pace
        self._counts = max(LONGEST_WINDOW, pace.window.seconds, pace.burst.seconds)
        self._report = report
        self._time = time
        self._others = others
        self._interrupted = interrupted
        self._changed = Condition()
        self._queue: deque[object] = deque()
        self._thread = _Thread()
        self._granted = 0
        self._in_flight = 0
        self._ended: deque[float] = deque()
        self._last: float | None = None
        self._last_notice = -inf
        self._backoff = _Backoff(self._pace.window.seconds)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait until a request may be sent. The caller ends the block when the response has arrived.

        Inside of `reserve`, the request takes one of the reserved places.

        Raises:
            Interrupted: The operation was cancelled.
        """
        reserved = self._thread.places
        try:
            if not reserved:
                self._grant(lambda: 1)
            turn = self._depart()
        finally:
            if not reserved:
                self._give_back()
        try:
            yield turn
        finally:
            self._end(turn)

    @contextmanager
    def reserve(self, calls: Callable[[], int]) -> Iterator[Callable[[], bool]]:
        """Wait for places for several requests of this thread, so that no other request is sent in between.

        At the end of the block, unused places are given back.

        Args:
            calls: Returns the number of requests. It is called again while the thread waits.

        Yields:
            A function that waits for places again if the block has used all of its places. It returns whether it waited.

        Raises:
            Interrupted: The operation was cancelled.
        """

        def extend() -> bool:
            used_up = not self._thread.places
            if used_up:
                self._grant(calls)
            return used_up

        try:
            extend()
            yield extend
        finally:
            self._give_back()

    def waited(self) -> float:
        """Return the total number of seconds that this thread has waited for places."""
        return self._thread.waited

    def lost_patience(self) -> bool:
        """Whether DigiCert has rejected all requests with a 429 for so long that another retry is useless."""
        with self._changed:
            return self._backoff.lasts(self._time.now())

    def _grant(self, calls: Callable[[], int]) -> None:
        """Wait for places for this many requests, at most as many as a window holds."""
        asked = self._time.now()
        me = object()
        most = min(self._pace.window.calls, self._pace.burst.calls)
        with self._changed:
            self._queue.append(me)
            try:
                while (delay := self._delay(me, asked, min(calls(), most))) > 0:
                    self._stop_if_interrupted()
                    self._report_wait(delay)
                    self._time.wait(self._changed, None if delay == inf else delay)
            finally:
                self._queue.remove(me)
                self._thread.waited += self._time.now() - asked
                self._changed.notify_all()

    def _stop_if_interrupted(self) -> None:
        if self._interrupted():
            raise Interrupted("not sent, because the operation was cancelled", remedy="Run it again.")

    def _depart(self) -> Turn:
        self._stop_if_interrupted()
        with self._changed:
            self._thread.places -= 1
            self._granted -= 1
            self._in_flight += 1
            return Turn(self._time.now())

    def _give_back(self) -> None:
        """Give unused places back to the other threads and processes."""
        with self._changed:
            if self._thread.places:
                self._granted -= self._thread.places
                self._thread.places = 0
                self._others.exchange(lambda _: self._note())
            self._changed.notify_all()

    def _end(self, turn: Turn) -> None:
        with self._changed:
            now = self._time.now()
            self._in_flight -= 1
            if turn.sent:
                self._ended.append(now)
                self._backoff.learn(turn, now)
            self._others.exchange(lambda _: self._note())
            self._changed.notify_all()

    def _delay(self, me: object, asked: float, places: int) -> float:
        """Grant the places and return 0, or return the shortest wait; `inf` if something else has to happen first."""
        if self._queue[0] is not me:
            return inf
        delay = inf

        def write(others: list[Note]) -> Note:
            nonlocal delay
            now = self._time.now()
            stopped = inf if self._backoff.probes and self._in_flight else self._backoff.until - now
            room = _Room(self._pace, self._note(), others, asked, now)
            delay = max(stopped, room.delay(places, self._backoff.speed(now)))
            if delay > 0:
                return self._note() if stopped > 0 else self._note(asked, places)
            self._thread.places = places
            self._granted += places
            self._last = now
            return self._note()

        self._others.exchange(write)
        return delay

    def _note(self, waits_since: float | None = None, wanted: int = 0) -> Note:
        now = self._time.now()
        while self._ended and now - self._ended[0] >= self._counts:
            self._ended.popleft()
        calls = [*self._ended, *[now] * (self._in_flight + self._granted)]
        return Note(now, self._counts, calls, self._last, waits_since, wanted)

    def _report_wait(self, delay: float) -> None:
        now = self._time.now()
        if delay == inf or delay <= _LONG_WAIT or now - self._last_notice < _NOTICE_INTERVAL:
            return
        self._last_notice = now
        if self._backoff.probes:
            self._report(
                "DigiCert rejects requests because of its rate limit, so another client uses it as well; "
                f"waiting {delay:.0f} s, then continuing more slowly"
            )
        else:
            self._report(
                f"waiting {delay:.0f} s for the next request: {self._pace.window.calls} in "
                f"{self._pace.window.seconds:.0f} s stay within DigiCert's rate limit"
            )


class _Room:
    """The places that the processes of this machine have left.

    Args:
        pace: The pace.
        mine: The record of this process.
        others: The records of the other processes. Those that have waited longer go first.
        asked: Since when this process waits.
        now: The current time.
    """

    def __init__(self, pace: Pace, mine: Note, others: list[Note], asked: float, now: float) -> None:
        self._pace = pace
        self._now = now
        self._taken = sorted(
            moment
            for note in (mine, *others)
            for moment in note.calls
            if moment + pace.window.seconds - now > 0
        )
        self._ahead = sum(
            note.wanted
            for note in others
            if note.waits_since is not None
            and note.waits_since < asked
            and now - note.seen < _WAITING_EXPIRES
        )
        self._last = max((note.last for note in (mine, *others) if note.last is not None), default=-inf)

    def delay(self, places: int, speed: float) -> float:
        """Return how many seconds calls have to wait.

        Args:
            places: The number of calls.
            speed: The fraction of the pace that is used.
        """
        seconds = max(
            self._until_there_is_room(self._pace.window, places),
            self._until_there_is_room(self._pace.burst, places),
            self._until_it_is_far_enough_apart(speed),
        )
        # The time of a call in flight is always the current time. So without this, a rounding error would never go away.
        return seconds if seconds > _ROUNDING else 0.0

    def _until_there_is_room(self, limit: Limit, places: int) -> float:
        room = limit.calls - (places - 1) - self._ahead
        if room <= 0:
            # The processes that have waited longer go first, or stop counting as waiting.
            return _LONGEST_WAIT
        return self._taken[-room] + limit.seconds - self._now if len(self._taken) >= room else 0.0

    def _until_it_is_far_enough_apart(self, speed: float) -> float:
        """Return the wait that spreads requests, so that the places last until others become free."""
        window = self._pace.window
        since = max(self._last, self._now - window.seconds)
        before = 1 + self._ahead
        slowed = 0.0 if speed >= 1 else before * window.seconds / (window.calls * speed)
        free = window.calls - len(self._taken)
        if free > window.calls / 2:
            return since + slowed - self._now
        # Each place that becomes free allows one more request, so the requests until then are spread over that time. If
        # more than all places are taken, the first ones that become free allow no request.
        spread = (
            (moment + window.seconds - since) * min(1.0, before / (free + number))
            for number, moment in enumerate(self._taken, 1)
            if free + number > 0
        )
        return since + max(slowed, *spread) - self._now


class _Backoff:
    """The backoff after a 429: all threads stop, one request probes, and the pace recovers gradually.

    Attributes:
        until: When the next request may be sent.
        probes: Whether a single request has to be accepted before others may be sent.
    """

    def __init__(self, recovery: float) -> None:
        self.until = -inf
        self.probes = False
        self._recovery = recovery
        self._began = -inf
        self._since = -inf
        self._times = 0
        self._speed = 1.0

    def speed(self, now: float) -> float:
        """Return the fraction of the pace that is used. A 429 halves it; then it grows linearly."""
        return min(1.0, self._speed + max(0.0, now - self.until) / self._recovery)

    def learn(self, turn: Turn, now: float) -> None:
        """Adapt to a response. Requests that were granted before the last stop are ignored."""
        if not turn.after(self._began):
            return
        if not turn.turned_away:
            self.probes = False
            self._times = 0
            return
        if not self._times:
            self._since = now
        pause = min(_LONGEST_PAUSE, uniform(*_PAUSE) * 2**self._times)  # noqa: S311
        self._speed = max(_SLOWEST, self.speed(now) / 2)
        self._began = now
        self._times += 1
        self.until = now + pause
        self.probes = True

    def lasts(self, now: float) -> bool:
        """Whether no request has been accepted for too long."""
        return self._times > 0 and now - self._since > _PATIENCE
