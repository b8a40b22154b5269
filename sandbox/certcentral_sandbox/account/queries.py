"""Read orders, their certificates and their requests from the state."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from sqlite3 import Row
from typing import NoReturn

import msgspec

from certcentral_sandbox.account import documents, filters
from certcentral_sandbox.account.clock import now
from certcentral_sandbox.account.documents import Document
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.pki.certificates import Certificates, as_pem
from certcentral_sandbox.refusals import Answers, Refused

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Past:
    """The age of a copy of an order: as of `seconds` ago, or before its last `changes` changes."""

    seconds: float = 0
    changes: int = 0


class Orders:
    """The account's reads."""

    def __init__(self, store: Store, certificates: Certificates, answers: Answers) -> None:
        self._store = store
        self._certificates = certificates
        self._answers = answers

    def find(self, identifier: str) -> Row:
        """Return an order by its id, or by the serial number or thumbprint of its primary certificate.

        Raises:
            Refused: The order doesn't exist.
        """
        return self._by_id(identifier) or self._by_primary_certificate(identifier) or self._unknown_order()

    def by_id(self, order_id: str) -> Row:
        """Return an order by its id.

        Raises:
            Refused: The order doesn't exist.
        """
        return self._by_id(order_id) or self._unknown_order()

    def _unknown_order(self) -> NoReturn:
        self._answers.refuse("unknown_order")

    def _by_id(self, identifier: str) -> Row | None:
        return self._row("orders", identifier)

    def _row(self, table: str, identifier: str) -> Row | None:
        if not identifier.isascii() or not identifier.isdigit() or int(identifier) > _LARGEST_ID:
            return None
        return self._store.one(f"SELECT * FROM {table} WHERE id = ?", [int(identifier)])  # noqa: S608 - our names

    def _by_primary_certificate(self, identifier: str) -> Row | None:
        return self._store.one(
            "SELECT o.* FROM certificates c JOIN orders o ON o.certificate_id = c.id"
            " WHERE c.serial_number = ?1 OR c.thumbprint = ?1",
            [identifier.upper()],
        )

    def certificate(self, identifier: str) -> Row:
        """Return an issued certificate by its id or its serial number.

        Raises:
            Refused: The certificate doesn't exist.
        """
        row = self._row("certificates", identifier) or self._store.one(
            "SELECT * FROM certificates WHERE serial_number = ?", [identifier.upper()]
        )
        if row is None or row["status"] == "pending":
            self._answers.refuse("unknown_certificate")
        return row

    def request(self, identifier: str) -> Row:
        """Return a request by its id, if it is already visible to reads.

        Raises:
            Refused: The request doesn't exist, or isn't visible yet.
        """
        row = self._row("requests", identifier)
        if row is None or row["visible_at"] > now().timestamp():
            self._answers.refuse("unknown_request")
        return row

    def info(self, order: Row, past: Past | None = None) -> Document:
        """Return order info, of now or of an earlier time."""
        version = self._version(order["id"], past) if past else None
        if version is not None:
            document: Document = msgspec.json.decode(version["document"])
            return document
        return self._info(order, order["certificate_id"])

    def _version(self, order_id: int, past: Past) -> Row | None:
        """Return the order's copy of that time, if the order has changed since."""
        if past.changes:
            return self._store.one(
                "SELECT document FROM (SELECT rowid AS number, document FROM order_versions WHERE order_id = ?"
                " ORDER BY rowid DESC LIMIT ?) ORDER BY number LIMIT 1",
                [order_id, past.changes],
            )
        return self._store.one(
            "SELECT document FROM order_versions WHERE order_id = ? AND replaced_at > ?"
            " ORDER BY replaced_at, rowid LIMIT 1",
            [order_id, now().timestamp() - past.seconds],
        )

    def _info(self, order: Row, certificate_id: int | None) -> Document:
        certificate = self._store.one("SELECT * FROM certificates WHERE id = ?", [certificate_id])
        requests = self._store.all(
            "SELECT * FROM requests WHERE order_id = ? AND visible_at <= ? ORDER BY id",
            [order["id"], now().timestamp()],
        )
        complete = certificate and self._certificates.complete(certificate)
        return documents.order_info(order, complete, self._details(order, complete), requests)

    def _details(self, order: Row, certificate: Row | None) -> documents.CertificateDetails:
        issuer = self._certificates.issuer(order)
        return documents.CertificateDetails(
            self._certificates.csr(order, certificate), issuer.certcentral_id, issuer.common_name
        )

    def request_info(self, request: Row, past: Past | None = None) -> Document:
        """Return request info."""
        order = self.by_id(str(request["order_id"]))
        if past or request["certificate_id"] is None:
            return documents.request_info(request, self.info(order, past))
        return documents.request_info(request, self._info(order, request["certificate_id"]))

    def list_orders(self, query: filters.Query) -> Document:
        """Return a page of the order list.

        Raises:
            Refused: The query isn't valid.
        """
        page = self._page(query, _ORDER_FILTERS, _ORDER_SORT)
        rows = self._store.all(
            f"SELECT * FROM orders WHERE {page.where} ORDER BY {page.order_by} LIMIT ? OFFSET ?",  # noqa: S608
            [*page.parameters, page.rows, page.offset],
        )
        total = self._count("orders", page)
        return {
            "orders": [documents.order_row(row) for row in rows],
            "page": {"total": total, "limit": page.rows, "offset": page.offset},
        }

    def list_requests(self, query: filters.Query) -> Document:
        """Return a page of the request list.

        Raises:
            Refused: The query isn't valid.
        """
        page = self._page(query, _REQUEST_FILTERS, _REQUEST_SORT)
        visible = filters.Page(
            f"visible_at <= ? AND {page.where}",
            [now().timestamp(), *page.parameters],
            page.order_by,
            page.offset,
            page.limit,
        )
        tables = "requests r JOIN orders o ON o.id = r.order_id"
        rows = self._store.all(
            f"SELECT r.*, o.common_name, o.organization_id, o.product FROM {tables}"  # noqa: S608
            f" WHERE {visible.where} ORDER BY {visible.order_by} LIMIT ? OFFSET ?",
            [*visible.parameters, visible.rows, visible.offset],
        )
        return {
            "requests": [documents.request_row(row) for row in rows],
            "page": {
                "total": self._count(tables, visible),
                "limit": page.limit or 0,
                "offset": page.offset,
            },
        }

    def _page(
        self, query: filters.Query, known: dict[str, filters.Filter], sort: dict[str, str]
    ) -> filters.Page:
        try:
            return filters.parse(query, known, sort)
        except filters.BadListing:
            self._answers.refuse("invalid_filter")

    def _count(self, tables: str, page: filters.Page) -> int:
        row = self._store.one(f"SELECT count(*) AS n FROM {tables} WHERE {page.where}", page.parameters)  # noqa: S608
        assert row is not None  # noqa: S101 - count always returns a row
        return int(row["n"])

    def status_changes(self, query: filters.Query) -> Document:
        """Return the orders whose status changed in a time frame; an empty document if there are none.

        Raises:
            Refused: The time frame is missing, isn't valid, or is longer than 7 days.
        """
        begin, end = self._time_frame(dict(query))
        rows = self._store.all(
            "SELECT id, certificate_id, status FROM orders WHERE changed_at BETWEEN ? AND ? ORDER BY changed_at, id",
            [begin.timestamp(), end.timestamp()],
        )
        if not rows:
            return {}
        return {"orders": [_status_change(row) for row in rows]}

    def _time_frame(self, query: dict[str, str]) -> tuple[datetime, datetime]:
        end = now()
        window = query.get("filters[status_last_updated]")
        try:
            if window is not None:
                begin, end = _window(window)
            elif {"minutes", "seconds"} & query.keys():
                length = timedelta(minutes=int(query.get("minutes", 0)), seconds=int(query.get("seconds", 0)))
                begin = end - length
            else:
                self._answers.refuse("missing_time_frame")
        except (ValueError, OverflowError):
            self._answers.refuse("invalid_filter")
        if end - begin > timedelta(days=7):
            self._answers.refuse("window_too_long")
        return begin, end

    def order_of(self, parameters: Mapping[str, str]) -> int | None:
        """Return the id of the order that a path names directly, or by its certificate or request."""
        try:
            if "order" in parameters:
                return int(self.find(parameters["order"])["id"])
            if "certificate" in parameters:
                return int(self.certificate(parameters["certificate"])["order_id"])
            if "request" in parameters:
                return int(self.request(parameters["request"])["order_id"])
        except Refused:
            return None
        return None

    def list_certificates(
        self, order: Row, role: str, document: Callable[[Row, Row, documents.CertificateDetails], Document]
    ) -> Document:
        """Return the list of an order's certificates with a role."""
        return {
            "certificates": [
                document(self._certificates.complete(row), order, self._details(order, row))
                for row in self.certificates(order, role)
            ]
        }

    def certificates(self, order: Row, role: str) -> Sequence[Row]:
        """Return the rows of an order's certificates with a role: `duplicate` or `reissue`."""
        return self._store.all(
            "SELECT * FROM certificates WHERE order_id = ? AND role = ? ORDER BY id", [order["id"], role]
        )

    def chain(self, certificate: Row) -> Document:
        """Return the chain above a certificate, starting with its issuer."""
        return {
            "intermediates": [
                {"subject_common_name": authority.common_name, "pem": as_pem(authority.certificate)}
                for authority in self._certificates.chain(certificate)
            ]
        }

    def download(self, certificate: Row, format_: str) -> str:
        """Return a certificate as a file. The format `pem_all` includes the whole chain, ending with the root.

        Raises:
            Refused: The sandbox doesn't support the format.
        """
        if format_ != "pem_all":
            self._answers.refuse("unknown_format")
        chain = [as_pem(authority.certificate) for authority in self._certificates.chain(certificate)]
        return "".join([self._certificates.pem(certificate), *chain])


