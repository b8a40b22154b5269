"""Which orders a selection means, and which calls it takes to find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.orders import CODE_SIGNING, make_order

from digicert_pulumi.certcentral import Certificate, Organization
from digicert_pulumi.selection import Selection, TooManyError, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import Order

PAGE = 3


class Page:
    def __init__(self, orders: tuple[Order, ...], rows: int, total: int) -> None:
        self.orders = orders
        self.rows = rows
        self.total = total


class Account:
    """A client of an account whose list ignores every filter; `strange` rows of each page cannot be read."""

    def __init__(self, *orders: Order, strange: int = 0) -> None:
        self._orders = orders
        self._strange = strange
        self.asked: list[tuple[int, Mapping[str, object]]] = []

    def list_orders(self, offset: int, *, filters: Mapping[str, object]) -> Page:
        self.asked.append((offset, filters))
        rows = self._orders[offset : offset + PAGE]
        return Page(rows[self._strange :], len(rows), len(self._orders))


def named(common_name: str | None, id_: int = 1, **changes: Any) -> Order:
    certificate = Certificate(common_name=common_name, valid_till="2027-03-01")
    return make_order(**{"id": id_, "certificate": certificate, **changes})


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
        ({}, [{}]),
        ({"statuses": ("issued",)}, [{"status": "issued"}]),
        ({"statuses": ("issued", "revoked")}, [{"status": "issued"}, {"status": "revoked"}]),
        ({"common_name": "www.example.com"}, [{"common_name": "www.example.com"}]),
        ({"common_name": "*.old.example.com"}, [{"search": "%.old.example.com"}]),
        ({"common_name": "api-*.example.*"}, [{"search": "%.example."}]),
        ({"common_name": "*"}, [{}]),
        ({"organization": 7}, [{"organization_id": 7}]),
        ({"organization": "Example, Inc."}, [{}]),
        ({"product": "ssl_plus"}, [{"product_name_id": "ssl_plus"}]),
        ({"product": "Standard SSL"}, [{}]),
        ({"valid_till_before": "2027-03-01"}, [{}]),
        ({"statuses": ("issued",), "organization": 7}, [{"organization_id": 7, "status": "issued"}]),
    ],
)
def test_what_certcentral_filters_exactly_is_sent_as_a_filter(
    wanted: dict[str, Any], filters: list[dict[str, object]]
) -> None:
    assert list(Selection(**wanted).filters()) == filters


def test_every_page_is_read_and_the_orders_come_by_their_ids() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in (5, 3, 8, 1, 9, 7, 2)))
    assert found(account, Selection()) == [1, 2, 3, 5, 7, 8, 9]
    assert account.asked == [(0, {}), (3, {}), (6, {})]


def test_an_order_that_is_listed_twice_is_meant_once() -> None:
    account = Account(named("www.example.com", 5), named("www.example.com", 5))
    assert found(account, Selection(statuses=("issued", "revoked")), limit=1) == [5]


def test_a_filter_that_the_list_ignored_is_applied_here() -> None:
    account = Account(named("www.example.com", 1), named("old.example.com", 2), named(None, 3))
    assert found(account, Selection(common_name="old.example.com")) == [2]


def test_reading_ends_with_the_first_order_too_many() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in range(1, 10)))
    with pytest.raises(TooManyError):
        found(account, Selection(), limit=3)
    assert len(account.asked) == 2


def test_exactly_as_many_orders_as_allowed_are_no_refusal() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in range(1, 4)))
    assert found(account, Selection(), limit=3) == [1, 2, 3]


def test_a_list_whose_total_is_wrong_ends_with_its_rows() -> None:
    account = Account(named("www.example.com"))
    page = Page((), 0, 1000)
    account.list_orders = lambda *_, **__: page  # type: ignore[method-assign]
    assert found(account, Selection()) == []


def test_rows_that_cannot_be_read_are_told_of() -> None:
    account = Account(*(named("www.example.com", id_) for id_ in (1, 2, 3)), strange=1)
    lines: list[str] = []
    orders = select(account, Selection(), 100, lines.append)  # type: ignore[arg-type]
    assert [order.id for order in orders] == [2, 3]
    assert lines == ["1 of 3 orders in DigiCert's list cannot be read, and are left out of the selection"]


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
