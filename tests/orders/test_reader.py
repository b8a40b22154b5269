"""What the reader answers from lists, and what it reads singly all the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from properties.profile import search
from support.digicert import DigiCert, TroubleError, client, failing, to_decide_on
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import AccessDenied, OrderNotFound, RequestPage
from digicert_pulumi.orders.certificates import has_siblings
from digicert_pulumi.orders.reader import (
    DETAILS_SINGLY,
    FRESH_SECONDS,
    READ_BACK_SINGLY,
    SHOWN_SECONDS,
    Reader,
    Reading,
)
from digicert_pulumi.revoking.notices import second_request_notice
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.rules import Submit, decide
from digicert_pulumi.revoking.spec import RevocationSpec, WholeOrder
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order

LISTS = 5
"""Calls that reading the lists takes: four pages of orders, one of revoke requests."""


def spec(order_id: int, comments: str = "Gone.") -> RevocationSpec:
    return RevocationSpec(order_id, WholeOrder(), comments)


class TestFromLists:
    def test_a_refresh_costs_nothing_more(self, listing: Reader, digicert: DigiCert) -> None:
        for order_id in range(1, 21):
            assert listing.order_to_observe(order_id) == digicert.orders[order_id]
        assert digicert.total == 0

    def test_a_list_that_is_too_old_to_show_is_freshened(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        time.pass_by(SHOWN_SECONDS)
        listing.order_to_observe(1)
        listing.order_to_observe(2)
        assert digicert.calls == {"list_requests": 1, "status_changes": 1}

    def test_a_decision_needs_a_younger_one(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        time.pass_by(FRESH_SECONDS)
        listing.order_to_observe(1)
        assert digicert.total == 0
        to_decide_on(listing, 1)
        assert digicert.total == 2

    def test_an_order_whose_status_changed_is_read_singly(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        digicert.change(3, "revoked")
        time.pass_by(FRESH_SECONDS)
        assert to_decide_on(listing, 3).order.status == "revoked"
        assert digicert.calls["get_order"] == 1

    def test_an_order_that_is_not_listed_is_read_singly_before_it_is_called_unknown(
        self, listing: Reader, digicert: DigiCert
    ) -> None:
        digicert.add(99)
        assert to_decide_on(listing, 99).order.id == 99
        with pytest.raises(OrderNotFound):
            to_decide_on(listing, 98)

    def test_an_order_about_which_something_was_sent_is_read_singly_from_then_on(
        self, listing: Reader, digicert: DigiCert
    ) -> None:
        listing.forget(3)
        listing.order_to_observe(3)
        listing.order_to_observe(3)
        to_decide_on(listing, 3)
        assert digicert.calls == {"get_order": 2}

    def test_duplicates_and_reissues_are_known(
        self, reader: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        digicert.orders[3] = replace(digicert.orders[3], has_duplicates=True)
        digicert.ask(4, "approved", "reissue")
        for order_id in range(1, 21):
            reader.order_to_show(order_id)
        time.pass_by(FRESH_SECONDS)
        digicert.calls.clear()
        for kind, of in (("duplicate", 3), ("reissue", 4)):
            shown = [reader.order_to_show(order_id) for order_id in range(1, 21)]
            assert [order.id for order in shown if has_siblings(order, kind)] == [of]
        assert digicert.calls["get_order"] == 0


class TestTheMomentOfAReading:
    """Whether the request may still leave is judged by it."""

    def test_is_when_the_order_was_asked_for(
        self, reader: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        digicert.before = lambda _: time.pass_by(7)
        assert to_decide_on(reader, 1) == Reading(digicert.orders[1], 0)
        assert to_decide_on(reader, 2).moment == 7

    def test_is_that_of_the_lists_where_they_tell(self, listing: Reader, time: VirtualTime) -> None:
        time.pass_by(10)
        assert to_decide_on(listing, 1).moment == 0
        time.pass_by(FRESH_SECONDS)
        assert to_decide_on(listing, 1).moment == 10 + FRESH_SECONDS

    def test_is_the_youngest_of_what_is_known(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        digicert.add(99)
        time.pass_by(FRESH_SECONDS - 1)
        assert to_decide_on(listing, 99).moment == FRESH_SECONDS - 1
        request = digicert.ask(99)
        time.pass_by(1)
        to_decide_on(listing, 1)
        order, moment = to_decide_on(listing, 99)
        assert [request.id for request in order.requests] == [request]
        assert moment == FRESH_SECONDS

    def test_is_not_before_something_was_sent(
        self, reader: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        """A reading that was under way then may not show it."""

        def send(_: str) -> None:
            time.pass_by(1)
            reader.forget(1)

        digicert.before = send
        reader.order_to_show(1)
        digicert.before = lambda _: None
        assert to_decide_on(reader, 1).moment == 1
        assert digicert.calls["get_order"] == 2


class TestWhereCallsAreSlow:
    def test_a_list_that_is_too_old_when_it_is_there_leaves_the_order_to_a_single_reading(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        time.pass_by(FRESH_SECONDS)
        digicert.before = lambda name: time.pass_by(FRESH_SECONDS) if name == "list_requests" else None
        reading = to_decide_on(listing, 1)
        assert listing.is_recent(reading.moment)
        assert digicert.calls == {"list_requests": 1, "status_changes": 1, "get_order": 1}

    def test_what_was_no_use_is_paid_for_by_single_readings_before_it_is_asked_for_again(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        time.pass_by(FRESH_SECONDS)
        digicert.before = lambda name: time.pass_by(FRESH_SECONDS) if name == "list_requests" else None
        for order_id in range(1, 21):
            to_decide_on(listing, order_id)
        assert digicert.calls["get_order"] == 20
        assert digicert.total <= 2 * 20

    def test_readings_are_kept_only_as_long_as_they_matter(
        self, digicert: DigiCert, time: VirtualTime
    ) -> None:
        reader = Reader(client(digicert), print, clock=time, batch=False, unclear=undecidable_requests)
        for order_id in range(1, 21):
            reader.order_to_show(order_id)
            time.pass_by(FRESH_SECONDS / 2)
        assert len(reader._readings) == 2


class TestManyCalls:
    """While the lists are read nothing else goes on."""

    def test_are_told_before_they_are_made(
        self, reader: Reader, digicert: DigiCert, told: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("digicert_pulumi.orders.reader.MANY_CALLS", 20)
        digicert.add(*range(21, 151))
        told_at: list[int] = []
        digicert.before = lambda _: told_at.append(digicert.total) if told else None
        for order_id in range(1, 151):
            reader.order_to_observe(order_id)
        [line] = told
        assert line.startswith("reading all orders and requests of the account from DigiCert's lists")
        assert line.endswith(f"lists: {len(told_at)} calls, once")
        assert digicert.total - told_at[0] == len(told_at) == 30

    def test_are_not_told_where_they_are_few(self, listing: Reader, told: list[str]) -> None:
        assert listing
        assert told == []


class TestComments:
    """A row of the request list does not have them."""

    @pytest.fixture
    def rejected(self, reader: Reader, digicert: DigiCert) -> int:
        request = digicert.ask(20, "rejected")
        for order_id in range(1, 20):
            reader.order_to_observe(order_id)
        digicert.calls.clear()
        return request

    def test_of_a_rejected_request_are_read_where_something_is_decided(
        self, reader: Reader, digicert: DigiCert, rejected: int
    ) -> None:
        order = to_decide_on(reader, 20).order
        assert [(request.id, request.comments) for request in order.requests] == [(rejected, "Gone.")]
        assert digicert.calls == {"get_request": 1}

    def test_are_not_read_for_a_refresh(self, reader: Reader, digicert: DigiCert, rejected: int) -> None:
        order = reader.order_to_observe(20)
        assert [(request.id, request.comments) for request in order.requests] == [(rejected, None)]
        assert digicert.total == 0

    def test_do_not_matter_while_a_request_is_open(
        self, reader: Reader, digicert: DigiCert, rejected: int, time: VirtualTime
    ) -> None:
        assert rejected < digicert.ask(20)
        time.pass_by(FRESH_SECONDS)
        to_decide_on(reader, 20)
        assert digicert.calls["get_request"] == 0


class TestWhereListsCannotBeRead:
    def test_everything_is_read_singly_and_they_are_not_asked_for_again(
        self, reader: Reader, digicert: DigiCert
    ) -> None:
        digicert.before = failing("list_orders", "list_requests", error=lambda: AccessDenied("no"))
        for _ in range(3):
            for order_id in range(1, 21):
                assert reader.order_to_observe(order_id).id == order_id
        assert digicert.calls == {"get_order": 60}

    def test_after_a_trouble_that_may_pass_they_are_paid_for_anew(
        self, reader: Reader, digicert: DigiCert
    ) -> None:
        digicert.before = failing("list_orders", error=lambda: TroubleError("failed"))
        for order_id in (1, 2, 3):
            reader.order_to_observe(order_id)
        digicert.before = lambda _: None
        for _ in range(3):
            for order_id in range(1, 21):
                reader.order_to_observe(order_id)
        assert digicert.calls["list_orders"] == 4
        assert digicert.calls["get_order"] <= 3 + LISTS

    def test_an_order_is_read_singly_when_what_changed_cannot_be_read(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        digicert.before = failing("status_changes", error=lambda: TroubleError("failed"))
        time.pass_by(FRESH_SECONDS)
        to_decide_on(listing, 1)
        assert digicert.calls["get_order"] == 1
        digicert.before = lambda _: None
        for order_id in range(2, 21):
            to_decide_on(listing, order_id)
        assert digicert.calls["get_order"] == 3
        assert digicert.calls["status_changes"] == 1

    def test_an_order_is_read_singly_where_its_request_may_be_the_one_that_is_missing(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = digicert.ask(3)
        time.pass_by(FRESH_SECONDS)
        whole = digicert.list_requests

        def without_the_first(type_: str, offset: int = 0, *, sort: str | None = None) -> RequestPage:
            page = whole(type_, offset, sort=sort)
            return replace(page, requests=page.requests[1:])

        monkeypatch.setattr(digicert, "list_requests", without_the_first)
        for _ in range(2):
            order = to_decide_on(listing, 3).order
            assert [request.id for request in order.requests] == [request]
        assert digicert.calls == {"list_requests": 1, "get_order": 1}

    def test_for_good_each_revocation_is_read_back(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        digicert.before = failing("list_requests", error=lambda: AccessDenied("no"))
        time.pass_by(FRESH_SECONDS)
        to_decide_on(listing, 1)
        assert all(listing.may_read_back() for _ in range(2 * READ_BACK_SINGLY))

    def test_batching_can_be_turned_off(self, digicert: DigiCert, time: VirtualTime) -> None:
        reader = Reader(client(digicert), print, clock=time, batch=False, unclear=undecidable_requests)
        for order_id in range(1, 21):
            reader.order_to_show(order_id)
        assert digicert.calls == {"get_order": 20}


class TestWhatIsAfforded:
    def test_the_first_revocations_are_read_back_singly(self, listing: Reader) -> None:
        afforded = [listing.may_read_back() for _ in range(2 * READ_BACK_SINGLY)]
        assert afforded == [True] * READ_BACK_SINGLY + [False] * READ_BACK_SINGLY

    def test_and_all_of_them_while_orders_are_read_singly(self, reader: Reader) -> None:
        assert all(reader.may_read_back() for _ in range(2 * READ_BACK_SINGLY))

    def test_details_are_read_while_orders_are_read_singly_and_a_few_times_then(
        self, reader: Reader, listing: Reader, digicert: DigiCert, time: VirtualTime
    ) -> None:
        fresh = Reader(client(digicert), print, clock=time, unclear=undecidable_requests)
        assert all(fresh.may_read_detail() for _ in range(50))
        assert [listing.may_read_detail() for _ in range(50)].count(True) == DETAILS_SINGLY
        assert reader is listing


def watch(listing: Reader, digicert: DigiCert, told: list[str]) -> None:
    """Have the second request for order 3 told, as a submission does that does not read the order back."""

    def see(order: Order) -> None:
        if notice := second_request_notice(Target(order)):
            told.append(notice)

    listing.report_changes(digicert.get_order(3), see)


class TestASecondRequest:
    """For an order that was not read back."""

    def test_is_told_when_it_shows_up(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime, told: list[str]
    ) -> None:
        ours = digicert.ask(3)
        listing.forget(3)
        watch(listing, digicert, told)
        theirs = digicert.ask(3)
        time.pass_by(FRESH_SECONDS)
        to_decide_on(listing, 1)
        [line] = told
        assert f"requests {ours} and {theirs} to revoke it are open at the same time" in line

    def test_is_told_once(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime, told: list[str]
    ) -> None:
        digicert.ask(3)
        watch(listing, digicert, told)
        digicert.ask(3)
        for _ in range(3):
            time.pass_by(FRESH_SECONDS)
            to_decide_on(listing, 1)
        assert len(told) == 1

    def test_is_told_where_only_the_changes_could_not_be_read_at_first(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime, told: list[str]
    ) -> None:
        digicert.ask(3)
        watch(listing, digicert, told)
        digicert.ask(3)
        time.pass_by(FRESH_SECONDS)
        digicert.before = failing("status_changes", error=lambda: TroubleError("failed"))
        to_decide_on(listing, 1)
        assert told == []
        digicert.before = lambda _: None
        for order_id in range(2, 6):
            to_decide_on(listing, order_id)
        assert len(told) == 1

    def test_our_own_is_none(
        self, listing: Reader, digicert: DigiCert, time: VirtualTime, told: list[str]
    ) -> None:
        digicert.ask(3)
        watch(listing, digicert, told)
        time.pass_by(FRESH_SECONDS)
        to_decide_on(listing, 1)
        assert told == []


def test_four_threads_read_the_lists_once(reader: Reader, digicert: DigiCert) -> None:
    with ThreadPoolExecutor(4) as pool:
        orders = list(pool.map(lambda number: reader.order_to_observe(1 + number % 20), range(200)))
    assert [order.id for order in orders] == [1 + number % 20 for number in range(200)]
    assert digicert.calls["list_orders"] == 4
    assert digicert.total <= 2 * LISTS


@search(50)
@given(st.data())
def test_what_is_sent_was_right_to_send_within_the_last_thirty_seconds(data: st.DataObject) -> None:
    """However others change the account meanwhile, and however long the calls take."""
    time = VirtualTime()
    digicert = DigiCert(time, page=3)
    digicert.add(*range(1, 8))
    history: dict[int, list[tuple[float, bool]]] = {order_id: [(0.0, True)] for order_id in digicert.orders}

    def truth(order_id: int) -> bool:
        requests = tuple(request for of, request in digicert.requests.values() if of == order_id)
        return isinstance(
            decide(Target(replace(digicert.orders[order_id], requests=requests)), spec(order_id)), Submit
        )

    def disturb(kind: str, order_id: int) -> None:
        own = [request for of, request in digicert.requests.values() if of == order_id]
        opened = [request for request in own if request.status == "pending"]
        if kind == "revoke":
            digicert.change(order_id, "revoked")
        elif kind == "ask" and not opened:
            digicert.ask(order_id, comments=data.draw(st.sampled_from(["Gone.", "Lost."])))
        elif kind in {"approved", "rejected"} and opened:
            digicert.decide(opened[0].id, kind)
        history[order_id].append((time.seconds, truth(order_id)))

    kinds = st.sampled_from(["revoke", "ask", "ask", "approved", "rejected"])
    for _ in range(data.draw(st.integers(0, 25))):
        moment, kind, order_id = data.draw(st.floats(0, 300)), data.draw(kinds), data.draw(st.integers(1, 7))
        time.at(moment, lambda kind=kind, order_id=order_id: disturb(kind, order_id))  # type: ignore[misc]
    digicert.before = lambda _: time.pass_by(data.draw(st.sampled_from([0.0, 0.2, 3.0])))
    reader = Reader(client(digicert), print, clock=time, unclear=undecidable_requests)
    for _ in range(data.draw(st.integers(1, 40))):
        time.pass_by(data.draw(st.sampled_from([0.0, 0.0, 1.0, 20.0])))
        order_id = data.draw(st.integers(1, 7))
        reading = to_decide_on(reader, order_id)
        if isinstance(decide(Target(reading.order), spec(order_id)), Submit) and reader.is_recent(
            reading.moment
        ):
            assert right_since(history[order_id], time.seconds - FRESH_SECONDS)


def right_since(history: list[tuple[float, bool]], moment: float) -> bool:
    """Whether it was right at that time, or at some time since."""
    at_that_time = [right for when, right in history if when <= moment]
    return (at_that_time[-1] if at_that_time else True) or any(
        right for when, right in history if when > moment
    )
