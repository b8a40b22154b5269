"""Rate limiter: grants requests in FIFO order, below DigiCert's limits.

Source: CertCentral Services API, "Rate limits": 1,000 requests in 3 minutes (5 minutes in earlier editions) and 100
in 5 seconds, in rolling windows, for each key's user; beyond them every request gets 429, which names no time.

A library such as `pyrate-limiter` counts a request when it leaves; DigiCert counts it when it arrives, and requests that
leave a second apart can arrive at once. So here a request occupies a place in a window from when it leaves until the
window's length after its *response*: wherever DigiCert counts it in between, no window exceeds the limit. Such libraries
also lack FIFO order, a 429 that stops all threads, and a clock that a simulation can replace.
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
"""Seconds of waiting of which the user is told."""

_TELL_AGAIN = 60.0
"""Seconds until the user is told again."""

_PAUSE = (5.0, 10.0)
"""Seconds to stay away after a 429: DigiCert's shorter window is 5 seconds, and two machines should not return at once."""

_LONGEST_PAUSE = 60.0

_LONGEST_WAIT = 1.0
"""Seconds until a waiting thread asks again whether its call is still wanted."""

_ROUNDING = 1e-9
"""Seconds of a wait that are the rounding of a sum."""

_LEAST = 4
"""Calls that a window holds at least: a PUT and the most reads that go before it."""

_FORGOTTEN = 5 * _LONGEST_WAIT
"""Seconds after which another process that waits, and has not said so again, is not waited for."""

_PATIENCE = 900.0
"""Seconds without a single accepted request after which a 429 is final: three times DigiCert's longest window."""

_SLOWEST = 1 / 16
"""The part of the pace that is left after many a 429."""


class Limit(msgspec.Struct, frozen=True):
    """So many requests in any window of so many seconds."""

    calls: int
    seconds: float


class Pace(msgspec.Struct, frozen=True):
    """What a machine may spend, or a process whose calls no other one knows of.

    Attributes:
        window: The long window. Up to half of it is spent as fast as asked for; what follows is spread, so that
            nothing ever has to stop until the window has passed.
        burst: The short window. DigiCert allows 100 in 5 seconds; half of them are left to other machines.
    """

    window: Limit = Limit(1000, 300.0)
    burst: Limit = Limit(50, 5.0)

    @property
    def interval(self) -> float:
        """How many seconds a request takes in the long run."""
        return self.window.seconds / self.window.calls

    @classmethod
    def of(cls, requests_per_minute: float = 200.0, share: float = 1.0) -> "Pace":
        """Make the pace from what a user configures.

        Args:
            requests_per_minute: What the key's user may spend, over some minutes; 200 keeps within all that DigiCert
                ever documented, 333 within what it documents now.
            share: The part of it that this machine may spend, above 0 and at most 1; less than 1 where others spend
                the rest, such as other machines of the same run.
        """
        calls = min(1000.0, 5 * requests_per_minute)
        burst = max(50.0, requests_per_minute / 12)
        return cls(
            _limit(calls * share, 60 * calls / requests_per_minute),
            _limit(burst * share, 5.0),
        )


def _limit(calls: float, seconds: float) -> Limit:
    """Make the limit; of a small share, over a longer time, so that a PUT and the reads before it fit in."""
    if calls >= _LEAST:
        return Limit(int(calls), seconds)
    return Limit(_LEAST, seconds * _LEAST / calls)


UNPACED = Pace(Limit(10**9, 1.0), Limit(10**9, 1.0))
"""As fast as asked for: only a 429 makes anybody wait."""


class Time:
    """The time that a pacer lives in. A simulation brings its own."""

    def now(self) -> float:
        """Give the seconds since some moment."""
        return monotonic()

    def wait(self, changed: Condition, seconds: float | None) -> None:
        """Wait, for that long at most, until something changed."""
        changed.wait(_LONGEST_WAIT if seconds is None else min(seconds, _LONGEST_WAIT))


class Others(Protocol):
    """The other processes that spend the same limit."""

    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        """Give `write` the notes of the others and take this process's own, with no other process in between."""


class _Nobody:
    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        write([])


class _Thread(local):
    """What the limiter knows of a thread.

    Attributes:
        places: The places that were granted to it and that it has not used yet.
        waited: For how many seconds it has waited for places, all in all.
    """

    places = 0
    waited = 0.0


class Turn:
    """A request's leave to go.

    Attributes:
        sent: Whether it was sent: to be set to false where DigiCert surely never saw it.
        turned_away: Whether it was answered with 429: to be set.
    """

    def __init__(self, began: float) -> None:
        self.sent = True
        self.turned_away = False
        self._began = began

    def after(self, moment: float) -> bool:
        """Tell whether the request was let go later than that."""
        return self._began > moment


