"""Processes that spend one rate limit at the same time: in one queue, to the call, and as fast as the rate allows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from support.virtual_time import SharedVirtualTime

from digicert_pulumi.certcentral import Ledger, Pace, Pacer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digicert_pulumi.certcentral.ledger import Note

LATENCY = 0.2

STALE = 30.0


class Board:
    """The ledger of a machine, without a file."""

    def __init__(self) -> None:
        self.notes: dict[object, Note] = {}

    def of(self, process: object) -> Board.Access:
        return Board.Access(self, process)

    class Access:
        def __init__(self, board: Board, process: object) -> None:
            self._notes, self._process = board.notes, process

        def exchange(self, write: Callable[[list[Note]], Note]) -> None:
            others = [note for process, note in self._notes.items() if process != self._process]
            self._notes[self._process] = write(others)


class Stack:
    """What an update does: it checks every order, and then looks at each once more, sends, and reads back."""

    def __init__(self, time: SharedVirtualTime, pacer: Pacer, orders: int, sent: list[float]) -> None:
        self._time, self._pacer, self._orders, self._sent = time, pacer, orders, sent
        self._read = 0.0

    def __call__(self) -> None:
        checked = [self._checked() for _ in range(self._orders)]
        for moment in checked:
            self._read = moment
            with self._pacer.reserve(lambda: 1 + self._is_stale()) as extend:
                while self._is_stale():
                    self._read = self._checked()
                    if not extend():
                        break
                assert not self._is_stale()
                with self._pacer.turn():
                    self._call()
            self._checked()

    def _is_stale(self) -> bool:
        return self._time.now() - self._read > STALE

    def _checked(self) -> float:
        with self._pacer.turn():
            self._call()
        return self._time.now()

    def _call(self) -> None:
        self._sent.append(self._time.now())
        self._time.sleep(LATENCY)


def run(
    time: SharedVirtualTime, pace: Pace, stacks: int, orders: int, ledger: Callable[[int], Ledger]
) -> None:
    """Have stacks revoke orders together, and see that no window is overfilled and no time is lost."""
    sent: list[float] = []
    time.run(
        *(
            Stack(time, Pacer(pace, time=time, others=ledger(number)), orders, sent)
            for number in range(stacks)
        )
    )
    assert 3 * stacks * orders <= len(sent) <= 4 * stacks * orders
    for limit in (pace.window, pace.burst):
        spans = zip(sent, sent[limit.calls :], strict=False)
        assert (
            min((later - earlier for earlier, later in spans), default=limit.seconds) >= limit.seconds - 1e-6
        )
    # A stack alone has no call in flight while it waits for an answer.
    allowed = max(len(sent) * pace.interval, len(sent) * LATENCY / stacks)
    assert time.seconds <= 1.2 * allowed


@pytest.mark.parametrize(
    ("stacks", "share"),
    [
        (1, 1 / 4),
        (2, 1 / 10),
        (4, 1 / 50),
        (9, 1 / 50),
        *(
            pytest.param(stacks, share, marks=pytest.mark.slow)
            for stacks in (4, 9)
            for share in (1 / 4, 1 / 200)
        ),
    ],
)
def test_any_number_of_stacks_at_any_share_takes_the_time_that_the_rate_allows(
    stacks: int, share: float
) -> None:
    pace, board = Pace.of(share=share), Board()
    orders = max(3, pace.window.calls // stacks)
    run(SharedVirtualTime(), pace, stacks, orders, board.of)  # type: ignore[arg-type]


def test_three_stacks_at_a_tenth_of_the_rate_and_their_file(tmp_path: Path) -> None:
    time = SharedVirtualTime()

    def ledger(_: int) -> Ledger:
        return Ledger(tmp_path / "calls.json", pytest.fail, clock=time)

    run(time, Pace.of(share=1 / 10), 3, 14, ledger)


def test_who_needs_several_calls_is_not_kept_from_going_by_those_who_need_one() -> None:
    time, board, pace = SharedVirtualTime(), Board(), Pace.of(share=1 / 50)
    sent: list[float] = []
    done: list[float] = []

    def poll() -> None:
        pacer = Pacer(pace, time=time, others=board.of("poll"))
        while not done and time.now() < 10_000:
            with pacer.turn():
                time.sleep(LATENCY)

    def work() -> None:
        pacer = Pacer(pace, time=time, others=board.of("work"))
        time.sleep(600)
        Stack(time, pacer, 20, sent)()
        done.append(time.now())

    time.run(poll, poll, work)
    # Every other call is theirs, but for those that are granted together.
    assert done[0] - 600 <= 1.2 * 2 * len(sent) * pace.interval


def test_the_places_of_a_process_that_was_killed_while_it_waited_go_to_others() -> None:
    class Killed(Exception):  # noqa: N818
        pass

    def kill() -> bool:
        if time.now() > 100:
            raise Killed
        return False

    time, board, pace = SharedVirtualTime(), Board(), Pace.of(share=1 / 500)
    sent: list[float] = []

    def killed(number: int) -> None:
        pacer = Pacer(pace, time=time, others=board.of(number), interrupted=kill)
        with pytest.raises(Killed):
            Stack(time, pacer, 5, [])()

    def alive() -> None:
        pacer = Pacer(pace, time=time, others=board.of("alive"))
        time.sleep(50)
        for _ in range(6):
            with pacer.turn():
                sent.append(time.now())
                time.sleep(LATENCY)

    time.run(*(partial(killed, number) for number in range(pace.window.calls)), alive)
    assert sent[-1] <= 2 * (pace.window.seconds + 10)
