"""The pace at which requests leave: on a virtual clock, and against the sandbox's own limiter."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest
from certcentral_sandbox.http import limiter
from hypothesis import given
from hypothesis import strategies as st
from properties.profile import search
from support.processes import wait_until
from support.sandbox import Sandbox
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import (
    Client,
    Interrupted,
    Pace,
    Pacer,
    RateLimited,
    Unreachable,
)
from digicert_pulumi.certcentral import pacer as pacer_module
from digicert_pulumi.certcentral.ledger import Note
from digicert_pulumi.certcentral.pacer import Limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from threading import Condition

STRICTEST = (limiter.Limit(1000, 300), limiter.Limit(100, 5))
"""Of what was ever documented: who keeps to 1000 calls in 300 seconds keeps to 1000 in 180 as well."""


@pytest.fixture(autouse=True)
def true_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacer_module, "_PAUSE", (5.0, 10.0))


@dataclass
class Server:
    """What DigiCert counts: a request, at some moment between its sending and its answer."""

    time: VirtualTime
    limiter: limiter.Limiter
    refused: int = 0

    def send(self, pacer: Pacer, counted_after: float, answered_after: float) -> None:
        """Take a turn, and have the request answered later."""
        stack = ExitStack()
        turn = stack.enter_context(pacer.turn())

        def count() -> None:
            if not self.limiter.allows("user"):
                turn.turned_away = True
                self.refused += 1

        self.time.at(self.time.seconds + counted_after, count)
        self.time.at(self.time.seconds + max(counted_after, answered_after), stack.close)


def serve(*limits: limiter.Limit) -> tuple[VirtualTime, Server]:
    virtual = VirtualTime()
    return virtual, Server(virtual, limiter.Limiter(limits, virtual))


def spend(pacer: Pacer, time: VirtualTime, reads: int, really: int | None = None) -> list[float]:
    """Reserve for some reads and a request after them, make them; the moments at which each went."""
    sent: list[float] = []
    with pacer.reserve(lambda: 1 + reads) as extend:
        for _ in range(reads if really is None else really):
            with pacer.turn():
                sent.append(time.seconds)
        extend()
        with pacer.turn():
            sent.append(time.seconds)
    return sent


def sending_times(pacer: Pacer, virtual: VirtualTime, requests: int) -> list[float]:
    """When so many requests leave that all want to leave at once, and are answered at once."""
    sent = []
    for _ in range(requests):
        with pacer.turn():
            sent.append(virtual.seconds)
    return sent


class WaitsOnceOrTwice(VirtualTime):
    """A time in which nobody waits again and again for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 2

    def wait(self, changed: Condition, seconds: float | None) -> None:
        self._left -= 1
        assert self._left >= 0, f"still waits {seconds} s"
        super().wait(changed, seconds)


@pytest.mark.parametrize("window", [3, 7, 11, 13, 19])
def test_what_rounding_leaves_of_a_wait_beside_a_call_in_flight_is_none(window: int) -> None:
    for number in range(1, 400):
        virtual = WaitsOnceOrTwice()
        virtual.pass_by(0.17 * number)
        pacer = Pacer(Pace(Limit(2, window), Limit(2, window)), time=virtual)
        with pacer.turn():
            virtual.pass_by(window + 0.3 * number / 7)
            with pacer.turn():
                pass


