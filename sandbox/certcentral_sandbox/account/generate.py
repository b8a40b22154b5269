"""Generate the orders of a new state: realistic variety in a fixed pattern, reproducible by the seed.

Order ids start at 100000001. An order's kind depends on its id, with `n = (id - 100000001) % 100`:

===== ========================= ===========================================================================
 n    kind                      meaning
===== ========================= ===========================================================================
10    code_signing              issued, product of type `code_signing_certificate`
11    document_signing          issued, product of type `document_signing_certificate`
12    expired                   status `expired`, valid until 30 days ago
13    reissue_pending           status `reissue_pending`, a pending reissue request and certificate
14    revoked                   status `revoked`, with an approved revocation request
15    revoked_without_request   status `revoked` by `skip_approval`: no revocation request
16    revoke_pending            issued, a revocation request is `pending`
17    revoke_submitted          issued, a revocation request is `submitted`
18    revoke_rejected           issued, the last revocation request was rejected
19    duplicates                issued, three duplicates
20    reissued                  issued, reissued twice: the second reissue is the primary certificate
21    certificate_revoked       issued; only the primary certificate is revoked, a duplicate is valid
22    needs_approval            not issued: a new request is `pending`
23    canceled                  status `canceled`
24    rejected                  status `rejected`: the new request was rejected
25    renewed                   issued, renewed by a later order
rest  ov_multi_domain, dv, ov,  plain issued TLS orders, by `n % 5` (0 to 4 in this order): 84 of 100. DV has
      ev, ov_wildcard           the type `dv_ssl_certificate` and no organization
===== ========================= ===========================================================================

Ids, names and numbers depend only on the seed. Dates are relative to the day of generation, which is stored in the
state. An order doesn't depend on the number of orders after it.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from certcentral_sandbox.account.catalogue import (
    ADMINISTRATOR,
    CONTAINER,
    ORGANIZATIONS,
    STANDARD_USER,
    USERS,
)
from certcentral_sandbox.account.clock import now, timestamp
from certcentral_sandbox.account.store import Store

FIRST_ORDER_ID = 100000001

PLAIN_KINDS = ("ov_multi_domain", "dv", "ov", "ev", "ov_wildcard")
_FIRST_SPECIAL = 10
SPECIAL_KINDS = (
    "code_signing",
    "document_signing",
    "expired",
    "reissue_pending",
    "revoked",
    "revoked_without_request",
    "revoke_pending",
    "revoke_submitted",
    "revoke_rejected",
    "duplicates",
    "reissued",
    "certificate_revoked",
    "needs_approval",
    "canceled",
    "rejected",
    "renewed",
)
_PERIOD = 100
_BATCH = 5000

_PRODUCTS = {
    "dv": ("ssl_dv_geotrust", 149),
    "ov": ("ssl_plus", 293),
    "ov_multi_domain": ("ssl_multi_domain", 489),
    "ev": ("ssl_ev_plus", 469),
    "ov_wildcard": ("ssl_wildcard", 688),
    "code_signing": ("code_signing", 539),
    "document_signing": ("document_signing_org_1", 469),
}
_SERVICES = ("api", "login", "shop", "mail", "cdn", "status", "files", "billing", "git", "vpn")
_ZONES = ("example.com", "old.example.com", "example.net", "eu.example.org")
_VALIDITY = timedelta(days=397)
_OLDEST = 330
_REASON = "cessationOfOperation"
_DECISION = timedelta(minutes=45)


def kind_of(order_id: int) -> str:
    """Return the kind of an order."""
    place = (order_id - FIRST_ORDER_ID) % _PERIOD
    special = place - _FIRST_SPECIAL
    if 0 <= special < len(SPECIAL_KINDS):
        return SPECIAL_KINDS[special]
    return PLAIN_KINDS[place % len(PLAIN_KINDS)]


def generate(store: Store, orders: int, seed: int) -> None:
    """Fill a new state with orders, in one transaction."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    everything = _orders(seed, today)
    with store.transaction():
        store.create_tables()
        store.execute("INSERT INTO meta VALUES ('generated', ?)", [timestamp(today)])
        for start in range(0, orders, _BATCH):
            _insert(store, list(islice(everything, min(_BATCH, orders - start))))
        store.create_indexes()


