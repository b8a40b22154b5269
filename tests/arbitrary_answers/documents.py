"""The documents of an account, as DigiCert's documentation has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from arbitrary_answers.account import FINAL, Account, Certificate, Request, name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

DATE = "2026-05-06T07:08:09+00:00"
US = {"id": 31, "first_name": "Ada", "last_name": "Admin", "email": "ada@example.com"}
OTHERS = {"id": 32, "first_name": "Bob", "last_name": "Other", "email": "bob@example.com"}

USER = {**US, "username": "ada", "access_roles": [{"id": 1, "name": "Administrator"}], "status": "active"}


class Row(NamedTuple):
    """A row about a request, by which it is known whether that was shown."""

    order: int
    request: int
    document: dict[str, Any]


def certificate(account: Account, each: Certificate) -> dict[str, Any]:
    """A certificate."""
    name = name_of(account.order_of(each.id))
    return {
        "id": each.id,
        "thumbprint": thumbprint(each),
        "serial_number": each.digits,
        "common_name": name,
        "dns_names": [name],
        "status": each.status,
        "valid_from": "2026-01-01",
        "valid_till": "2027-01-01",
        "days_remaining": 111,
    }


def thumbprint(each: Certificate) -> str:
    """A certificate's thumbprint."""
    return f"{each.id:040X}"


def outline(account: Account, order: int) -> dict[str, Any]:
    """An order without its requests."""
    own = certificate(account, account.certificates[order][0])
    if own["status"] != "revoked":
        del own["status"]
    document = {
        "id": order,
        "certificate": own,
        "status": account.statuses[order],
        "product": {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate"},
        "container": {"id": 5, "name": "Root"},
    }
    if account.orders[order].organization:
        document["organization"] = {"id": 7, "name": "Example, Inc."}
    return document


def order_info(account: Account, order: int) -> tuple[dict[str, Any], list[Row]]:
    """Order info. A request that is late is nearer to being seen by it."""
    account.is_read(order)
    rows = []
    for request in account.requests.values():
        if request.order != order:
            continue
        if request.hidden:
            request.hidden -= 1
            continue
        rows.append(Row(order, request.id, {**_row(request), "comments": request.comments}))
    return {**outline(account, order), "requests": [row.document for row in rows]}, rows


def request_info(account: Account, request: Request) -> dict[str, Any]:
    """Request info."""
    document = {
        **_row(request),
        "requester": US if request.ours else OTHERS,
        "comments": request.comments,
        "order": outline(account, request.order),
    }
    if request.status in FINAL:
        document |= {
            "date_processed": DATE,
            "processor": OTHERS,
            "processor_comment": request.processor_comment,
        }
    return document


def orders(account: Account, query: Mapping[str, str]) -> dict[str, Any]:
    """A page of the order list."""
    rows = []
    for order, all_ in account.certificates.items():
        ids, serials = {str(each.id) for each in all_}, {each.digits for each in all_}
        by_id, by_serial = query.get("filters[certificate_id]"), query.get("filters[serial_number]")
        if (by_id is None or by_id in ids) and (by_serial is None or by_serial.upper() in serials):
            rows.append(
                {**outline(account, order), "has_duplicates": any(each.role == "duplicate" for each in all_)}
            )
    return _page("orders", rows, query)


def requests(account: Account, query: Mapping[str, str]) -> tuple[dict[str, Any], list[Row]]:
    """A page of the request list."""
    rows = [
        Row(each.order, each.id, {**_row(each), "order": outline(account, each.order)})
        for each in account.requests.values()
        if query.get("filters[type]") in (None, each.type)
        and query.get("filters[status]") in (None, each.status)
        and not each.hidden
    ]
    if query.get("sort", "").startswith("-"):
        rows.reverse()
    return _page("requests", [row.document for row in rows], query), rows


def status_changes(account: Account) -> dict[str, Any]:
    """The status change list."""
    changed = [
        {"order_id": order, "certificate_id": account.certificates[order][0].id, "status": status}
        for order, status in account.statuses.items()
        if status != account.orders[order].status
    ]
    return {"orders": changed} if changed else {}


def _row(request: Request) -> dict[str, Any]:
    return {"id": request.id, "date": DATE, "type": request.type, "status": request.status}


def _page(name: str, rows: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", 25))
    page = {"total": len(rows), "limit": limit, "offset": offset}
    return {name: rows[offset : offset + limit], "page": page}
