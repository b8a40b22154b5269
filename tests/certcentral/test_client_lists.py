"""The lists of an account: page by page, typed, and without trust in what DigiCert makes of a query."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from certcentral.samples import ORDER, REQUEST
from certcentral.stub import Stub, answer
from support.sandbox import Sandbox

from digicert_pulumi.certcentral import (
    Client,
    ListedRequest,
    Order,
    PartlyUnreadable,
    Refused,
    StatusChange,
    UnexpectedAnswer,
    UnreadableAnswer,
)
from digicert_pulumi.certcentral.models import UnreadableRequest
from digicert_pulumi.certcentral.paging import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

ROW: dict[str, Any] = {
    "id": 123457,
    "certificate": {
        "id": 105,
        "common_name": "example.org",
        "dns_names": ["sub.example.org"],
        "valid_till": "2027-04-30",
        "days_remaining": 289,
        "signature_hash": "sha256",
    },
    "status": "issued",
    "is_renewed": False,
    "date_created": "2026-10-16T17:29:56+00:00",
    "organization": {"id": 112233, "name": "Example, Inc."},
    "validity_years": 1,
    "container": {"id": 14, "name": "Example, Inc."},
    "product": {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate"},
    "price": 293,
    "has_duplicates": True,
    "product_name_id": "ssl_plus",
}
REQUEST_ROW = {
    **{key: value for key, value in REQUEST.items() if key != "comments"},
    "order": {"id": 123457, "certificate": {"common_name": "example.org"}},
}


def page(rows: str, *entries: dict[str, Any], total: int = 31, limit: int = 25) -> dict[str, Any]:
    return {rows: list(entries), "page": {"total": total, "limit": limit, "offset": 0}}


def query(stub: Stub) -> dict[str, list[str]]:
    return parse_qs(urlsplit(stub.requests[-1].path).query)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
        assert running.errors() == ""


class TestOrders:
    def test_a_page_is_typed(self, client: Callable[..., Client]) -> None:
        with Stub(answer(200, page("orders", ROW))) as stub:
            read = client(stub).list_orders()
        [order] = read.orders
        assert isinstance(order, Order)
        assert (order.id, order.status, order.has_duplicates, order.requests) == (123457, "issued", True, ())
        assert order.certificate.dns_names == ("sub.example.org",)
        assert order.organization is not None
        assert (read.rows, read.total) == (1, 31)

    def test_the_query_says_which_page_in_which_order(self, client: Callable[..., Client]) -> None:
        with Stub(answer(200, page("orders"))) as stub:
            client(stub).list_orders(2000, limit=500, sort="order_id")
        assert stub.requests[-1].path.startswith("/services/v2/order/certificate?")
        assert query(stub) == {"offset": ["2000"], "limit": ["500"], "sort": ["order_id"]}

    def test_a_row_that_is_not_as_documented_keeps_no_other_from_being_read(
        self, client: Callable[..., Client]
    ) -> None:
        strange: list[dict[str, Any]] = [{**ROW, "id": "x"}, {"id": 5}, {**ROW, "product": None}]
        with Stub(answer(200, page("orders", strange[0], ROW, *strange[1:]))) as stub:
            read = client(stub).list_orders()
        assert [order.id for order in read.orders] == [123457]
        assert read.rows == 4


class TestRequests:
    def test_a_page_is_typed(self, client: Callable[..., Client]) -> None:
        with Stub(answer(200, page("requests", REQUEST_ROW, total=14, limit=0))) as stub:
            read = client(stub).list_requests("revoke", sort="-id")
        [request] = read.requests
        assert isinstance(request, ListedRequest)
        assert (request.id, request.type, request.status, request.order.id) == (
            198,
            "revoke",
            "pending",
            123457,
        )
        assert (read.rows, read.total) == (1, 14)
        assert query(stub) == {
            "filters[type]": ["revoke"],
            "offset": ["0"],
            "limit": ["1000"],
            "sort": ["-id"],
        }

    def test_a_row_that_is_not_as_documented_is_counted(self, client: Callable[..., Client]) -> None:
        strange = {**REQUEST_ROW, "id": 199, "order": None}
        with Stub(answer(200, page("requests", strange, REQUEST_ROW))) as stub:
            read = client(stub).list_requests("revoke")
        assert [request.id for request in read.requests] == [198]
        assert (read.rows, read.strange) == (2, 1)

    def test_what_a_filter_let_through_is_told_apart(self, client: Callable[..., Client]) -> None:
        others = [
            {**REQUEST_ROW, "id": 199, "type": "reissue"},
            {**REQUEST_ROW, "id": 200, "status": "approved"},
        ]
        with Stub(answer(200, page("requests", *others, REQUEST_ROW))) as stub:
            read = client(stub).list_requests("revoke", status="pending")
        assert [request.id for request in read.requests] == [198]
        assert [request.id for request in read.others] == [199, 200]
        assert (read.rows, read.strange) == (3, 0)


LISTS: dict[str, Callable[[Client], Any]] = {
    "duplicates": lambda client: client.get_duplicates(1),
    "reissues": lambda client: client.get_reissues(1),
    "orders": lambda client: client.list_orders().orders,
    "requests": lambda client: client.list_requests("revoke").requests,
    "status changes": lambda client: client.status_changes(900),
}

EMPTY = {
    "204": answer(204),
    "{}": answer(200, b"{}"),
    "[]": answer(200, b" [] "),
    "null": answer(200, {"certificates": None, "orders": None, "requests": None, "page": None}),
    "PHP's": answer(200, {"certificates": {}, "orders": {}, "requests": {}, "page": []}),
}


@pytest.mark.parametrize("read", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("act", EMPTY.values(), ids=EMPTY)
def test_a_list_is_empty_in_many_ways(
    client: Callable[..., Client], act: Callable[[Any], bool], read: Callable[[Client], Any]
) -> None:
    with Stub(act) as stub:
        assert read(client(stub, report=pytest.fail)) == ()
    assert stub.sent("GET") == 1


NO_LISTS = {
    "HTML": answer(200, b"<html></html>", "text/html"),
    "no body": answer(200),
    "HTML in brackets": answer(200, b"[]", "text/html"),
    "a list of rows": answer(200, b"[{}]"),
    "a text": answer(200, b'""'),
    "null": answer(200, b"null"),
}


@pytest.mark.parametrize("read", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("act", NO_LISTS.values(), ids=NO_LISTS)
def test_what_is_no_list_is_no_empty_one(
    client: Callable[..., Client], act: Callable[[Any], bool], read: Callable[[Client], Any]
) -> None:
    with Stub(act) as stub, pytest.raises(UnreadableAnswer):
        read(client(stub, retry_budget=0.0))


UNCOUNTED = {
    "no page": {},
    "null": {"page": None},
    "no total": {"page": {"limit": 0}},
    "a total of null": {"page": {"total": None}},
    "a text": {"page": {"total": "2"}},
    "less than there are": {"page": {"total": 1}},
    "less than nothing": {"page": {"total": -1}},
}


@pytest.mark.parametrize("more", UNCOUNTED.values(), ids=UNCOUNTED)
def test_of_a_list_that_is_not_counted_only_a_page_without_rows_is_the_last(
    client: Callable[..., Client], more: dict[str, Any]
) -> None:
    orders = [{"orders": [{**ROW, "id": id_}, {**ROW, "id": id_ + 1}], **more} for id_ in (1, 3)]
    with Stub(*(answer(200, body) for body in (*orders, {"orders": [], **more}))) as stub:
        reader = client(stub)
        read = list(pages(reader.list_orders))
    assert [order.id for page in read for order in page.orders] == [1, 2, 3, 4]
    assert [page.counted for page in read[:2]] == [False, False]


ENDLESS = {
    "its offset is ignored": [[1, 2], [1, 2]],
    "its offset is ignored in another order": [[1, 2], [2, 1]],
    "its rows run out": [[1, 2], [2]],
    "nothing of it can be read": [[1, 2], ["x"]],
}


@pytest.mark.parametrize("ids", ENDLESS.values(), ids=ENDLESS)
def test_a_list_that_shows_nothing_new_has_ended(client: Callable[..., Client], ids: list[list[Any]]) -> None:
    bodies = [{"orders": [{**ROW, "id": id_} for id_ in each]} for each in ids]
    with Stub(*(answer(200, body) for body in bodies)) as stub:
        reader = client(stub)
        assert len(list(islice(pages(reader.list_orders), 9))) == 2


def test_a_page_of_rows_that_cannot_be_read_does_not_end_a_list_that_is_counted(
    client: Callable[..., Client],
) -> None:
    bodies = [page("orders", {**ROW, "id": id_}, total=4) for id_ in (1, "x", "y", 4)]
    with Stub(*(answer(200, body) for body in bodies)) as stub:
        reader = client(stub)
        read = [order.id for each in pages(reader.list_orders) for order in each.orders]
    assert read == [1, 4]


class TestUnreadableRows:
    @pytest.mark.parametrize("kind", ["duplicates", "reissues"])
    def test_of_certificates_make_their_list_one_that_is_not_whole(
        self, client: Callable[..., Client], kind: str
    ) -> None:
        rows: list[Any] = [{"id": 7, "dns_names": None}, {"id": "8"}, None, {"id": 9, "serial_number": 5}]
        with Stub(answer(200, {"certificates": rows})) as stub, pytest.raises(PartlyUnreadable) as caught:
            LISTS[kind](client(stub, report=pytest.fail))
        assert [each.id for each in caught.value.readable] == [7]
        assert str(caught.value).startswith(
            f"order 1: 3 of the {kind} in DigiCert's list cannot be read. Check it"
        )

    def test_of_an_order_are_told_of(self, client: Callable[..., Client]) -> None:
        told: list[str] = []
        with Stub(answer(200, {**ORDER, "requests": [{"id": 1}]})) as stub:
            order = client(stub, report=told.append).get_order(ORDER["id"])
        assert order.unreadable_requests == (UnreadableRequest(1),)
        [line] = told
        assert line.startswith(f"order {ORDER['id']}: 1 of the requests in DigiCert's answer cannot be read")

    def test_of_the_list_of_requests_are_told_of_once(self, client: Callable[..., Client]) -> None:
        told: list[str] = []
        with Stub(answer(200, page("requests", {"id": 1}, REQUEST_ROW))) as stub:
            reader = client(stub, report=told.append)
            for offset in (0, 1000):
                reader.list_requests("revoke", offset)
        assert told == [
            "1 of the requests in DigiCert's answer cannot be read and are ignored; check them in CertCentral"
        ]

    def test_of_the_status_changes_make_them_useless(self, client: Callable[..., Client]) -> None:
        told: list[str] = []
        rows: list[dict[str, Any]] = [
            {"order_id": 265, "status": "issued"},
            {"order_id": None, "status": "revoked"},
        ]
        with Stub(answer(200, {"orders": rows})) as stub, pytest.raises(UnexpectedAnswer):
            client(stub, report=told.append).status_changes(900)
        assert len(told) == 1


class TestStatusChanges:
    def test_tell_the_order_whatever_its_status(self, client: Callable[..., Client]) -> None:
        with Stub(answer(200, {"orders": [{"order_id": 265, "status": 5}]})) as stub:
            assert client(stub).status_changes(900) == (StatusChange(265, None),)

    def test_are_typed(self, client: Callable[..., Client]) -> None:
        change = {"order_id": 265, "certificate_id": 112233, "status": "issued"}
        with Stub(answer(200, {"orders": [change]})) as stub:
            assert client(stub).status_changes(900) == (StatusChange(265, "issued"),)
        assert stub.requests[-1].path == "/services/v2/order/certificate/status-changes?seconds=900"

    def test_an_empty_document_says_that_nothing_changed(self, client: Callable[..., Client]) -> None:
        with Stub(answer(200, {})) as stub:
            assert client(stub).status_changes(900) == ()


class TestAgainstTheSandbox:
    @pytest.fixture
    def user(self, sandbox: Sandbox) -> Client:
        return Client(sandbox.user_key, sandbox.base_url, retry_budget=0.0)

    def test_the_pages_hold_every_order_once_and_as_order_info_shows_it(self, user: Client) -> None:
        rows = [
            row
            for offset in range(0, 100, 30)
            for row in user.list_orders(offset, limit=30, sort="order_id").orders
        ]
        assert [row.id for row in rows] == [100000001 + number for number in range(100)]
        infos = [user.get_order(row.id) for row in rows]
        assert len({info.status for info in infos}) > 2
        assert any(request.type == "revoke" for info in infos for request in info.requests)
        for row, info in zip(rows, infos, strict=True):
            assert row.id == info.id
            assert row.status == info.status
            assert row.product == info.product
            for name in ("common_name", "dns_names", "valid_till"):
                assert getattr(row.certificate, name) == getattr(info.certificate, name)
            assert row.organization == info.organization

    def test_the_newest_revocation_comes_first(self, sandbox: Sandbox, user: Client) -> None:
        [order_id] = sandbox.plain(1)
        request_id = sandbox.revoke(order_id)
        page = user.list_requests("revoke", sort="-id")
        assert (page.requests[0].id, page.requests[0].order.id) == (request_id, order_id)
        assert {row.type for row in page.requests} == {"revoke"}
        assert page.total == page.rows == len(page.requests)

    def test_a_revocation_is_a_status_change(self, sandbox: Sandbox, user: Client) -> None:
        [order_id] = sandbox.plain(1)
        assert order_id not in [change.order_id for change in user.status_changes(600)]
        sandbox.revoke_now(order_id)
        assert StatusChange(order_id, "revoked") in user.status_changes(600)

    def test_more_than_seven_days_are_refused(self, user: Client) -> None:
        with pytest.raises(Refused):
            user.status_changes(604801)