@dataclass
class _Certificate:
    """A future row of `certificates`."""

    id: int
    serial_number: str
    issued: datetime
    role: str = "original"
    status: str = "issued"
    revoked: datetime | None = None
    revocation_reason: str | None = None


@dataclass
class _Request:
    """A future row of `requests`."""

    id: int
    type: str
    status: str
    date: datetime
    requester_id: int
    comments: str
    certificate_id: int | None = None
    processor_comment: str | None = None
    revocation_reason: str | None = None


@dataclass
class _Order:
    """A future order, with its certificates and requests."""

    id: int
    kind: str
    common_name: str
    dns_names: list[str]
    organization_id: int | None
    user_id: int
    created: datetime
    issue: Callable[[datetime], _Certificate]
    request: Callable[..., _Request]
    product: str
    price: int
    status: str = "issued"
    changed: datetime | None = None
    primary: _Certificate | None = None
    certificates: list[_Certificate] = field(default_factory=list)
    requests: list[_Request] = field(default_factory=list)


def _orders(seed: int, today: datetime) -> Iterator[_Order]:
    """Yield the orders of a seed, without end."""
    rng = random.Random(seed)  # noqa: S311 - not for cryptography
    certificate_id = request_id = 0

    def issue(issued: datetime) -> _Certificate:
        nonlocal certificate_id
        certificate_id += 1
        serial_number = f"0{rng.getrandbits(124) | 1 << 120:031X}"
        rng.getrandbits(160)  # unused; keeps the names and numbers of existing seeds
        return _Certificate(200000000 + certificate_id, serial_number, issued)

    def request(
        type_: str, status: str, date: datetime, user_id: int, comments: str, **more: Any
    ) -> _Request:
        nonlocal request_id
        request_id += 1
        return _Request(request_id, type_, status, date, user_id, comments, **more)

    order_id = FIRST_ORDER_ID
    while True:
        kind = kind_of(order_id)
        product, price = _PRODUCTS.get(kind, _PRODUCTS["ov"])
        common_name, dns_names = _names(order_id, kind, product, rng)
        order = _Order(
            id=order_id,
            kind=kind,
            common_name=common_name,
            dns_names=dns_names,
            organization_id=_organization(order_id, kind, rng),
            user_id=rng.choice(list(USERS)),
            created=today - timedelta(days=rng.randint(20, _OLDEST), seconds=rng.randint(1, 86399)),
            issue=issue,
            request=request,
            product=product,
            price=price,
        )
        _apply_kind(order, today)
        yield order
        order_id += 1


def _names(order_id: int, kind: str, product: str, rng: random.Random) -> tuple[str, list[str]]:
    """Return the common name and DNS names. The first order has those of the quickstart."""
    if order_id == FIRST_ORDER_ID:
        return "www.example.com", ["www.example.com", "example.com", "shop.example.com"]
    number = order_id - FIRST_ORDER_ID
    zone = rng.choice(_ZONES)
    service = rng.choice(_SERVICES)
    extra = rng.randint(2, 5)
    name = f"{service}-{number}.{zone}"
    if product in {"code_signing", "document_signing_org_1"}:
        return f"Example, Inc. {number}", []
    if kind == "ov_wildcard":
        return f"*.{name}", [f"*.{name}", name]
    if kind == "ov_multi_domain":
        return name, [name, *(f"{other}-{number}.{zone}" for other in _SERVICES[:extra] if other != service)]
    return name, [name, f"www.{name}"]