class TestNoWindowIsOverfilled:
    @search(50)
    @given(st.data())
    def test_wherever_between_sending_and_answer_digicert_counts(self, data: st.DataObject) -> None:
        window = limiter.Limit(data.draw(st.integers(1, 30)), data.draw(st.integers(2, 20)))
        burst = limiter.Limit(
            data.draw(st.integers(1, window.calls)), data.draw(st.integers(1, window.seconds))
        )
        # A microsecond is left to the rounding of sums of seconds.
        virtual, server = serve(
            *(limiter.Limit(limit.calls, cast("int", limit.seconds - 1e-6)) for limit in (window, burst))
        )
        pacer = Pacer(
            Pace(Limit(window.calls, window.seconds), Limit(burst.calls, burst.seconds)), time=virtual
        )
        delays = st.floats(0, 2 * window.seconds)
        for _ in range(data.draw(st.integers(1, 80))):
            server.send(pacer, data.draw(delays), data.draw(delays))
            virtual.pass_by(data.draw(st.sampled_from([0.0, 0.0, 0.0, 0.3, float(window.seconds)])))
        virtual.pass_by(10 * window.seconds)
        assert server.refused == 0

    def test_a_long_run_with_uneven_answers_meets_no_429(self) -> None:
        virtual, server = serve(*STRICTEST)
        pacer = Pacer(time=virtual)
        random = Random(1)  # noqa: S311
        for _ in range(1100):
            answered = random.uniform(0.05, 3)
            server.send(pacer, random.uniform(0, answered), answered)
        assert server.refused == 0

    def test_through_the_real_client_with_four_threads(self, tmp_path: Path) -> None:
        with Sandbox(tmp_path, "--limit", "40/2", "--limit", "15/1", "--latency", "5") as sandbox:
            pacer = Pacer(Pace(Limit(40, 2.0), Limit(15, 1.0)))
            client = Client(sandbox.user_key, sandbox.base_url, pacer=pacer, retry_budget=0.0)
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(client.get_order, [100000001 + number for number in range(70)]))
            assert [line["status"] for line in sandbox.access_log()] == [200] * 70


class Noted:
    """What another process spent long ago, and what this one notes."""

    def __init__(self, ages: list[float]) -> None:
        self._other = Note(0.0, 300.0, [-age for age in ages])
        self.mine: list[Note] = []

    def exchange(self, write: Callable[[list[Note]], Note]) -> None:
        self.mine.append(write([self._other]))


class TestWhateverOthersHaveSpent:
    @search(50)
    @given(
        pace=st.builds(Pace.of, st.floats(1, 5000), st.floats(0.0001, 1)),
        ages=st.lists(st.floats(0, 400), max_size=60),
        more=st.integers(0, 1200),
        in_flight=st.integers(0, 3),
        places=st.integers(0, 3),
    )
    def test_every_call_gets_its_turn_when_the_rate_allows_it(
        self, pace: Pace, ages: list[float], more: int, in_flight: int, places: int
    ) -> None:
        virtual = VirtualTime()
        pacer = Pacer(pace, time=virtual, others=Noted([*ages, *[1.0] * more]))
        for _ in range(min(in_flight, pace.window.calls - 1, pace.burst.calls - 1)):
            turn = pacer.turn()
            turn.__enter__()
            virtual.at(virtual.seconds + 2, lambda turn=turn: turn.__exit__(None, None, None))  # type: ignore[misc]
        for _ in range(3):
            spend(pacer, virtual, places)
        calls = 3 + in_flight + 3 * places
        assert virtual.seconds <= (1 + calls) * (pace.window.seconds + 2)

    def test_of_what_they_spent_too_much_the_first_places_that_become_free_are_nobodys(self) -> None:
        virtual = VirtualTime()
        ages = [float(age) for age in range(1, 15)]
        pacer = Pacer(Pace(Limit(10, 100.0), Limit(10, 5.0)), time=virtual, others=Noted(ages))
        with pacer.turn():
            assert virtual.seconds == 100 - 10


