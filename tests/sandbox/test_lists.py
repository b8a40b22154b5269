"""The order list, the request list and the list of status changes: filters, sorting, paging."""

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest
from sandbox.talk import Caller
from support.sandbox import Sandbox


def orders(ask: Caller, query: str) -> list[dict[str, Any]]:
    reply = ask("GET", f"/order/certificate?{query}")
    assert reply.status == 200, reply.body
    return list(reply.json["orders"])


def requests(ask: Caller, query: str) -> list[dict[str, Any]]:
    reply = ask("GET", f"/request?{query}")
    assert reply.status == 200, reply.body
    return list(reply.json["requests"])


def test_an_order_row_is_slim(ask: Caller) -> None:
    (row,) = orders(ask, "limit=1")
    assert set(row) == {
        "id",
        "certificate",
        "status",
        "is_renewed",
        "date_created",
        "organization",
        "validity_years",
        "disable_renewal_notifications",
        "container",
        "product",
        "price",
        "has_duplicates",
        "product_name_id",
    }
    assert set(row["certificate"]) == {
        "id",
        "common_name",
        "dns_names",
        "valid_till",
        "days_remaining",
        "signature_hash",
    }


def test_pages_hold_every_order_once(ask: Caller) -> None:
    seen = []
    for offset in range(0, 120, 30):
        reply = ask("GET", f"/order/certificate?limit=30&offset={offset}").json
        assert reply["page"] == {"total": 100, "limit": 30, "offset": offset}
        seen += [row["id"] for row in reply["orders"]]
    assert seen == list(range(100000001, 100000101))


def test_a_page_holds_1000_rows_at_most(ask: Caller) -> None:
    assert ask("GET", "/order/certificate?limit=5000").json["page"]["limit"] == 1000


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("filters[status]=revoked", ["revoked", "revoked_without_request"]),
        ("filters[status][0]=canceled&filters[status][1]=rejected", ["canceled", "rejected"]),
        ("filters[status]=reissue_pending", ["reissue_pending"]),
        ("filters[product_name_id]=code_signing", ["code_signing"]),
        (
            "filters[product_name_id][0]=code_signing&filters[product_name_id][1]=document_signing_org_1",
            ["code_signing", "document_signing"],
        ),
        ("filters[is_renewed]=1", ["renewed"]),
        ("filters[common_name]=www.example.com", ["ov_multi_domain"]),
        ("filters[domain_name]=shop.example.com", ["ov_multi_domain"]),
        ("filters[search]=www.example.com", ["ov_multi_domain"]),
        ("filters[status]=issued&filters[is_renewed]=1", ["renewed"]),
        ("filters[origin]=migrated", []),
        ("filters[metadata_id]=5", []),
    ],
)
def test_filters_give_the_orders_they_name(
    ask: Caller, shared: Sandbox, query: str, kinds: list[str]
) -> None:
    assert [row["id"] for row in orders(ask, query)] == sorted(shared.find(kind) for kind in kinds)


def test_the_issued_filter_gives_expired_orders_too(ask: Caller, shared: Sandbox) -> None:
    rows = {row["id"]: row["status"] for row in orders(ask, "filters[status]=issued")}
    assert rows[shared.find("expired")] == "expired"
    assert set(rows.values()) == {"issued", "expired"}


def test_a_search_with_a_percent_sign_means_contains(ask: Caller) -> None:
    rows = orders(ask, "filters[search]=%25old.example.com")
    assert rows
    assert all("old.example.com" in row["certificate"]["common_name"] for row in rows)
    everything = orders(ask, "limit=1000")
    assert len(rows) == sum("old.example.com" in row["certificate"]["common_name"] for row in everything)


@pytest.mark.parametrize("name", ["certificate_id", "serial_number"])
def test_an_order_is_filtered_by_its_certificate(ask: Caller, shared: Sandbox, name: str) -> None:
    order = shared.order(shared.find("ev"))
    value = order["certificate"]["id" if name == "certificate_id" else name]
    assert [row["id"] for row in orders(ask, f"filters[{name}]={value}")] == [order["id"]]