def _organization(order_id: int, kind: str, rng: random.Random) -> int | None:
    organizations = list(ORGANIZATIONS)
    chosen = rng.choice(organizations)
    if kind == "dv":
        return None
    return organizations[0] if order_id == FIRST_ORDER_ID else chosen


def _apply_kind(order: _Order, today: datetime) -> None:
    """Give the order the history of its kind."""
    if order.kind == "expired":
        order.created = today - timedelta(days=30) - _VALIDITY
    build = _HISTORIES.get(order.kind, _issued)
    build(order, today)


def _issued(order: _Order, _today: datetime) -> None:
    order.requests.append(_new_request(order, "approved"))
    issued = order.created + timedelta(hours=3)
    order.primary = order.issue(issued)
    order.certificates.append(order.primary)
    order.changed = issued


def _new_request(order: _Order, status: str) -> _Request:
    return order.request(
        "new_request", status, order.created, order.user_id, f"Order for {order.common_name}."
    )


def _expired(order: _Order, today: datetime) -> None:
    _issued(order, today)
    order.status = "expired"
    order.changed = today - timedelta(days=30)


def _reissue_pending(order: _Order, today: datetime) -> None:
    _issued(order, today)
    asked = today - timedelta(days=1)
    order.requests.append(
        order.request("reissue", "pending", asked, order.user_id, "The key moves to a new host.")
    )
    order.certificates.append(replace(order.issue(asked), role="reissue", status="pending"))
    order.status = "reissue_pending"
    order.changed = asked


def _request_revocation(order: _Order, status: str, date: datetime, **more: Any) -> None:
    order.requests.append(
        order.request(
            "revoke",
            status,
            date,
            STANDARD_USER.id,
            "The service was shut down.",
            revocation_reason=_REASON,
            **more,
        )
    )


def _revoke_everything(order: _Order, date: datetime, reason: str) -> None:
    order.status = "revoked"
    order.changed = date
    for certificate in order.certificates:
        _revoke(certificate, date, reason)


def _revoke(certificate: _Certificate, date: datetime, reason: str) -> None:
    certificate.status = "revoked"
    certificate.revoked = date
    certificate.revocation_reason = reason


def _revoked(order: _Order, today: datetime) -> None:
    _issued(order, today)
    date = today - timedelta(days=8)
    _request_revocation(order, "approved", date, processor_comment="Confirmed with the owner.")
    _revoke_everything(order, date + _DECISION, _REASON)


def _revoked_without_request(order: _Order, today: datetime) -> None:
    _issued(order, today)
    _revoke_everything(order, today - timedelta(days=8), "unspecified")


def _revoke_pending(order: _Order, today: datetime) -> None:
    _issued(order, today)
    _request_revocation(order, "pending", today - timedelta(days=1))


def _revoke_submitted(order: _Order, today: datetime) -> None:
    _issued(order, today)
    _request_revocation(order, "submitted", today - timedelta(days=1))


def _revoke_rejected(order: _Order, today: datetime) -> None:
    _issued(order, today)
    _request_revocation(order, "rejected", today - timedelta(days=8), processor_comment="Still in use.")


def _duplicates(order: _Order, today: datetime) -> None:
    _issued(order, today)
    for day in (1, 2, 3):
        date = order.created + timedelta(days=day)
        order.requests.append(order.request("duplicate", "approved", date, order.user_id, "One more server."))
        order.certificates.append(replace(order.issue(date), role="duplicate"))


def _reissued(order: _Order, today: datetime) -> None:
    _issued(order, today)
    for day in (5, 10):
        date = order.created + timedelta(days=day)
        order.requests.append(order.request("reissue", "approved", date, order.user_id, "A new key."))
        order.primary = replace(order.issue(date), role="reissue")
        order.certificates.append(order.primary)