class TestHowFast:
    def test_a_long_run_is_fast_at_first_never_stops_and_uses_the_whole_limit(self) -> None:
        virtual, told = VirtualTime(), list[str]()
        pacer = Pacer(time=virtual, report=told.append)
        sent = sending_times(pacer, virtual, 1600)
        assert sent[:50] == [0.0] * 50, "a small run is not slowed at all"
        assert sent[499] == about(45), "half of the window goes as fast as the short one allows"
        assert max(later - earlier for earlier, later in pairwise(sent[501:])) < 0.6, "the rest is spread"
        assert sent[1000] == about(300)
        assert sent[-1] < 1600 * 0.3
        assert told == [], "nobody hears of short waits"
        virtual.pass_by(300)
        assert sending_times(pacer, virtual, 50) == [virtual.seconds] * 50, "after a rest it is fast again"

    def test_what_was_not_sent_takes_no_place(self) -> None:
        virtual = VirtualTime()
        pacer = Pacer(time=virtual)
        for _ in range(2000):
            with pacer.turn() as turn:
                turn.sent = False
        assert virtual.seconds == 0

    def test_a_failure_takes_its_place_and_gives_it_back(self) -> None:
        virtual = VirtualTime()
        pacer = Pacer(Pace(Limit(1, 10.0), Limit(1, 1.0)), time=virtual)
        with pytest.raises(ValueError, match="broke off"), pacer.turn():
            raise ValueError("broke off")
        with pacer.turn():
            assert virtual.seconds == 10


def about(seconds: float, abs: float | None = None) -> Any:  # noqa: A002  # as pytest calls it
    """Seconds that were calculated."""
    return pytest.approx(seconds, abs=abs)


class TestWhatIsConfigured:
    @pytest.mark.parametrize(
        ("per_minute", "share", "window", "burst"),
        [
            (200, 1, Limit(1000, 300), 50),
            (333, 1, Limit(1000, about(180.18, abs=0.01)), 50),
            (100, 1, Limit(500, 300), 50),
            (200, 0.25, Limit(250, 300), 12),
            (1200, 1, Limit(1000, 50), 100),
            (200, 0.01, Limit(10, 300), Limit(4, about(40))),
            (200, 0.0001, Limit(4, about(12000)), Limit(4, about(4000))),
            (1, 1, Limit(5, 300), 50),
            (1, 0.1, Limit(4, about(2400)), 5),
        ],
    )
    def test_a_rate_and_a_share_of_it(
        self, per_minute: float, share: float, window: Limit, burst: int | Limit
    ) -> None:
        pace = Pace.of(per_minute, share)
        assert pace == Pace(window, burst if isinstance(burst, Limit) else Limit(burst, 5.0))

    def test_the_default_is_the_strictest_that_was_ever_documented(self) -> None:
        assert Pace.of() == Pace()
        assert (Pace().window.calls, Pace().window.seconds) == (1000, 300)
        assert Pace().interval == about(0.3)

    def test_the_shares_of_four_machines_fill_no_window(self) -> None:
        virtual, server = serve(*STRICTEST)
        pacers = [Pacer(Pace.of(share=0.25), time=virtual) for _ in range(4)]
        for _ in range(400):
            for pacer in pacers:
                server.send(pacer, 0.0, 0.1)
        assert server.refused == 0


class TestWhoeverAskedFirstGoesFirst:
    def test_threads_go_in_the_order_in_which_they_asked(self) -> None:
        pacer = Pacer(Pace(Limit(1000, 1.0), Limit(1, 0.04)))
        went: list[int] = []

        def go(number: int) -> None:
            with pacer.turn():
                went.append(number)

        threads = [threading.Thread(target=go, args=[number]) for number in range(8)]
        with pacer.turn():  # none goes while this one is on its way
            for waiting, thread in enumerate(threads):
                thread.start()
                wait_until(lambda: len(pacer._queue) > waiting)  # noqa: B023  # it is called at once
        for thread in threads:
            thread.join()
        assert went == list(range(8))

    def test_who_gives_up_waiting_is_in_nobodys_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        virtual = VirtualTime()
        pacer = Pacer(Pace(Limit(1, 10.0), Limit(1, 10.0)), time=virtual)
        with pacer.turn():
            pass
        with monkeypatch.context() as patch:
            patch.setattr(virtual, "wait", interrupt)
            with pytest.raises(KeyboardInterrupt), pacer.turn():
                pass
        with pacer.turn():
            assert virtual.seconds == 10