def _status_change(row: Row) -> Document:
    certificate = {} if row["certificate_id"] is None else {"certificate_id": row["certificate_id"]}
    return {"order_id": row["id"], **certificate, "status": row["status"]}


_MDT = timezone(timedelta(hours=-6), "MDT")
_MOMENT = re.compile(r"(?:(\d\d)?(\d\d))-(\d\d)-(\d\d)(?:[ +](\d\d):(\d\d):(\d\d))?")


def _window(text: str) -> tuple[datetime, datetime]:
    """Parse a range of dates or of `yy-mm-dd+HH:mm:ss` in MDT. The end date is inclusive."""
    first, _, last = text.partition("...")
    end = _moment(last)
    if len(last) <= len("yyyy-mm-dd"):
        end += timedelta(days=1) - timedelta(microseconds=1)
    return _moment(first), end


def _moment(text: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year = int(f"{match[1] or '20'}{match[2]}")
    month, date, hour, minute, second = (int(part or 0) for part in match.groups()[2:])
    return datetime(year, month, date, hour, minute, second, tzinfo=_MDT)


def _status_filter(values: list[str]) -> filters.Condition:
    """Filter by status. `issued` also matches expired orders."""
    return filters.text("status")([*values, *(["expired"] if "issued" in values else [])])


def _origin_filter(values: list[str]) -> filters.Condition:
    """Filter by origin. All orders of a sandbox come from CertCentral."""
    return ("1" if "certcentral" in values else "0"), []


def _domain_filter(values: list[str]) -> filters.Condition:
    """Filter by DNS name. The names are stored as a JSON array."""
    terms = " OR ".join("instr(dns_names, ?) > 0" for _ in values)
    return f"({terms})", [f'"{value}"' for value in values]


def _serial_filter(values: list[str]) -> filters.Condition:
    marks = ", ".join("?" * len(values))
    return (
        f"certificate_id IN (SELECT id FROM certificates WHERE serial_number IN ({marks}))",  # noqa: S608
        [value.upper() for value in values],
    )


_ORDER_FILTERS: dict[str, filters.Filter] = {
    "id": filters.integer("id"),
    "status": _status_filter,
    "organization_id": filters.integer("organization_id"),
    "product_name_id": filters.text("product"),
    "valid_till": filters.day("valid_till"),
    "user_id": filters.integer("user_id"),
    "common_name": filters.text("common_name"),
    "domain_name": _domain_filter,
    "date_created": filters.day("date_created"),
    "container_id": filters.integer("container_id"),
    "metadata_id": filters.nothing,
    "is_renewed": filters.flag("is_renewed"),
    "disable_renewal_notifications": filters.flag("disable_renewal_notifications"),
    "email": filters.text("email"),
    "certificate_id": filters.integer("certificate_id"),
    "origin": _origin_filter,
    "serial_number": _serial_filter,
    "search": filters.search("email", "common_name"),
}
_ORDER_SORT = {
    "id": "id",
    "order_id": "id",
    "common_name": "common_name",
    "status": "status",
    "date_created": "date_created",
    "valid_till": "valid_till",
    "organization_id": "organization_id",
    "product_name_id": "product",
}
_REQUEST_FILTERS: dict[str, filters.Filter] = {
    "type": filters.text("r.type"),
    "status": filters.text("r.status"),
    "container_id": filters.integer("o.container_id"),
    "metadata_id": filters.nothing,
    "metadata_value": filters.nothing,
    "search": filters.search("o.common_name"),
}
_REQUEST_SORT = {
    "id": "r.id",
    "date": "r.date",
    "type": "r.type",
    "status": "r.status",
    "common_name": "o.common_name",
}
