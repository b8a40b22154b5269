"""What can be wrong with which call: recorded words and documents, and invented ones."""

from __future__ import annotations

from typing import Any

WORDS = ("submitted", "needs_approval", "on_hold", "PENDING", "in review\x1b[31m\r\nwarning: KEY", "")
"""Statuses of an open request: documented, recorded of others, and invented."""

TYPES = ("revocation", "Revoke", "revoke_order", "revoke_certificate", "REVOKE")
"""Types of a request to revoke that are not the documented one."""

ORDER_WORDS = ("Revoked", "in\x00 review KEY", "pending_revoke", "approved", "unknown", "")
"""Statuses of an order or a certificate, recorded of others and invented."""

KINDS: tuple[Any, ...] = (None, 7, [], {}, True)
"""What stands where a text or a whole number should."""

IDS: tuple[Any, ...] = (None, "9001", 0, -1, *[9007199254740993] * 5, 1.5, True, [])
"""What stands where an id should."""


def _misfits(*paths: str) -> tuple[tuple[Any, ...], ...]:
    """Every field absent, under another name, and of every other type."""
    ways = (("absent",), ("renamed",), *(("value", kind) for kind in (*KINDS, [""])))
    return tuple((way[0], path, *way[1:]) for path in paths for way in ways)


DECORATION = _misfits(
    "certificate.dns_names",
    "certificate.thumbprint",
    "certificate.valid_till",
    "organization",
    "organization.name",
    "product.name",
    "container",
)
DECORATED_REQUESTS = _misfits(
    "requests.*.date", "requests.*.requester", "requests.*.processor", "requests.0.comments"
)
"""What a decision about an order does not need: its first request is that for the order itself."""

HARMLESS = (
    *(("order", *what) for what in (*DECORATION, *DECORATED_REQUESTS)),
    ("orders", "value", "orders.*.organization", []),
    ("orders", "value", "orders.*.certificate.dns_names", None),
    ("orders", "rows", "orders", "repeated"),
    ("orders", "rows", "orders", "reversed"),
    ("request", "value", "requester", []),
    ("request", "value", "processor", {}),
    ("request", "value", "order.organization", []),
    ("changes", "empty", "204"),
    ("changes", "empty", "{}"),
    ("changes", "empty", "[]"),
    ("duplicate", "empty", "204"),
)
"""Mutations of every answer of a kind that keep nothing from being sent."""

ERRORS = (
    ("status", 500, "json"),
    ("status", 403, "denied"),
    ("status", 404, "not found"),
    ("status", 404, "gone"),
    ("status", 429, "json"),
)
"""Errors in DigiCert's own form."""

GATEWAYS = (
    ("status", 502, "page"),
    ("status", 503, "page"),
    ("status", 403, "page"),
    ("status", 401, "page"),
    ("status", 200, "page"),
    ("status", 406, "empty"),
    ("status", 302, "page"),
)
"""Answers of what stands before DigiCert."""

SPOILED = (
    ("typed", "text/plain"),
    ("typed", "text/html; charset=utf-8"),
    ("typed", ""),
    ("coded", 202),
    ("coded", 204),
    ("coded", 404),
    ("coded", 500),
    ("sent", "cut"),
    ("sent", "reset"),
    ("sent", "double"),
    ("sent", "late"),
)
"""What becomes of an answer on its way."""

TROUBLE = (*ERRORS, *GATEWAYS, *SPOILED)

EMPTY = tuple(("empty", how) for how in ("204", "nothing", "no page", "{}", "[]"))
"""Nothing, in every way."""

STRANGE_REQUEST = (
    *(("value", "requests.-1.type", kind) for kind in KINDS),
    ("absent", "requests.-1.type"),
    ("renamed", "requests.-1.type"),
    *(("value", "requests.-1.type", word) for word in TYPES),
    ("absent", "requests.-1.status"),
    ("value", "requests.-1.status", 1),
    *(("value", "requests.-1.id", id_) for id_ in IDS),
    ("absent", "requests.-1.id"),
    ("absent", "requests.-1.comments"),
    ("value", "requests.-1.comments", ""),
)
"""An open request of which not all can be read that tells that it is one."""

STRANGE_ORDER: tuple[tuple[Any, ...], ...] = (
    *_misfits(
        "id", "status", "product", "product.name_id", "product.type", "certificate", "certificate.status"
    ),
    *_misfits("certificate.serial_number", "certificate.common_name", "requests", "requests.*.type"),
    *_misfits("requests.*.id", "requests.*.status", "requests.*.comments"),
    ("rows", "requests", "repeated"),
    ("rows", "requests", "reversed"),
    ("rows", "requests", "dropped"),
    ("first row", "requests", {"id": 1}),
    ("first row", "requests", None),
    ("value", "requests", []),
    *(("value", "status", word) for word in ORDER_WORDS),
    *(("value", "certificate.status", word) for word in ORDER_WORDS),
    ("value", "id", 1),
    ("value", "certificate.common_name", "x\x1b[31m\ny"),
)
"""What an order's own document has wrong."""

TWICE: tuple[tuple[Any, ...], ...] = (
    ("duplicated", "requests", []),
    ("duplicated", "requests.-1.type", "new_request"),
    ("duplicated", "requests.-1.status", "rejected"),
    ("duplicated", "id", 1),
    ("duplicated", "certificate", {"id": 1, "serial_number": "0A00"}),
    ("duplicated", "certificate.id", 1),
)
"""What stands twice in an order's own document, the second time with another value."""

STRANGE_IDENTITY = (
    *(("value", "certificate.id", id_) for id_ in IDS),
    ("absent", "certificate.id"),
    ("absent", "certificate.id"),
    ("renamed", "certificate.id"),
)
"""A certificate with a serial number whose id cannot be read."""

STRANGE_ANSWER: tuple[tuple[Any, ...], ...] = (
    *(("value", "id", id_) for id_ in IDS),
    *_misfits("id", "date", "type", "status", "requester", "comments", "order", "order.id"),
    *(("value", "type", word) for word in TYPES),
    ("duplicated", "id", 1),
    ("duplicated", "status", "rejected"),
)
"""What the answer to a PUT, or a request's own document, has wrong."""

STRANGE_LIST: tuple[tuple[Any, ...], ...] = (
    *(
        ("rows", name, how)
        for name in ("orders", "requests", "certificates")
        for how in ("repeated", "reversed", "dropped")
    ),
    *(
        ("value", f"{name}.0.id", id_)
        for name in ("orders", "requests", "certificates")
        for id_ in (None, "1", 0, True)
    ),
    *(
        ("first row", name, row)
        for name in ("orders", "requests", "certificates")
        for row in (None, {}, {"id": 1})
    ),
    *(("same id", name) for name in ("orders", "requests", "certificates")),
    *(("duplicated", name, []) for name in ("orders", "requests", "certificates")),
    ("duplicated", "certificates.-1.id", 1),
    *_misfits(
        "orders.0.status", "orders.0.certificate", "certificates.0.serial_number", "certificates.0.status"
    ),
    *_misfits("requests.0.type", "requests.0.status", "requests.0.order", "requests.0.order.id"),
    ("value", "page.total", 0),
    ("value", "page.total", "3"),
    ("value", "page", []),
    ("absent", "certificates.*.dns_names"),
    ("value", "certificates.*.dns_names", None),
)
"""What a list has wrong."""
