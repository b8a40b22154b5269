"""What the reader spends, against one who knows beforehand what will be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from properties.profile import search
from support.digicert import DigiCert, client, to_decide_on
from support.virtual_time import VirtualTime

from digicert_pulumi.orders.reader import FRESH_SECONDS, SHOWN_SECONDS, Reader, Reading
from digicert_pulumi.revoking.requests import undecidable_requests

if TYPE_CHECKING:
    from collections.abc import Sequence

FRESHENING = 2
"""The calls that tell what changed since the lists were read."""

PAGE = 5
"""Rows of a page, so that small accounts have many."""


@dataclass(frozen=True)
class Need:
    """What an ask needs.

    Attributes:
        method: The reader's.
        single: How old a reading of the order alone may be.
        listed: How old the lists may be.
        lists: How many lists it takes.
    """

    method: str
    single: float
    listed: float
    lists: int


DECIDE = Need("order_to_decide_on", FRESH_SECONDS, FRESH_SECONDS, 2)
SHOW = Need("order_to_show", FRESH_SECONDS, SHOWN_SECONDS, 3)
OBSERVE = Need("order_to_observe", 0, SHOWN_SECONDS, 2)


@dataclass(frozen=True)
class Ask:
    """An order that is asked for, so many seconds after the one before."""

    after: float
    order_id: int
    need: Need


@dataclass(frozen=True)
class Size:
    """How many orders, revoke requests and reissue requests an account has."""

    orders: int
    revocations: int
    reissues: int

    def pages(self, lists: int) -> int:
        counts = (self.orders, self.revocations, self.reissues)
        return sum(max(1, ceil(count / PAGE)) for count in counts[:lists])


def spent(size: Size, asks: Sequence[Ask]) -> int:
    """What the reader spends."""
    time = VirtualTime()
    digicert = DigiCert(time, page=PAGE)
    digicert.add(*range(1, size.orders + 1))
    for number in range(size.revocations):
        digicert.ask(1 + number % size.orders)
    for number in range(size.reissues):
        digicert.ask(1 + number % size.orders, "approved", "reissue")
    reader = Reader(client(digicert), print, clock=time, unclear=undecidable_requests)
    for ask in asks:
        time.pass_by(ask.after)
        if ask.need is DECIDE:
            answer = to_decide_on(reader, ask.order_id)
        else:
            answer = getattr(reader, ask.need.method)(ask.order_id)
        order = answer.order if isinstance(answer, Reading) else answer
        assert order.id == ask.order_id
    return digicert.total


def optimum(size: Size, asks: Sequence[Ask]) -> int:
    """The least that could have been spent by one who knew all the asks, each for the same lists.

    A reading is never made before an ask needs it. So the lists are read at one of the asks or never; what changed is
    asked at some of the later ones; and what no list is young enough for is read singly.
    """
    moments = [sum(ask.after for ask in asks[: number + 1]) for number in range(len(asks))]

    def singly(begin: int, end: int, listed_at: float = float("-inf")) -> int:
        calls, last = 0, dict[int, float]()
        for moment, ask in zip(moments[begin:end], asks[begin:end], strict=True):
            if moment - listed_at < ask.need.listed:
                continue
            if moment - last.get(ask.order_id, float("-inf")) < ask.need.single:
                continue
            calls += 1
            last[ask.order_id] = moment
        return calls

    @cache
    def after_lists_at(number: int) -> int:
        """From the ask at which the lists became young."""
        ends = [
            singly(number, later, moments[number]) + FRESHENING + after_lists_at(later)
            for later in range(number + 1, len(asks))
        ]
        return min([*ends, singly(number, len(asks), moments[number])])

    never = singly(0, len(asks))
    price = size.pages(asks[0].need.lists)
    return min([never, *(singly(0, n) + price + after_lists_at(n) for n in range(len(asks)))])


gaps = st.sampled_from([0.0, 0.0, 0.0, 0.5, 10.0, 29.0, 31.0, 119.0, 121.0, 500.0])


@st.composite
def sequences(draw: st.DrawFn, *needs: Need, longest: int, largest: int = 60) -> tuple[Size, list[Ask]]:
    size = Size(draw(st.integers(1, largest)), draw(st.integers(0, largest)), draw(st.integers(0, largest)))
    asks = st.builds(Ask, gaps, st.integers(1, size.orders), st.sampled_from(needs))
    return size, draw(st.lists(asks, min_size=1, max_size=longest))


@search(50)
@given(sequences(DECIDE, OBSERVE, longest=40))
@example((Size(5, 0, 0), [Ask(0, 1, OBSERVE)] * 3))
@example((Size(60, 40, 0), [Ask(0, 1 + number, DECIDE) for number in range(40)]))
def test_deciding_and_refreshing_never_cost_more_than_twice_the_least(
    account: tuple[Size, list[Ask]],
) -> None:
    assert spent(*account) <= 2 * optimum(*account)


@search(40)
@given(sequences(SHOW, longest=40))
@example((Size(5, 0, 0), [Ask(0, 1 + number, SHOW) for number in range(4)]))
def test_previewing_never_costs_more_than_twice_the_least(account: tuple[Size, list[Ask]]) -> None:
    assert spent(*account) <= 2 * optimum(*account)


def optimum_of_an_update(size: Size, asks: Sequence[Ask]) -> int:
    """The least for asks that need different lists, found by trying everything at each ask that needs it."""

    @cache
    def least(
        number: int, moment: float, listed_at: float, lists: int, singles: tuple[tuple[int, float], ...]
    ) -> int:
        if number == len(asks):
            return 0
        ask = asks[number]
        now = moment + ask.after
        last = dict(singles)

        def go_on(listed_at: float = listed_at, lists: int = lists, *, read: bool = False) -> int:
            known = {**last, ask.order_id: now} if read else last
            return least(number + 1, now, listed_at, lists, tuple(sorted(known.items())))

        listed = ask.need.lists <= lists and now - listed_at < ask.need.listed
        if listed or now - last.get(ask.order_id, float("-inf")) < ask.need.single:
            return go_on()
        ways = [1 + go_on(read=True)]
        if ask.need.lists <= lists:
            ways.append(FRESHENING + go_on(now))
        for wanted in {ask.need.lists, 3} if lists < ask.need.lists else ():
            ways.append(size.pages(wanted) + go_on(now, wanted))
            if lists:
                stale = now - listed_at >= ask.need.listed
                ways.append(
                    size.pages(3) - size.pages(2) + stale * FRESHENING + go_on(now if stale else listed_at, 3)
                )
        return min(ways)

    return least(0, 0.0, float("-inf"), 0, ())


@st.composite
def updates(draw: st.DrawFn) -> tuple[Size, list[Ask]]:
    """What an update asks for: each order once to show it, and some time later to decide on it."""
    size = Size(*(draw(st.integers(least, 12)) for least in (1, 0, 0)))
    shown = draw(st.lists(st.integers(1, size.orders), unique=True, min_size=1, max_size=6))
    asks = []
    waiting: list[int] = []
    while shown or waiting:
        if shown and (not waiting or draw(st.booleans())):
            waiting.append(shown.pop())
            asks.append(Ask(draw(gaps), waiting[-1], SHOW))
        else:
            asks.append(Ask(draw(gaps), waiting.pop(draw(st.integers(0, len(waiting) - 1))), DECIDE))
    return size, asks


@search(40)
@given(updates())
def test_an_update_never_costs_more_than_twice_the_least(account: tuple[Size, list[Ask]]) -> None:
    assert spent(*account) <= 2 * optimum_of_an_update(*account)


@pytest.mark.parametrize("need", [DECIDE, SHOW, OBSERVE], ids=lambda need: need.method)
def test_a_single_order_costs_a_single_call(need: Need) -> None:
    assert spent(Size(20_000, 1_000, 0), [Ask(0, 1, need)]) == 1


@pytest.mark.parametrize("need", [DECIDE, SHOW, OBSERVE], ids=lambda need: need.method)
def test_two_orders_cost_two_calls(need: Need) -> None:
    assert spent(Size(20_000, 1_000, 0), [Ask(0, 1, need), Ask(0, 2, need)]) == 2


def test_however_many_orders_follow_two_calls_keep_them_fresh() -> None:
    size = Size(60, 40, 0)
    listing = spent(size, [Ask(0, 1 + number % 60, DECIDE) for number in range(60)])
    later = [Ask(31 if number == 0 else 0, 1 + number % 60, DECIDE) for number in range(60)]
    assert spent(size, [Ask(0, 1 + number % 60, DECIDE) for number in range(60)] + later) == listing + 2
