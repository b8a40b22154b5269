"""The functions that read an account, for any front end. They send nothing but GET."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import PartlyUnreadable
from digicert_pulumi.orders.certificates import is_the_same
from digicert_pulumi.orders.selection import Selection, TooManyError, select
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order
    from digicert_pulumi.finding import Found

    Say = Callable[[str], None]

MAX_RESULTS = 100
"""The default limit of `list_orders`."""


@dataclass(frozen=True)
class ListedOrder:
    """An order of CertCentral's list."""

    id: int
    """The order's id."""

    status: str
    """The order's status as DigiCert names it: `issued`, `revoked`, `reissue_pending`, ..."""

    common_name: str | None
    """The common name of the order's certificate; None if it has none."""

    dns_names: list[str]
    """All the DNS names of the certificate."""

    organization: str | None
    """The organization's name; None if the order has none (DV)."""

    product: str
    """The product's name."""

    product_name_id: str
    """DigiCert's identifier of the product, such as `ssl_plus`."""

    valid_till: str | None
    """The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued."""


@dataclass(frozen=True)
class OrderRequest:
    """A request on an order."""

    id: int
    """The request's id."""

    type: str
    """`new_request`, `revoke`, `duplicate`, `reissue`."""

    status: str
    """`submitted`, `pending`, `approved`, `rejected`."""

    date: str | None
    """When it was submitted, ISO 8601, UTC."""

    comments: str | None
    """The requester's message to the administrator."""


@dataclass(frozen=True)
class GetOrderResult(ListedOrder):
    """An order and its requests."""

    revocation: str
    """`none`, or the most relevant revocation request: `request 198 is pending`."""

    requests: list[OrderRequest]
    """All requests, of any type and status."""


@dataclass(frozen=True)
class ListOrdersResult:
    """The orders that match."""

    orders: list[ListedOrder]
    """At least one; the lowest id first."""


@dataclass(frozen=True)
class OrderCertificate:
    """A certificate of an order."""

    role: str
    """`primary`, `duplicate` or `reissue`."""

    id: int | None
    """The certificate's id; None before it is issued."""

    common_name: str | None
    """The common name; None if it has none."""

    dns_names: list[str]
    """All the DNS names."""

    serial_number: str | None
    """The serial number, hexadecimal; None before it is issued."""

    thumbprint: str | None
    """The SHA-1 thumbprint, hexadecimal; None before it is issued."""

    status: str | None
    """The certificate's status as DigiCert names it; None for most primary certificates."""

    valid_from: str | None
    """The first day of its validity, `yyyy-mm-dd`; None before it is issued."""

    valid_till: str | None
    """The last day of its validity, `yyyy-mm-dd`; None before it is issued."""


@dataclass(frozen=True)
class GetCertificatesResult:
    """All the certificates of an order, which its revocation would affect."""

    order_id: int
    """The order's id."""

    certificates: list[OrderCertificate]
    """The primary certificate first."""


@dataclass(frozen=True)
class FoundOrder(ListedOrder):
    """An order that holds at least one of the certificates to find."""

    found: list[OrderCertificate]
    """Its certificates that match the search."""

    others: list[OrderCertificate]
    """Its other certificates. A revocation of the order revokes them, too."""


@dataclass(frozen=True)
class FindOrdersResult:
    """The orders that hold the certificates to find."""

    orders: list[FoundOrder]
    """At least one; the lowest id first."""


def get_order(client: Client, _say: Say, order_id: Any) -> GetOrderResult:
    """Read an order.

    Raises:
        LookupFailedError: The id is invalid.
        CertCentralError: The order doesn't exist or can't be read.
    """
    order = client.get_order(_order_id(order_id))
    requests = [
        OrderRequest(each.id, each.type, each.status, each.date, each.comments) for each in order.requests
    ]
    shown = snapshot(Target(order))
    return GetOrderResult(**_described(order), revocation=shown.revocation, requests=requests)


def get_certificates(client: Client, say: Say, order_id: Any) -> GetCertificatesResult:
    """Read all the certificates of an order.

    Raises:
        LookupFailedError: The id is invalid.
        CertCentralError: The order doesn't exist, or its certificates can't be read.
    """
    id_ = _order_id(order_id)
    order = client.get_order(id_)
    roles = (
        ("primary", (order.certificate,)),
        ("duplicate", _readable(client.get_duplicates, id_, say)),
        ("reissue", _readable(client.get_reissues, id_, say)),
    )
    # The newest reissue is also the primary certificate, and is listed once.
    known: dict[Any, OrderCertificate] = {}
    for role, certificates in roles:
        for number, each in enumerate(certificates):
            known.setdefault(each.id or (role, number), _certificate(role, each))
    return GetCertificatesResult(order_id=id_, certificates=list(known.values()))


