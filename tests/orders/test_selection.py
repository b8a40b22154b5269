"""Which orders a selection means, and which calls it takes to find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.orders import CODE_SIGNING, make_order

from digicert_pulumi.certcentral import AccessDenied, Certificate, OrderPage, Organization, Refused
from digicert_pulumi.certcentral.models import Container
from digicert_pulumi.orders.selection import NotWholeError, Selection, TooManyError, select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.certcentral import Order

PAGE = 3


class Account:
    """A client of an account whose list ignores every filter; `strange` rows of each page cannot be read.

    `meanwhile` happens after each page, and `refuse` says whether a page is refused that is to be sorted.
    """

    def __init__(
        self,
        *orders: Order,
        strange: int = 0,
        meanwhile: Callable[[Account], object] = lambda _: None,
        refuse: Callable[[int], Exception | None] = lambda _: None,
    ) -> None:
        self.orders = list(orders)
        self._strange = strange
        self._meanwhile = meanwhile
        self._refuse = refuse
        self.asked: list[tuple[int, str | None, Mapping[str, object]]] = []

    def list_orders(
        self, offset: int = 0, *, sort: str | None = None, filters: Mapping[str, object]
    ) -> OrderPage:
        self.asked.append((offset, sort, filters))
        if sort and (refusal := self._refuse(offset)):
            raise refusal
        orders = sorted(self.orders, key=lambda order: order.id) if sort else self.orders
        rows = tuple(orders[offset : offset + PAGE])
        page = OrderPage(rows[self._strange :], len(rows), len(orders))
        self._meanwhile(self)
        return page


def named(common_name: str | None, id_: int = 1, **changes: Any) -> Order:
    certificate = Certificate(common_name=common_name, valid_till="2027-03-01")
    return make_order(**{"id": id_, "certificate": certificate, **changes})


def test_a_container_is_meant_by_its_name_or_its_id() -> None:
    orders = [named("a.example.com", 1, container=Container(5, "Shop")), named("b.example.com", 2)]
    for container in ("shop", 5):
        account = Account(*orders)
        assert found(account, Selection(container=container)) == [1]
        assert account.asked[0][2] == ({"container_id": 5} if container == 5 else {})


def found(account: Account, selection: Selection, limit: int = 100) -> list[int]:
    return [order.id for order in select(account, selection, limit, pytest.fail)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("www.example.com", "www.example.com", True),
        ("www.example.com", "WWW.Example.com", True),
        ("www.example.com", "www.example.com.example.net", False),
        ("www.example.com", "wwwxexample.com", False),
        ("*.old.example.com", "api.old.example.com", True),
        ("*.old.example.com", "a.b.old.example.com", True),
        ("*.old.example.com", "*.old.example.com", True),
        ("*.old.example.com", "*.api.old.example.com", True),
        ("*.old.example.com", "old.example.com", False),
        ("*.old.example.com", "cold.example.com", False),
        ("*.OLD.example.com", "api.old.EXAMPLE.com", True),
        ("api-*.example.*", "api-7.example.net", True),
        ("api-*.example.*", "x-api-7.example.net", False),
        ("*", "anything", True),
        ("*", None, False),
    ],
)
def test_a_common_name_may_hold_stars(pattern: str, name: str | None, matches: bool) -> None:
    assert Selection(common_name=pattern).matches(named(name)) is matches


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({}, True),
        ({"statuses": ("issued",)}, True),
        ({"statuses": ("revoked", "issued")}, True),
        ({"statuses": ("revoked",)}, False),
        ({"organization": "example, inc."}, True),
        ({"organization": "Example"}, False),
        ({"organization": 7}, True),
        ({"organization": 8}, False),
        ({"product": "ssl_plus"}, True),
        ({"product": "standard SSL"}, True),
        ({"product": "ssl"}, False),
        ({"valid_till_before": "2027-03-02"}, True),
        ({"valid_till_before": "2027-03-01"}, False),
        ({"valid_till_after": "2027-02-28"}, True),
        ({"valid_till_after": "2027-03-01"}, False),
        ({"statuses": ("issued",), "product": "ssl_plus", "organization": 8}, False),
    ],
)
def test_everything_that_is_given_must_apply(wanted: dict[str, Any], matches: bool) -> None:
    assert Selection(**wanted).matches(named("www.example.com")) is matches


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"organization": "Example, Inc."}, False),
        ({"organization": 7}, False),
        ({"valid_till_before": "2027-03-01"}, False),
        ({"valid_till_after": "2027-03-01"}, False),
        ({"product": "code_signing"}, True),
    ],
)
def test_what_an_order_does_not_have_matches_nothing(wanted: dict[str, Any], matches: bool) -> None:
    order = make_order(organization=None, certificate=Certificate(), product=CODE_SIGNING)
    assert Selection(**wanted).matches(order) is matches


def test_an_organization_without_a_name_matches_no_name() -> None:
    assert not Selection(organization="Example, Inc.").matches(make_order(organization=Organization(id=7)))


@pytest.mark.parametrize(
    ("wanted", "filters"),
    [
        ({}, {}),
        ({"common_name": "www.example.com"}, {"common_name": "www.example.com"}),
        ({"common_name": "*.old.example.com"}, {"search": "%.old.example.com"}),
        ({"common_name": "api-*.example.*"}, {"search": "%.example."}),
        ({"common_name": "*"}, {}),
        ({"organization": 7}, {"organization_id": 7}),
        ({"organization": "Example, Inc."}, {}),
        ({"product": "ssl_plus"}, {"product_name_id": "ssl_plus"}),
        ({"product": "Standard SSL"}, {}),
        ({"valid_till_before": "2027-03-01"}, {}),
        ({"organization": 7, "product": "ssl_plus"}, {"organization_id": 7, "product_name_id": "ssl_plus"}),
    ],
)
def test_what_certcentral_filters_exactly_is_sent_as_a_filter(
    wanted: dict[str, Any], filters: dict[str, object]
) -> None:
    assert Selection(**wanted).filters() == filters


def test_the_status_which_changes_between_two_pages_is_no_filter() -> None:
    assert Selection(statuses=("issued", "revoked")).filters() == {}


def test_every_page_is_read_and_the_orders_come_by_their_ids() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in (5, 3, 8, 1, 9, 7, 2)))
    assert found(account, Selection()) == [1, 2, 3, 5, 7, 8, 9]
    assert account.asked == [(offset, "order_id", {}) for offset in (0, 3, 6)]


def test_an_order_whose_status_changes_between_two_pages_costs_no_other_order() -> None:
    def revoke(account: Account) -> None:
        account.orders[1] = named("www.example.com", 2, status="revoked")

    account = Account(*(named("www.example.com", id_) for id_ in range(1, 8)), meanwhile=revoke)
    assert found(account, Selection(statuses=("issued",))) == [1, 2, 3, 4, 5, 6, 7]


def test_an_order_that_is_made_between_two_pages_is_no_reason_to_read_again() -> None:
    def order(account: Account) -> None:
        account.orders.insert(0, named("www.example.com", len(account.orders) + 1))

    account = Account(*(named("www.example.com", id_) for id_ in (4, 3, 2, 1)), meanwhile=order)
    assert found(account, Selection()) == [1, 2, 3, 4, 5]
    assert len(account.asked) == 2


def test_where_the_list_takes_no_order_it_is_read_in_its_own() -> None:
    account = Account(
        *(named("www.example.com", id_) for id_ in (4, 2, 3, 1)), refuse=lambda _: Refused("no")
    )
    assert found(account, Selection()) == [1, 2, 3, 4]
    assert account.asked == [(0, "order_id", {}), (0, None, {}), (3, None, {})]


@pytest.mark.parametrize(
    "refuse",
    [
        lambda offset: Refused("no") if offset else None,
        lambda offset: None if offset else AccessDenied("no"),
    ],
    ids=["another page than the first", "for another reason"],
)
def test_a_page_that_is_refused_is_not_asked_for_in_another_order(
    refuse: Callable[[int], Exception | None],
) -> None:
    account = Account(*(named("www.example.com", id_) for id_ in range(1, 5)), refuse=refuse)
    with pytest.raises(Refused):
        found(account, Selection())
    assert None not in [sort for _, sort, _ in account.asked]


def test_a_list_that_lost_an_order_over_the_edge_between_two_pages_is_read_again() -> None:
    def touch(account: Account) -> None:
        if len(account.asked) == 2:
            account.orders.insert(0, account.orders.pop())

    account = Account(
        *(named("www.example.com", id_) for id_ in range(1, 6)),
        meanwhile=touch,
        refuse=lambda _: Refused("no"),
    )
    assert found(account, Selection()) == [1, 2, 3, 4, 5]
    assert [offset for offset, sort, _ in account.asked if not sort] == [0, 3, 0, 3]


def test_an_order_that_is_listed_twice_is_meant_once() -> None:
    account = Account(named("www.example.com", 5), named("www.example.com", 5))
    account.list_orders = lambda *_, **__: OrderPage(tuple(account.orders), 2, 1)  # type: ignore[method-assign]
    assert found(account, Selection(), limit=1) == [5]


def test_a_filter_that_the_list_ignored_is_applied_here() -> None:
    account = Account(named("www.example.com", 1), named("old.example.com", 2), named(None, 3))
    assert found(account, Selection(common_name="old.example.com")) == [2]


def test_a_name_that_the_list_does_not_find_is_looked_for_in_all_orders() -> None:
    """DigiCert may compare case."""

    class Comparing(Account):
        def list_orders(
            self, offset: int = 0, *, sort: str | None = None, filters: Mapping[str, object]
        ) -> OrderPage:
            page = super().list_orders(offset, sort=sort, filters=filters)
            return OrderPage((), 0, 0) if {"common_name", "search"} & filters.keys() else page

    account = Comparing(named("Shop.EXAMPLE.com", 1), named("old.example.com", 2))
    product = {"product_name_id": "ssl_plus"}
    assert found(account, Selection(common_name="shop.example.com", product="ssl_plus")) == [1]
    assert [filters for _, _, filters in account.asked] == [
        {"common_name": "shop.example.com", **product},
        product,
    ]
    assert found(account, Selection(common_name="*.example.com")) == [1, 2]


def test_reading_ends_with_the_first_order_too_many() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in range(1, 10)))
    with pytest.raises(TooManyError):
        found(account, Selection(), limit=3)
    assert len(account.asked) == 2


def test_exactly_as_many_orders_as_allowed_are_no_refusal() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in range(1, 4)))
    assert found(account, Selection(), limit=3) == [1, 2, 3]


@pytest.mark.parametrize("rows", [(), (named("www.example.com"),)], ids=["at once", "later"])
def test_a_list_that_ends_before_its_total_is_refused(rows: tuple[Order, ...]) -> None:
    account = Account(*rows)
    read = account.list_orders

    def list_orders(*arguments: Any, **more: Any) -> OrderPage:
        page = read(*arguments, **more)
        return OrderPage(page.orders, page.rows, 1000)

    account.list_orders = list_orders  # type: ignore[method-assign]
    with pytest.raises(NotWholeError) as error:
        found(account, Selection())
    assert str(error.value) == (
        f"{1000 - len(rows)} of the 1000 orders that DigiCert counts are missing from its list, which was read 3 "
        "times; try again"
    )


def test_rows_that_cannot_be_read_are_told_of() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in (1, 2, 3, 4, 5)), strange=1)
    lines: list[str] = []
    orders = select(account, Selection(), 100, lines.append)  # type: ignore[arg-type]
    assert [order.id for order in orders] == [2, 3, 5]
    assert lines == ["2 of 5 orders in DigiCert's list cannot be read, and are left out of the selection"]


def test_a_selection_reads_as_what_was_given() -> None:
    selection = Selection(
        statuses=("issued", "revoked"),
        common_name="*.old.example.com",
        organization=7,
        product="ssl_plus",
        valid_till_before="2027-03-01",
        valid_till_after="2026-03-01",
    )
    assert str(selection) == (
        "status 'issued' or 'revoked', common name '*.old.example.com', organization 7, product 'ssl_plus', "
        "valid till before 2027-03-01, valid till after 2026-03-01"
    )
    assert str(Selection()) == "anything"