def _certificate_revoked(order: _Order, today: datetime) -> None:
    _issued(order, today)
    date = order.created + timedelta(days=1)
    order.requests.append(order.request("duplicate", "approved", date, order.user_id, "One more server."))
    order.certificates.append(replace(order.issue(date), role="duplicate"))
    primary = order.certificates[0]
    asked = today - timedelta(days=8)
    _request_revocation(order, "approved", asked, certificate_id=primary.id)
    _revoke(primary, asked + _DECISION, _REASON)


def _needs_approval(order: _Order, today: datetime) -> None:
    order.created = today - timedelta(days=1)
    order.requests.append(_new_request(order, "pending"))
    order.status = "needs_approval"
    order.changed = order.created


def _canceled(order: _Order, today: datetime) -> None:
    order.requests.append(_new_request(order, "approved"))
    order.status = "canceled"
    order.changed = min(order.created + timedelta(days=3), today - timedelta(days=8))


def _rejected(order: _Order, _today: datetime) -> None:
    rejected = _new_request(order, "rejected")
    rejected.processor_comment = "Not our domain."
    order.requests.append(rejected)
    order.status = "rejected"
    order.changed = order.created + timedelta(hours=1)


_HISTORIES: dict[str, Callable[[_Order, datetime], None]] = {
    "expired": _expired,
    "reissue_pending": _reissue_pending,
    "revoked": _revoked,
    "revoked_without_request": _revoked_without_request,
    "revoke_pending": _revoke_pending,
    "revoke_submitted": _revoke_submitted,
    "revoke_rejected": _revoke_rejected,
    "duplicates": _duplicates,
    "reissued": _reissued,
    "certificate_revoked": _certificate_revoked,
    "needs_approval": _needs_approval,
    "canceled": _canceled,
    "rejected": _rejected,
}


def _insert(store: Store, orders: list[_Order]) -> None:
    store.insert_many("orders", [_order_row(order) for order in orders])
    for table, rows in (
        ("certificates", [_certificate_row(order, item) for order in orders for item in order.certificates]),
        ("requests", [_request_row(order, item) for order in orders for item in order.requests]),
    ):
        if rows:
            store.insert_many(table, rows)


def _order_row(order: _Order) -> tuple[Any, ...]:
    primary = order.primary
    changed = order.changed or order.created
    return (
        order.id,
        order.kind,
        order.status,
        order.product,
        order.common_name,
        json.dumps(order.dns_names),
        order.organization_id,
        CONTAINER["id"],
        order.user_id,
        USERS[order.user_id].email,
        primary and primary.id,
        timestamp(order.created),
        primary and _valid_till(order),
        order.kind == "renewed",
        order.id % 7 == 0,
        order.price,
        any(certificate.role == "duplicate" for certificate in order.certificates),
        changed.timestamp(),
    )


def _valid_till(order: _Order) -> str:
    return (order.created + _VALIDITY).date().isoformat()


def _certificate_row(order: _Order, certificate: _Certificate) -> tuple[Any, ...]:
    pending = certificate.status == "pending"
    return (
        certificate.id,
        order.id,
        certificate.role,
        certificate.status,
        None if pending else certificate.serial_number,
        None,  # the thumbprint, set when the certificate is created
        order.common_name,
        json.dumps(order.dns_names),
        timestamp(order.created if certificate.role == "original" else certificate.issued),
        None if pending else timestamp(certificate.issued),
        None if pending else certificate.issued.date().isoformat(),
        None if pending else _valid_till(order),
        certificate.revoked and certificate.revoked.timestamp(),
        certificate.revocation_reason,
    )


def _request_row(order: _Order, request: _Request) -> tuple[Any, ...]:
    processed = request.status in {"approved", "rejected"}
    return (
        request.id,
        order.id,
        request.certificate_id,
        request.type,
        request.status,
        timestamp(request.date),
        timestamp(request.date + _DECISION) if processed else None,
        request.requester_id,
        ADMINISTRATOR.id if processed else None,
        request.comments,
        request.processor_comment,
        request.revocation_reason,
        0.0,
    )