class TestWhatTheUserHears:
    def test_of_a_long_wait_at_once_and_then_once_a_minute(self) -> None:
        virtual, told = VirtualTime(), list[tuple[float, str]]()
        pace = Pace(Limit(4, 60.0), Limit(4, 1.0))
        pacer = Pacer(pace, time=virtual, report=lambda line: told.append((virtual.seconds, line)))
        sending_times(pacer, virtual, 12)
        assert told[0] == (
            0.0,
            "waiting 20 s for the next request: 4 in 60 s stay within DigiCert's rate limit",
        )
        moments = [moment for moment, _ in told]
        assert len(moments) > 1
        assert all(later - earlier >= 60 for earlier, later in pairwise(moments))


class TestAnother429:
    """DigiCert turns requests away although this process keeps within its limit."""

    @pytest.fixture
    def virtual(self) -> VirtualTime:
        return VirtualTime()

    @pytest.fixture
    def told(self) -> list[str]:
        return []

    @pytest.fixture
    def pacer(self, virtual: VirtualTime, told: list[str]) -> Pacer:
        return Pacer(time=virtual, report=told.append)

    def turn_away(self, pacer: Pacer) -> None:
        with pacer.turn() as turn:
            turn.turned_away = True

    def test_all_stop_for_a_while_and_the_user_hears_why(
        self, pacer: Pacer, virtual: VirtualTime, told: list[str]
    ) -> None:
        self.turn_away(pacer)
        with pacer.turn():
            assert 5 <= virtual.seconds <= 10
        [line] = told
        assert "another client uses it as well" in line

    def test_they_stay_away_longer_each_time(self, pacer: Pacer, virtual: VirtualTime) -> None:
        pauses = []
        for _ in range(6):
            before = virtual.seconds
            self.turn_away(pacer)
            pauses.append(virtual.seconds - before)
        assert pauses[0] == 0
        for number, pause in enumerate(pauses[1:4]):
            assert 5 * 2**number - 1e-6 <= pause <= 10 * 2**number + 1e-6
        assert pauses[-1] == about(60)

    def test_what_was_on_its_way_already_counts_once(self, pacer: Pacer, virtual: VirtualTime) -> None:
        with pacer.turn() as first, pacer.turn() as second, pacer.turn() as third:
            first.turned_away = second.turned_away = third.turned_away = True
        with pacer.turn():
            assert virtual.seconds <= 10

    def test_a_single_one_tries_first(self, pacer: Pacer, virtual: VirtualTime) -> None:
        self.turn_away(pacer)
        probe = pacer.turn()
        probe.__enter__()
        virtual.at(virtual.seconds + 3, partial(probe.__exit__, None, None, None))
        tried = virtual.seconds
        with pacer.turn():
            assert virtual.seconds >= tried + 3

    def test_then_it_goes_on_at_half_the_pace_and_comes_back_by_and_by(
        self, pacer: Pacer, virtual: VirtualTime
    ) -> None:
        self.turn_away(pacer)
        sent = sending_times(pacer, virtual, 700)
        gaps = [later - earlier for earlier, later in pairwise(sent)]
        assert gaps[0] == about(0.6, abs=0.01)
        assert gaps[50] > gaps[200] > gaps[300]
        whole = next(moment for moment, gap in zip(sent, gaps, strict=False) if gap == 0)
        assert whole - sent[0] == about(150, abs=1)
        assert sum(moment < sent[0] + 300 for moment in sent) > 600

    def test_patience_is_lost_when_nothing_gets_through_for_long(
        self, pacer: Pacer, virtual: VirtualTime
    ) -> None:
        self.turn_away(pacer)
        began = virtual.seconds
        while not pacer.lost_patience():
            self.turn_away(pacer)
        assert 900 < virtual.seconds - began < 1000

    def test_patience_is_new_when_one_got_through(self, pacer: Pacer, virtual: VirtualTime) -> None:
        for _ in range(12):
            self.turn_away(pacer)
        with pacer.turn():
            pass
        virtual.pass_by(1000)
        self.turn_away(pacer)
        assert not pacer.lost_patience()

    def test_with_another_client_on_half_the_limit_everything_gets_through(self) -> None:
        virtual, server = serve(*STRICTEST)
        theirs = {"refused": 0}

        def other() -> None:
            theirs["refused"] += not server.limiter.allows("user")
            virtual.at(virtual.seconds + 0.6, other)

        virtual.at(0.0, other)
        pacer = Pacer(time=virtual)
        done = 0
        while done < 1200:
            before = server.refused
            server.send(pacer, 0.0, 0.2)
            virtual.pass_by(0.2)
            done += server.refused == before
        assert server.refused < 0.05 * done
        assert virtual.seconds < 2 * done * 0.6


