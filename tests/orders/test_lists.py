"""What the lists of an account tell, while the account goes on living."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from properties.profile import search
from support.digicert import DigiCert, client
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import (
    AccessDenied,
    ListedRequest,
    OrderPage,
    Refused,
    RequestPage,
    UnexpectedAnswer,
)
from digicert_pulumi.certcentral.models import OrderReference
from digicert_pulumi.orders.lists import NEVER, OBSERVED, SHOWN, Account
from digicert_pulumi.orders.pages import IncompleteListError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def account(digicert: DigiCert, time: VirtualTime) -> Account:
    return Account(client(digicert), time)


def read(account: Account, parts: Any = OBSERVED) -> Account:
    while not account.has(parts):
        account.read_on(parts)
    return account


@dataclass
class Strange(DigiCert):
    """One that sorts the requests as it likes, or whose list of them has flaws.

    Attributes:
        own_order: What its own order goes by; none where it gives the order that is asked for.
        refuses: Whether it refuses to be asked for another order.
        flaws: What becomes of the page that begins after so many rows.
    """

    own_order: Callable[[Strange, int], int] | None = None
    refuses: bool = False
    flaws: dict[int, Callable[[RequestPage], RequestPage]] = field(default_factory=dict)
    touched: list[int] = field(default_factory=list)

    def ask(self, *args: Any, **kwargs: Any) -> int:
        self.touched.append(super().ask(*args, **kwargs))
        return self.touched[-1]

    def decide(self, request_id: int, status: str, comment: str | None = None) -> None:
        super().decide(request_id, status, comment)
        self.touched.append(request_id)

    def list_requests(self, type_: str, offset: int = 0, *, sort: str | None = None) -> RequestPage:
        page = super().list_requests(type_, offset, sort=sort)
        if self.refuses and sort:
            raise Refused("no such field")
        if own_order := self.own_order:
            ids = sorted(self.requests, key=lambda id_: own_order(self, id_))
            rows = [
                ListedRequest(id_, request.date, request.type, request.status, OrderReference(of))
                for id_ in ids[offset : offset + self.page]
                for of, request in [self.requests[id_]]
            ]
            page = replace(page, requests=tuple(rows))
        flaw = self.flaws.get(offset)
        return flaw(page) if flaw else page


_EITHER: st.SearchStrategy[Any] = st.booleans()


def last_touched_last(digicert: Strange, request_id: int) -> int:
    return max(place for place, touched in enumerate(digicert.touched) if touched == request_id)


def last_touched_first(digicert: Strange, request_id: int) -> int:
    return -last_touched_last(digicert, request_id)


def at_call(digicert: DigiCert, name: str, number: int, happen: Callable[[], object]) -> None:
    """Let something happen right before the so-manyeth call of a method."""

    def before(called: str) -> None:
        if called == name and digicert.calls[name] == number - 1:
            happen()

    digicert.before = before


class TestPuttingTogether:
    def test_a_row_and_the_requests_of_the_order(self, account: Account, digicert: DigiCert) -> None:
        digicert.ask(3, "rejected")
        pending = digicert.ask(3)
        order = read(account).order(3)
        assert order is not None
        assert order.certificate == digicert.orders[3].certificate
        assert [(request.id, request.status) for request in order.requests] == [
            (1, "rejected"),
            (pending, "pending"),
        ]
        assert {request.comments for request in order.requests} == {None}

    def test_reissues_only_where_they_are_asked_for(self, account: Account, digicert: DigiCert) -> None:
        digicert.ask(3, "approved", "reissue")
        observed = read(account).order(3)
        assert observed is not None
        assert observed.requests == ()
        shown = read(account, SHOWN).order(3)
        assert shown is not None
        assert [request.type for request in shown.requests] == ["reissue"]

    def test_an_order_that_is_not_in_the_list_is_not_told_of(self, account: Account) -> None:
        assert read(account).order(99) is None

    def test_nor_one_whose_revocation_was_approved_though_its_row_does_not_show_it(
        self, account: Account, digicert: DigiCert
    ) -> None:
        request = digicert.ask(3)
        at_call(digicert, "list_requests", 1, lambda: digicert.decide(request, "approved"))
        assert read(account).order(3) is None

    def test_a_revoked_order_is(self, account: Account, digicert: DigiCert) -> None:
        digicert.decide(digicert.ask(3), "approved")
        order = read(account).order(3)
        assert order is not None
        assert order.status == "revoked"


class TestThePrice:
    def test_is_known_when_each_list_has_begun(self, account: Account, digicert: DigiCert) -> None:
        for _ in range(7):
            digicert.ask(3)
        assert account.price(OBSERVED) == 2
        account.read_on(OBSERVED)
        assert account.price(OBSERVED) == 4 + 1
        account.read_on(OBSERVED)
        assert account.price(OBSERVED) == 4 + 2
        before = digicert.total
        read(account)
        assert digicert.total - before == 4

    def test_is_nothing_for_what_is_there(self, account: Account) -> None:
        assert read(account).price(OBSERVED) == 0
        assert account.price(SHOWN) == 1

    def test_an_empty_account_has_a_page_of_each_list(self, time: VirtualTime) -> None:
        empty = DigiCert(time)
        read(Account(client(empty), time))
        assert empty.total == 2


class TestWhileOrdersMove:
    def test_an_order_that_another_one_pushes_off_its_page_is_not_misread(
        self, account: Account, digicert: DigiCert
    ) -> None:
        at_call(digicert, "list_orders", 2, lambda: digicert.orders.pop(1))
        read(account)
        assert account.order(6) is None
        for order_id in (*range(2, 6), *range(7, 21)):
            assert account.order(order_id) == digicert.orders[order_id]

    def test_an_order_that_comes_in_between_is_read_or_not_told_of(
        self, account: Account, digicert: DigiCert
    ) -> None:
        at_call(digicert, "list_orders", 3, lambda: digicert.add(0, 21))
        read(account)
        assert account.order(0) is None
        for order_id in range(1, 22):
            assert account.order(order_id) == digicert.orders[order_id]

    def test_a_list_that_shrinks_under_the_reading_ends(self, account: Account, digicert: DigiCert) -> None:
        at_call(digicert, "list_orders", 2, digicert.orders.clear)
        read(account)
        assert digicert.calls["list_orders"] == 2

    def test_of_a_row_that_is_read_twice_the_later_one_counts(
        self, account: Account, digicert: DigiCert
    ) -> None:
        def happen() -> None:
            digicert.add(0)
            digicert.change(5, "revoked")

        at_call(digicert, "list_orders", 2, happen)
        order = read(account).order(5)
        assert order is not None
        assert order.status == "revoked"


class TestFreshening:
    def test_two_calls_tell_what_is_new(
        self, account: Account, digicert: DigiCert, time: VirtualTime
    ) -> None:
        read(account)
        time.pass_by(40)
        request = digicert.ask(3)
        digicert.change(4, "revoked")
        digicert.calls.clear()
        assert account.freshen() == {3}
        assert digicert.total == account.freshening_price == 2
        assert account.as_of == 40
        order = account.order(3)
        assert order is not None
        assert [row.id for row in order.requests] == [request]
        assert account.order(4) is None

    def test_what_happened_while_the_lists_were_read_is_told_as_well(
        self, account: Account, digicert: DigiCert, time: VirtualTime
    ) -> None:
        def happen() -> None:
            time.pass_by(200)
            digicert.change(2, "revoked")

        at_call(digicert, "list_orders", 2, happen)
        read(account)
        assert account.as_of == 0
        account.freshen()
        assert account.order(2) is None

    def test_it_is_as_young_as_its_beginning(
        self, account: Account, digicert: DigiCert, time: VirtualTime
    ) -> None:
        read(account)
        time.pass_by(40)
        digicert.before = lambda _: time.pass_by(5)
        account.freshen()
        assert account.as_of == 40

    def test_more_new_requests_than_a_page_are_read_to_the_first_known_one(
        self, account: Account, digicert: DigiCert
    ) -> None:
        for _ in range(30):
            digicert.ask(1)
        read(account)
        for order_id in range(2, 10):
            digicert.ask(order_id)
        digicert.calls.clear()
        assert account.freshen() == set(range(2, 10))
        assert digicert.calls["list_requests"] == 2

    def test_a_decision_on_a_request_of_the_first_page_is_told(
        self, account: Account, digicert: DigiCert
    ) -> None:
        request = digicert.ask(3)
        read(account)
        digicert.decide(request, "rejected")
        assert account.freshen() == set()
        assert [row.status for row in account.revocations(3)] == ["rejected"]

    def test_a_call_that_waited_longer_than_it_looks_back_is_made_again(
        self, account: Account, digicert: DigiCert, time: VirtualTime
    ) -> None:
        read(account)
        digicert.change(4, "revoked")
        at_call(digicert, "status_changes", 1, lambda: time.pass_by(1000))
        account.freshen()
        assert digicert.calls["status_changes"] == 2
        assert account.order(4) is None

    def test_what_comes_while_several_pages_are_read_does_not_end_it(
        self, account: Account, digicert: DigiCert
    ) -> None:
        """It pushes a row that was just read onto the next page, which is then none that was known before."""
        digicert.ask(1)
        read(account)
        for order_id in range(2, 15):
            digicert.ask(order_id)
        digicert.calls.clear()
        at_call(digicert, "list_requests", 2, lambda: digicert.ask(20))
        assert account.freshen() == set(range(2, 15))

    def test_that_fails_between_two_pages_is_made_anew_down_to_what_was_known_before(
        self, account: Account, digicert: DigiCert
    ) -> None:
        digicert.ask(1)
        read(account)
        for order_id in range(2, 10):
            digicert.ask(order_id)
        digicert.calls.clear()

        def deny() -> None:
            raise AccessDenied("no")

        at_call(digicert, "list_requests", 2, deny)
        with pytest.raises(AccessDenied):
            account.freshen()
        digicert.before = lambda _: None
        assert account.freshen() == set(range(2, 10))

    def test_what_is_new_is_told_even_where_the_changes_could_only_be_read_the_next_time(
        self, account: Account, digicert: DigiCert
    ) -> None:
        read(account)
        digicert.ask(3)

        def deny() -> None:
            raise AccessDenied("no")

        at_call(digicert, "status_changes", 1, deny)
        with pytest.raises(AccessDenied):
            account.freshen()
        digicert.before = lambda _: None
        assert account.freshen() == {3}
        assert account.freshen() == set()

    def test_that_fails_leaves_the_age_as_it_is(
        self, account: Account, digicert: DigiCert, time: VirtualTime
    ) -> None:
        read(account)
        time.pass_by(40)

        def fail(name: str) -> None:
            if name == "status_changes":
                raise AccessDenied("no")

        digicert.before = fail
        with pytest.raises(AccessDenied):
            account.freshen()
        assert account.as_of == 0


class TestSorting:
    def test_where_the_newest_requests_do_not_come_first_all_are_read(
        self, account: Account, digicert: DigiCert
    ) -> None:
        digicert.sorts = False
        for _ in range(12):
            digicert.ask(1)
        read(account)
        request = digicert.ask(3)
        digicert.calls.clear()
        assert account.freshening_price == 4
        assert account.freshen() == {3}
        assert [row.id for row in account.revocations(3)] == [request]
        assert digicert.total == 4

    def test_where_an_order_is_refused_digicerts_own_is_taken(self, time: VirtualTime) -> None:
        class Particular(DigiCert):
            def list_orders(self, offset: int = 0, *, sort: str | None = None) -> OrderPage:
                if sort:
                    self.calls["refused"] += 1
                    raise Refused("no such field")
                return super().list_orders(offset)

        particular = Particular(time, page=5)
        particular.add(*range(1, 21))
        account = read(Account(client(particular), time))
        assert account.order(20) == particular.orders[20]
        assert particular.calls["refused"] == 1

    def test_a_denied_list_is_not_asked_for_again(self, account: Account, digicert: DigiCert) -> None:
        def deny(_: str) -> None:
            digicert.calls["denied"] += 1
            raise AccessDenied("no")

        digicert.before = deny
        with pytest.raises(AccessDenied):
            account.read_on(OBSERVED)
        assert digicert.calls["denied"] == 1
        assert account.as_of == NEVER


class TestAListOfRequestsThatIsNotWhole:
    """What it does not show may exist: it is never taken for "no request stands"."""

    @pytest.fixture
    def account(self, strange: Strange, time: VirtualTime) -> Account:
        return Account(client(strange), time)

    @pytest.fixture
    def strange(self, time: VirtualTime) -> Strange:
        account = Strange(time, page=5)
        account.add(*range(1, 21))
        for order_id in range(1, 13):
            account.ask(order_id)
        return account

    @pytest.mark.parametrize("offset", [0, 5, 10])
    def test_because_of_a_strange_row_is_not_used(
        self, account: Account, strange: Strange, offset: int
    ) -> None:
        strange.flaws[offset] = lambda page: replace(page, requests=page.requests[1:])
        with pytest.raises(UnexpectedAnswer, match="1 requests in DigiCert's list are not as documented"):
            read(account)
        assert account.as_of == NEVER

    def test_because_of_a_row_of_an_unknown_type_is_not_used(
        self, account: Account, strange: Strange
    ) -> None:
        strange.flaws[5] = lambda page: replace(
            page, requests=page.requests[1:], others=(replace(page.requests[0], type="revocation"),)
        )
        with pytest.raises(UnexpectedAnswer, match="1 requests in DigiCert's list are not as documented"):
            read(account)

    def test_because_of_an_empty_page_is_not_used_and_begins_anew(
        self, account: Account, strange: Strange
    ) -> None:
        strange.flaws[5] = lambda page: replace(page, requests=(), rows=0)
        with pytest.raises(IncompleteListError):
            read(account)
        assert account.as_of == NEVER
        strange.flaws.clear()
        strange.calls.clear()
        read(account)
        assert strange.calls["list_requests"] == 3
        assert all(account.revocations(order_id) for order_id in range(1, 13))

    @pytest.mark.parametrize("offset", [0, 5, 10])
    def test_because_digicert_does_not_count_it_is_not_used(
        self, account: Account, strange: Strange, offset: int
    ) -> None:
        strange.flaws[offset] = lambda page: replace(page, counted=False)
        with pytest.raises(IncompleteListError):
            read(account)
        assert account.as_of == NEVER

    def test_because_it_is_empty_without_a_count_is_not_used(
        self, account: Account, strange: Strange
    ) -> None:
        strange.flaws[0] = lambda _: RequestPage((), 0, 0, counted=False)
        with pytest.raises(IncompleteListError):
            read(account)
        assert account.as_of == NEVER

    def test_because_it_ignores_its_offset_ends_and_is_not_used(
        self, account: Account, strange: Strange
    ) -> None:
        first = DigiCert.list_requests(strange, "revoke", 0, sort="-id")
        strange.flaws = dict.fromkeys(range(0, 1000, 5), lambda _: replace(first, total=1000))
        strange.calls.clear()
        with pytest.raises(IncompleteListError):
            read(account)
        assert strange.calls["list_requests"] == 2

    def test_and_not_counted_is_not_freshened_from(self, account: Account, strange: Strange) -> None:
        read(account)
        strange.ask(13)
        strange.flaws[0] = lambda page: replace(page, total=page.rows + 1, counted=False)
        with pytest.raises(IncompleteListError):
            account.freshen()
        assert account.as_of == 0

    def test_because_a_row_moved_in_digicerts_own_order_is_not_used(
        self, account: Account, strange: Strange
    ) -> None:
        strange.own_order = last_touched_first
        at_call(strange, "list_requests", 2, lambda: strange.decide(1, "rejected"))
        with pytest.raises(IncompleteListError):
            read(account)
        strange.before = lambda _: None
        assert [row.status for row in read(account).revocations(1)] == ["rejected"]

    def test_is_not_freshened_from(self, account: Account, strange: Strange) -> None:
        read(account)
        strange.ask(13)
        strange.flaws[0] = lambda page: replace(page, requests=page.requests[1:])
        with pytest.raises(UnexpectedAnswer):
            account.freshen()
        assert account.as_of == 0

    def test_is_not_what_others_ask_for_meanwhile(self, account: Account, strange: Strange) -> None:
        """They come before the first page, and are read when it is freshened."""
        at_call(strange, "list_requests", 2, lambda: strange.ask(13))
        read(account)
        assert strange.calls["list_requests"] == 3
        assert account.freshen() == {13}

    def test_is_not_what_a_filter_let_through(self, account: Account, strange: Strange) -> None:
        strange.flaws[5] = lambda page: replace(page, requests=page.requests[1:], others=page.requests[:1])
        read(account)
        assert strange.calls["list_requests"] == 3

    def test_is_not_gone_on_with_in_another_order(self, account: Account, strange: Strange) -> None:
        def refuse() -> None:
            strange.refuses = True

        at_call(strange, "list_requests", 2, refuse)
        with pytest.raises(Refused):
            read(account)
        assert account.as_of == NEVER


class TestAListOfOrdersThatIsNotWhole:
    def test_says_nothing_of_the_order_that_it_does_not_show(
        self, account: Account, digicert: DigiCert, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = digicert.list_orders

        def without_the_first(offset: int = 0, **query: Any) -> OrderPage:
            page = whole(offset, **query)
            return replace(page, orders=page.orders[1:])

        monkeypatch.setattr(digicert, "list_orders", without_the_first)
        read(account)
        assert [order_id for order_id in range(1, 21) if account.order(order_id) is None] == [1, 6, 11, 16]

    def test_because_of_an_empty_page_is_not_used(
        self, account: Account, digicert: DigiCert, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = digicert.list_orders

        def with_an_empty_page(offset: int = 0, **query: Any) -> OrderPage:
            page = whole(offset, **query)
            return replace(page, orders=(), rows=0) if offset == 10 else page

        monkeypatch.setattr(digicert, "list_orders", with_an_empty_page)
        with pytest.raises(IncompleteListError):
            read(account)

    def test_is_read_to_its_end_where_digicert_does_not_count_it(
        self, account: Account, digicert: DigiCert, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = digicert.list_orders

        def without_a_count(offset: int = 0, **query: Any) -> OrderPage:
            page = whole(offset, **query)
            return replace(page, total=offset + page.rows + bool(page.rows), counted=False)

        monkeypatch.setattr(digicert, "list_orders", without_a_count)
        read(account)
        assert all(account.order(order_id) for order_id in range(1, 21))


@search(60)
@given(st.data())
def test_a_request_is_known_or_the_lists_are_not_used(data: st.DataObject) -> None:
    """In whatever order DigiCert gives them, and whatever happens meanwhile."""
    time = VirtualTime()
    digicert = Strange(time, page=data.draw(st.integers(1, 4)))
    digicert.add(1)
    digicert.own_order = data.draw(st.sampled_from([None, last_touched_first, last_touched_last]))
    digicert.refuses = data.draw(st.booleans())
    for _ in range(data.draw(st.integers(0, 8))):
        digicert.ask(1)

    def happen() -> None:
        for _ in range(data.draw(st.sampled_from([0, 0, 1, 3]))):
            opened = [id_ for id_, (_, request) in digicert.requests.items() if request.status == "pending"]
            if opened and data.draw(_EITHER):
                digicert.decide(data.draw(st.sampled_from(opened)), "rejected")
            else:
                digicert.ask(1)

    digicert.before = lambda _: happen()
    account = Account(client(digicert), time)
    existing = set(digicert.requests)
    try:
        read(account)
    except IncompleteListError:
        return
    assert existing <= {request.id for request in account.revocations(1)}
    for _ in range(3):
        happen()
        existing = set(digicert.requests)
        try:
            account.freshen()
        except IncompleteListError:
            continue
        assert existing <= {request.id for request in account.revocations(1)}


def test_orders_are_told_as_they_are(account: Account, digicert: DigiCert) -> None:
    digicert.orders[7] = replace(digicert.orders[7], has_duplicates=True, organization=None)
    assert read(account).order(7) == digicert.orders[7]
