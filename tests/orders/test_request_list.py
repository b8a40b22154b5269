"""The list of requests, read as a whole and in parts, and how it is divided into parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import AccessDenied, ListedRequest, Refused, RequestPage
from digicert_pulumi.certcentral.models import OrderReference
from digicert_pulumi.orders import request_list
from digicert_pulumi.orders.request_list import RequestList, SeenRequest, stretches

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import CertCentralError, Client


def row(id_: int, type_: str = "revoke") -> ListedRequest:
    return ListedRequest(id_, None, type_, "pending", OrderReference(id_ + 1))


def seen(*rows: int) -> list[SeenRequest]:
    return [SeenRequest(row(1 + number), 0.0, number) for number in rows]


@dataclass
class Account:
    """A list of requests, a second for each page.

    Attributes:
        rows: The list.
        sorting: What happens where a sort order is asked for.
        asked: The offset, limit and sort order of each page.
    """

    rows: list[ListedRequest]
    sorting: CertCentralError | None = None
    time: VirtualTime = field(default_factory=VirtualTime)
    asked: list[tuple[int, int, str | None]] = field(default_factory=list)

    def list_requests(self, type_: str, offset: int, *, limit: int, sort: str | None) -> RequestPage:
        self.asked.append((offset, limit, sort))
        self.time.pass_by(1)
        if sort and self.sorting:
            raise self.sorting
        page = self.rows[offset : offset + limit]
        wanted = tuple(each for each in page if each.type == type_)
        others = tuple(each for each in page if each.type != type_)
        return RequestPage(wanted, len(page), len(self.rows), others)

    def list(self) -> RequestList:
        return RequestList(cast("Client", self), self.time.now)


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_list, "LONGEST_STRETCH", 3)


def test_the_list_is_read_until_all_are_found_each_with_its_place_and_moment() -> None:
    account = Account([row(number) for number in range(10, 20)])
    found = account.list().read({11, 15})
    assert {id_: (each.row, each.moment) for id_, each in found.items()} == {11: (1, 0.0), 15: (5, 1.0)}
    assert [offset for offset, _, _ in account.asked] == [0, 3]


def test_a_part_is_read_again_with_one_call() -> None:
    account = Account([row(number) for number in range(10, 20)])
    requests = account.list()
    known = requests.read({14, 15})
    again = requests.read_again(list(known.values()))
    assert account.asked[-1] == (4, 2, "id")
    assert {id_: each.row for id_, each in again.items()} == {14: 4, 15: 5}


def test_what_moved_out_of_its_part_is_not_found_there() -> None:
    account = Account([row(number) for number in range(10, 20)])
    requests = account.list()
    known = requests.read({14})
    account.rows.insert(0, row(5))
    assert requests.read_again(list(known.values())) == {}


def test_rows_of_other_types_count_for_the_places() -> None:
    account = Account([row(10, "reissue"), row(11), row(12, "reissue"), row(13)])
    found = account.list().read({11, 13})
    assert {id_: each.row for id_, each in found.items()} == {11: 1, 13: 3}


def test_an_order_of_sorting_that_digicert_refuses_is_asked_for_once() -> None:
    account = Account([row(10)], sorting=Refused("no"))
    requests = account.list()
    assert requests.read({10}).keys() == {10}
    requests.read({10})
    assert [sort for _, _, sort in account.asked] == ["id", None, None]


def test_a_key_that_may_not_read_the_list_does_not_read_it_otherwise() -> None:
    account = Account([row(10)], sorting=AccessDenied("no"))
    with pytest.raises(AccessDenied):
        account.list().read({10})


@pytest.mark.parametrize(
    ("rows", "most", "expected"),
    [
        ([], 9, []),
        ([2, 0, 1], 9, [[0, 1, 2]]),
        ([0, 1, 2], 2, [[0, 1], [2]]),
        ([0, 2], 9, [[0, 2]]),
        ([0, 3], 9, [[0], [3]]),
        ([0, 1, 5, 6, 7, 8], 9, [[0, 1], [5, 6, 7], [8]]),
    ],
)
def test_a_stretch_holds_so_many_and_is_one_call_long(
    rows: list[int], most: int, expected: list[list[int]]
) -> None:
    assert [[each.row for each in stretch] for stretch in stretches(seen(*rows), most)] == expected