def test_an_unpaced_client_waits_for_a_429_alone(
    client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(tmp_path) as sandbox:
        unpaced = client(sandbox.base_url, api_key=sandbox.user_key)
        with monkeypatch.context() as patched:
            patched.setattr(pacer_module.Time, "wait", lambda *_: pytest.fail("it waits"))
            for _ in range(150):
                unpaced.get_user()
        sandbox.set_limits("1/1000")
        once = client(sandbox.base_url, api_key=sandbox.user_key, retry_budget=0.0)
        once.get_user()
        with pytest.raises(RateLimited):
            once.get_user()


class TestAReservation:
    @pytest.mark.parametrize(("reads", "really"), [(1, 1), (3, 3), (3, 1)])
    def test_lets_its_calls_go_at_once_at_whatever_pace(self, reads: int, really: int) -> None:
        virtual, single = VirtualTime(), VirtualTime()
        pacer = Pacer(Pace.of(share=1 / 10), time=virtual)
        for _ in range(40):
            assert spend(pacer, virtual, reads, really) == [virtual.seconds] * (really + 1)
        # What was not needed was given back: so many calls take hardly longer than one by one.
        one_by_one = Pacer(Pace.of(share=1 / 10), time=single)
        assert virtual.seconds < 1.2 * sending_times(one_by_one, single, 40 * (1 + really))[-1]

    def test_that_takes_more_calls_than_a_window_holds_waits_for_another_place(self) -> None:
        virtual = VirtualTime()
        pacer = Pacer(Pace(Limit(1, 10.0), Limit(1, 10.0)), time=virtual)
        assert spend(pacer, virtual, 3) == [0, 10, 20, 30]

    def test_waits_until_the_long_window_has_a_place_for_each_of_its_calls(self) -> None:
        virtual = VirtualTime()
        ages = [float(age) for age in range(1, 10)]
        pacer = Pacer(Pace(Limit(10, 100.0), Limit(10, 5.0)), time=virtual, others=Noted(ages))
        assert spend(pacer, virtual, 3) == [100 - 7] * 4

    def test_gives_its_places_back_where_its_block_fails(self) -> None:
        pacer = Pacer(Pace(Limit(2, 10.0), Limit(2, 10.0)), time=VirtualTime())
        for _ in range(5):
            with pytest.raises(Unreachable), pacer.reserve(lambda: 2):
                raise Unreachable("no connection")

    def test_tells_for_how_long_its_thread_has_waited(self) -> None:
        virtual = VirtualTime()
        pacer = Pacer(Pace(Limit(1, 10.0), Limit(1, 10.0)), time=virtual)
        spend(pacer, virtual, 3)
        assert pacer.waited() == 30

    def test_of_one_thread_that_takes_more_and_more_does_not_keep_others_waiting(self) -> None:
        pacer = Pacer(Pace(Limit(4, 0.02), Limit(4, 0.02)))

        def work(_: int) -> None:
            with pacer.reserve(lambda: 4) as extend:
                for _ in range(12):
                    with pacer.turn():
                        pass
                extend()

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(work, range(16))) == [None] * 16


def test_a_call_that_is_not_wanted_any_more_is_not_sent() -> None:
    pacer = Pacer(interrupted=lambda: True)
    with pytest.raises(Interrupted, match="not sent, because the operation was cancelled"), pacer.turn():
        pytest.fail("it went")