def test_dates_are_compared_and_ranged(ask: Caller) -> None:
    days = sorted(row["certificate"].get("valid_till", "") for row in orders(ask, "limit=1000"))
    days = [day for day in days if day]
    middle = days[50]
    for value, expected in (
        (f"=>{middle}", [day for day in days if day >= middle]),
        (f"=<{middle}", [day for day in days if day <= middle]),
        (f"{days[10]}...{middle}", [day for day in days if days[10] <= day <= middle]),
        (middle, [middle] * days.count(middle)),
    ):
        rows = orders(ask, f"filters[valid_till]={quote(value)}&sort=valid_till&limit=1000")
        assert [row["certificate"]["valid_till"] for row in rows] == expected


def test_rows_are_sorted_up_and_down(ask: Caller) -> None:
    names = [row["certificate"]["common_name"] for row in orders(ask, "sort=common_name")]
    assert names == sorted(names)
    rows = orders(ask, "sort=-status,-id")
    assert rows == sorted(rows, key=lambda row: (row["status"], row["id"]), reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        "filters[nonsense]=1",
        "filters[is_renewed]=yes",
        "filters[id]=abc",
        "filters[valid_till]=tomorrow",
        "sort=password",
        "limit=many",
        "offset=-1",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(ask: Caller, query: str) -> None:
    reply = ask("GET", f"/order/certificate?{query}")
    assert (reply.status, reply.code) == (400, "invalid_filter")


def test_open_revocation_requests_are_filtered_by_type_and_status(ask: Caller, shared: Sandbox) -> None:
    (row,) = requests(ask, "filters[type]=revoke&filters[status]=pending")
    assert row["order"]["id"] == shared.find("revoke_pending")
    assert set(row) == {"id", "date", "type", "status", "requester", "order"}
    assert set(row["order"]) == {"id", "certificate", "organization", "container", "product"}
    assert requests(ask, "status=submitted")[0]["order"]["id"] == shared.find("revoke_submitted")


def test_requests_are_searched_sorted_and_paged(ask: Caller) -> None:
    assert [row["order"]["id"] for row in requests(ask, "filters[search]=www.example.com")] == [100000001]
    ids = [row["id"] for row in requests(ask, "sort=-id&limit=5&offset=2")]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5


def test_a_request_list_without_a_limit_says_limit_0(ask: Caller) -> None:
    reply = ask("GET", "/request").json
    assert reply["page"] == {"total": len(reply["requests"]), "limit": 0, "offset": 0}


def test_status_changes_show_an_order_that_was_revoked(ask: Caller, shared: Sandbox) -> None:
    assert ask("GET", "/order/certificate/status-changes?seconds=3600").json == {}
    order_id = shared.plain(1)[0]
    shared.revoke_now(order_id)
    reply = ask("GET", "/order/certificate/status-changes?minutes=1")
    certificate_id = shared.order(order_id)["certificate"]["id"]
    assert reply.json == {
        "orders": [{"order_id": order_id, "certificate_id": certificate_id, "status": "revoked"}]
    }
    today = datetime.now(timezone(timedelta(hours=-6))).date()
    window = f"{today - timedelta(days=1)}...{today}"
    rows = ask("GET", f"/order/certificate/status-changes?filters[status_last_updated]={window}").json[
        "orders"
    ]
    assert order_id in {row["order_id"] for row in rows}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("minutes=10081", "time_frame_too_long"),
        ("seconds=604801", "time_frame_too_long"),
        ("minutes=10080&seconds=1", "time_frame_too_long"),
        ("filters[status_last_updated]=2023-01-01...2023-01-09", "time_frame_too_long"),
        ("seconds=soon", "invalid_filter"),
        ("filters[status_last_updated]=yesterday", "invalid_filter"),
        ("", "missing_time_frame"),
    ],
)
def test_a_time_frame_is_checked(ask: Caller, query: str, code: str) -> None:
    reply = ask("GET", f"/order/certificate/status-changes?{query}")
    assert (reply.status, reply.code) == (400, code)


def test_a_time_frame_of_exactly_seven_days_is_taken(ask: Caller) -> None:
    for query in ("seconds=604800", "filters[status_last_updated]=23-01-01+00:00:00...23-01-08+00:00:00"):
        assert ask("GET", f"/order/certificate/status-changes?{query}").status == 200