class Pacer:
    """Rate limiter: grants requests in FIFO order. Threads share it.

    Args:
        pace: What may be spent.
        report: Gets one line of text when the waiting is long.
        time: The time that it lives in.
        others: Other processes that spend the same; nobody by default.
        interrupted: Tells whether the call that the thread works for is not wanted any more. It is asked while a request
            waits and right before it goes.
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
        self._told = -inf
        self._trouble = _Trouble(self._pace.window.seconds)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Wait until a request may go. The block ends when its response has arrived.

        Inside of `reserve`, the request takes one of the reserved places.

        Raises:
            Interrupted: The call is not wanted any more.
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
        """Wait for the places of several requests of this thread, so that no other request goes in between.

        Places that the block leaves unused are free again at its end.

        Args:
            calls: Returns how many requests there are. It is called again while the thread waits.

        Yields:
            A function that waits for places again if the requests of the block have used all of theirs. It returns
            whether they had.

        Raises:
            Interrupted: The call is not wanted any more.
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
        """Return for how many seconds this thread has waited for places, all in all."""
        return self._thread.waited

    def lost_patience(self) -> bool:
        """Tell whether DigiCert has turned everything away for so long that waiting makes no sense any more."""
        with self._changed:
            return self._trouble.lasts(self._time.now())

    def _grant(self, calls: Callable[[], int]) -> None:
        """Wait for the places of so many requests, or of as many as a window holds."""
        asked = self._time.now()
        me = object()
        most = min(self._pace.window.calls, self._pace.burst.calls)
        with self._changed:
            self._queue.append(me)
            try:
                while (delay := self._delay(me, asked, min(calls(), most))) > 0:
                    self._stop_if_interrupted()
                    self._tell(delay)
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
        """Let others have the places that were not needed."""
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
                self._trouble.learn(turn, now)
            self._others.exchange(lambda _: self._note())
            self._changed.notify_all()

    def _delay(self, me: object, asked: float, places: int) -> float:
        """Grant the places, or tell how long this one has to wait at least; for ever, where something has to happen first."""
        if self._queue[0] is not me:
            return inf
        delay = inf

        def write(others: list[Note]) -> Note:
            nonlocal delay
            now = self._time.now()
            stopped = inf if self._trouble.probes and self._in_flight else self._trouble.until - now
            room = _Room(self._pace, self._note(), others, asked, now)
            delay = max(stopped, room.delay(places, self._trouble.speed(now)))
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

    def _tell(self, delay: float) -> None:
        now = self._time.now()
        if delay == inf or delay <= _LONG_WAIT or now - self._told < _TELL_AGAIN:
            return
        self._told = now
        if self._trouble.probes:
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
    """What is left of the pace, with all that the processes of the machine have spent.

    Args:
        pace: What may be spent.
        mine: What this process has spent.
        others: What others have spent. Those of them that have waited for longer go first.
        asked: Since when this process waits.
        now: When that is.
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
            if note.waits_since is not None and note.waits_since < asked and now - note.seen < _FORGOTTEN
        )
        self._last = max((note.last for note in (mine, *others) if note.last is not None), default=-inf)

    def delay(self, places: int, speed: float) -> float:
        """Tell how long calls have to wait.

        Args:
            places: How many they are.
            speed: The part of the pace that is used.
        """
        seconds = max(
            self._until_there_is_room(self._pace.window, places),
            self._until_there_is_room(self._pace.burst, places),
            self._until_it_is_far_enough_apart(speed),
        )
        # A call in flight counts as of now, so what the rounding of its sums leaves would come back however long one waits.
        return seconds if seconds > _ROUNDING else 0.0

    def _until_there_is_room(self, limit: Limit, places: int) -> float:
        room = limit.calls - (places - 1) - self._ahead
        if room <= 0:
            # Whoever waits for longer goes first, or is forgotten.
            return _LONGEST_WAIT
        return self._taken[-room] + limit.seconds - self._now if len(self._taken) >= room else 0.0

    def _until_it_is_far_enough_apart(self, speed: float) -> float:
        """Spread requests, so that the places last until others become free."""
        window = self._pace.window
        since = max(self._last, self._now - window.seconds)
        before = 1 + self._ahead
        slowed = 0.0 if speed >= 1 else before * window.seconds / (window.calls * speed)
        free = window.calls - len(self._taken)
        if free > window.calls / 2:
            return since + slowed - self._now
        # The next but so many can go only when the place of this one has become free. Where more than all places are
        # taken, the first ones that become free are nobody's.
        spread = (
            (moment + window.seconds - since) * min(1.0, before / (free + number))
            for number, moment in enumerate(self._taken, 1)
            if free + number > 0
        )
        return since + max(slowed, *spread) - self._now


class _Trouble:
    """What a 429 leads to: all stop, one tries, and the pace comes back by and by.

    Attributes:
        until: When the next request may go.
        probes: Whether a single request has to show first that DigiCert accepts any.
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
        """Give the part of the pace that is used: half of it after a 429, then growing evenly."""
        return min(1.0, self._speed + max(0.0, now - self.until) / self._recovery)

    def learn(self, turn: Turn, now: float) -> None:
        """Take note of an answer. What was let go before the last stop says nothing new."""
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
        """Tell whether nothing was accepted for too long."""
        return self._times > 0 and now - self._since > _PATIENCE