def _readable(
    read: Callable[[int], tuple[Certificate, ...]], order_id: int, say: Say
) -> tuple[Certificate, ...]:
    """Read a list of certificates, and warn if some of them can't be read."""
    try:
        return read(order_id)
    except PartlyUnreadable as error:
        say(str(error))
        return error.readable


def list_orders(
    client: Client,
    say: Say,
    *,
    status: Any = None,
    common_name: Any = None,
    organization: Any = None,
    container: Any = None,
    product: Any = None,
    valid_till_before: Any = None,
    valid_till_after: Any = None,
    max_results: Any = MAX_RESULTS,
) -> ListOrdersResult:
    """List the orders that match all the given filters.

    Raises:
        LookupFailedError: A filter is invalid, or it matches no orders or too many.
        NotWholeError: The list can't be read completely.
        CertCentralError: The list can't be read.
    """
    selection = _selection(
        status=status,
        common_name=common_name,
        organization=organization,
        container=container,
        product=product,
        valid_till_before=valid_till_before,
        valid_till_after=valid_till_after,
    )
    limit = _whole(max_results)
    if limit is None or limit < 1:
        raise LookupFailedError("max_results must be a positive whole number", f", not {max_results!r}")
    try:
        orders = select(client, selection, limit, say)
    except TooManyError:
        raise LookupFailedError(
            f"more than {limit} orders match; narrow the filters, or raise max_results", f" ({selection})"
        ) from None
    if not orders:
        raise LookupFailedError("no order matches", f" ({selection})")
    return ListOrdersResult([ListedOrder(**_described(order)) for order in orders])


def find_orders(
    client: Client,
    say: Say,
    *,
    serial_numbers: Any = None,
    thumbprints: Any = None,
    certificate_files: Any = None,
    key_files: Any = None,
    hosts: Any = None,
    all_certificates: Any = False,
    status: Any = None,
    common_name: Any = None,
    organization: Any = None,
    container: Any = None,
    product: Any = None,
    valid_till_after: Any = None,
) -> FindOrdersResult:
    """Find orders by serial numbers, thumbprints, files, keys or hosts of their certificates.

    Raises:
        LookupFailedError: An argument is invalid, or something was not found or could not be compared.
        NotWholeError: The list of orders can't be read completely.
        CertCentralError: DigiCert can't be reached, or refuses a call.
    """
    from digicert_pulumi import finding  # noqa: PLC0415 - most programs need no X.509

    try:
        wanted = [
            *map(finding.by_serial_number, _texts("serial_numbers", serial_numbers)),
            *map(finding.by_thumbprint, _texts("thumbprints", thumbprints)),
            *chain.from_iterable(
                finding.by_certificate_file(Path(each))
                for each in _texts("certificate_files", certificate_files)
            ),
            *(finding.by_key_file(Path(each)) for each in _texts("key_files", key_files)),
            *map(finding.by_host, _texts("hosts", hosts)),
        ]
    except finding.NotUsableError as error:
        raise LookupFailedError("an argument is invalid", f": {error}") from None
    if not wanted:
        raise LookupFailedError(
            "set at least one of serial_numbers, thumbprints, certificate_files, key_files or hosts"
        )
    selection = _selection(
        status=status,
        common_name=common_name,
        organization=organization,
        container=container,
        product=product,
        valid_till_after=valid_till_after,
    )
    if not isinstance(all_certificates, bool):
        raise LookupFailedError("all_certificates must be true or false", f", not {all_certificates!r}")
    try:
        result = finding.find(
            client, list(dict.fromkeys(wanted)), selection, all_certificates=all_certificates, report=say
        )
    except TooManyError:
        raise LookupFailedError("too many orders to compare; narrow the filters", f" ({selection})") from None
    if missing := result.missing:
        first = f"{missing[0].wanted.name}: {missing[0].why}"
        if missing[0].may_be_unlisted:
            first += "; to find a duplicate or an earlier certificate, set all_certificates"
        raise LookupFailedError(f"{len(missing)} of {len({*wanted})} were not found", f", such as {first}")
    if skipped := result.not_compared:
        order_id, why = next(iter(skipped.items()))
        raise LookupFailedError(
            f"{len(skipped)} orders could not be compared, such as order {order_id}: {why}"
        )
    order_ids = sorted({each.order.id for each in result.found})
    return FindOrdersResult([_found(order_id, result.found, say) for order_id in order_ids])


