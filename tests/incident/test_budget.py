"""One rate for all the stacks of a run, though every stack has a process, and a pacer, of its own."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runner.budget import Calls, pause

from digicert_pulumi.certcentral import Pace, Pacer
from digicert_pulumi.certcentral.pacer import Time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from threading import Condition

PACE = Pace()
ANSWER = 0.1
START_UP = 3.0


class VirtualTime(Time):
    """A time in which waiting takes none."""

    def __init__(self) -> None:
        self.clock = 0.0

    def now(self) -> float:
        return self.clock

    def wait(self, changed: Condition, seconds: float | None) -> None:  # noqa: ARG002
        assert seconds is not None
        self.clock += seconds


def calls_of(stacks: list[int], pace: Pace) -> Iterator[float]:
    """When the calls of stack after stack are made, each by a process of its own that makes as many as it can."""
    time = VirtualTime()
    made: list[float] = []
    for wanted in stacks:
        time.clock += pause(pace, [time.clock - moment for moment in reversed(made)], wanted)
        pacer = Pacer(pace, time=time)
        for _ in range(wanted):
            with pacer.turn():
                made.append(time.clock)
                time.clock += ANSWER / 4  # four threads
        time.clock += START_UP
    yield from made


def most_in(seconds: float, moments: list[float]) -> int:
    first = most = 0
    for last, moment in enumerate(moments):
        while moments[first] <= moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@settings(max_examples=15, deadline=None)
@given(
    stacks=st.lists(st.integers(1, 1500), min_size=2, max_size=3),
    machines=st.sampled_from([1, 2, 3]),
)
def test_no_window_holds_more_than_its_share(stacks: list[int], machines: int) -> None:
    pace = Pace.of(share=1 / machines)
    moments = list(calls_of(stacks, pace))
    assert len(moments) == sum(stacks)
    assert most_in(300, moments) <= 1000 / machines
    assert most_in(5, moments) <= 100 / machines


@pytest.mark.parametrize("size", [150, 900, 3000])
def test_little_of_the_rate_is_lost_between_stacks(size: int) -> None:
    stacks = [size] * (9000 // size)
    moments = list(calls_of(stacks, PACE))
    assert moments[-1] < 1.1 * 60 * sum(stacks) / 200


def test_the_first_stack_does_not_wait() -> None:
    assert pause(PACE, [], 2000) == 0
    assert pause(PACE, [301.0] * 1000, 2000) == 0


LOG = """\
2026-03-01 10:00:00,000 4711 MainThread DEBUG digicert_pulumi.certcentral: GET /order/certificate/7: 200 in 20 ms (attempt 1)
2026-03-01 10:00:10,500 4711 MainThread DEBUG digicert_pulumi.certcentral: PUT /order/certificate/7/revoke: 503 in 9 ms (attempt 1)
2026-03-01 10:00:11,000 4712 ThreadPoolExecutor-0_1 DEBUG digicert_pulumi.certcentral: PUT /order/certificate/8/revoke: 201 in 7 ms (attempt 2)
2026-03-01 10:00:11,000 4712 ThreadPoolExecutor-0_1 DEBUG digicert_pulumi.dynamic: create failed
Traceback (most recent call last):
"""


def test_the_log_is_in_utc_whatever_the_time_of_the_place_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    log = tmp_path / "calls.log"
    log.write_text(LOG)
    moment = datetime(2026, 3, 1, 10, 0, 12, tzinfo=timezone.utc).timestamp()
    ages = Calls(log).ages(moment)
    monkeypatch.undo()
    time.tzset()
    assert ages == [1.0, 1.5, 12.0]


def test_the_calls_are_read_from_the_debug_log_as_it_grows(tmp_path: Path) -> None:
    log = tmp_path / "calls.log"
    calls = Calls(log)
    assert (calls.count(), calls.ages(), calls.sent) == (0, [], set())
    log.write_text(LOG)
    assert calls.count() == 3
    assert calls.sent == {8}
    assert [round(younger - older, 3) for older, younger in pairwise(calls.ages(0))] == [0.5, 10.5]
    more = "2026-03-01 10:00:12,000 1 X DEBUG y: PUT /order/certificate/9/revoke: 204 in 7 ms (attempt 1)\n"
    with log.open("a") as file:
        file.write(more[:50])
        file.flush()
        assert calls.count() == 3
        file.write(more[50:])
    assert calls.count() == 4
    assert calls.sent == {8, 9}