def _found(order_id: int, all_found: list[Found], say: Say) -> FoundOrder:
    there = [each for each in all_found if each.order.id == order_id]
    order, siblings = there[0].order, there[0].others
    for line in siblings.unread:
        say(line)
    known: list[Certificate] = []
    parts: tuple[list[OrderCertificate], list[OrderCertificate]] = ([], [])
    for role, certificates in (
        ("primary", (order.certificate,)),
        ("duplicate", siblings.duplicates),
        ("reissue", siblings.reissues),
    ):
        for each in certificates:
            if not any(is_the_same(each, other) for other in known):
                known.append(each)
                wanted = any(is_the_same(each, found.certificate) for found in there)
                parts[not wanted].append(_certificate(role, each))
    return FoundOrder(**_described(order), found=parts[0], others=parts[1])


def _described(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "status": order.status,
        "common_name": order.certificate.common_name,
        "dns_names": list(order.certificate.dns_names),
        "organization": order.organization.name if order.organization else None,
        "product": order.product.name,
        "product_name_id": order.product.name_id,
        "valid_till": order.certificate.valid_till,
    }


def _certificate(role: str, certificate: Certificate) -> OrderCertificate:
    return OrderCertificate(
        role=role,
        id=certificate.id,
        common_name=certificate.common_name,
        dns_names=list(certificate.dns_names),
        serial_number=certificate.serial_number,
        thumbprint=certificate.thumbprint,
        status=certificate.status,
        valid_from=certificate.valid_from,
        valid_till=certificate.valid_till,
    )


class LookupFailedError(Exception):
    """An argument is invalid, or the result isn't what was requested.

    Attributes:
        quoted: The end of the message. It quotes arguments, which can be secrets.
    """

    def __init__(self, message: str, quoted: str = "") -> None:
        super().__init__(message)
        self.quoted = quoted


def _order_id(value: Any) -> int:
    inputs = parse({"orderId": value})
    if inputs.order_id is None:
        raise LookupFailedError(f"order_id {inputs.failures[0].reason}")
    return inputs.order_id


def _selection(
    *,
    status: Any,
    common_name: Any,
    organization: Any,
    container: Any,
    product: Any,
    valid_till_before: Any = None,
    valid_till_after: Any,
) -> Selection:
    """Validate the filters of a function."""
    return Selection(
        statuses=_statuses(status),
        common_name=_text("common_name", common_name),
        organization=_name_or_id("organization", organization),
        container=_name_or_id("container", container),
        product=_text("product", product),
        valid_till_before=_day("valid_till_before", valid_till_before),
        valid_till_after=_day("valid_till_after", valid_till_after),
    )


def _statuses(status: Any) -> tuple[str, ...]:
    if status is None:
        return ()
    statuses = (status,) if isinstance(status, str) else status
    if not isinstance(statuses, Collection) or not all(isinstance(each, str) for each in statuses):
        raise LookupFailedError(
            "status must be a string such as 'issued', or a list of strings", f", not {status!r}"
        )
    if not statuses:
        raise LookupFailedError(
            "status is an empty list, which matches no order; omit it to match any status"
        )
    return tuple(statuses)


def _texts(name: str, value: Any) -> tuple[str, ...]:
    texts = () if value is None else (value,) if isinstance(value, str) else value
    if not isinstance(texts, Collection) or not all(isinstance(each, str) for each in texts):
        raise LookupFailedError(f"{name} must be a string, or a list of strings", f", not {value!r}")
    return tuple(texts)


def _text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise LookupFailedError(f"{name} must be a string", f", not {value!r}")


def _name_or_id(name: str, value: Any) -> str | int | None:
    if value is None or isinstance(value, str):
        return value
    id_ = _whole(value)
    if id_ is None:
        raise LookupFailedError(f"{name} must be a name or an id", f", not {value!r}")
    return id_


def _day(name: str, value: Any) -> str | None:
    """Validate a date. Only DigiCert's format is valid, because dates are compared as strings."""
    if value is None or (isinstance(value, str) and _is_a_day(value)):
        return value
    raise LookupFailedError(f"{name} must be a date, yyyy-mm-dd", f", not {value!r}")


def _is_a_day(text: str) -> bool:
    try:
        # Python 3.11 also parses 20270301 and 2027-W09-1.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _whole(value: Any) -> int | None:
    """Return a value as an integer; None if it isn't one. The engine sends integers as floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
