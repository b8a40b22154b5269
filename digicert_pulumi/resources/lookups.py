"""The functions that read an account, for any front end. They send nothing but GET."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import PartlyUnreadable
from digicert_pulumi.orders.selection import Selection, TooManyError, select
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.rules import snapshot
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order

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
    """The certificate's status as DigiCert names it; mostly None for a primary certificate."""

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


def get_order(client: Client, _say: Say, order_id: Any) -> GetOrderResult:
    """Read an order.

    Raises:
        WrongError: It is no order's id.
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
        WrongError: It is no order's id.
        CertCentralError: The order doesn't exist, or its certificates can't be read.
    """
    id_ = _order_id(order_id)
    order = client.get_order(id_)
    roles = (
        ("primary", (order.certificate,)),
        ("duplicate", _readable(client.get_duplicates, id_, say)),
        ("reissue", _readable(client.get_reissues, id_, say)),
    )
    # The newest reissue is the primary certificate as well, and is told once.
    known: dict[Any, OrderCertificate] = {}
    for role, certificates in roles:
        for number, each in enumerate(certificates):
            known.setdefault(each.id or (role, number), _certificate(role, each))
    return GetCertificatesResult(order_id=id_, certificates=list(known.values()))


def _readable(
    read: Callable[[int], tuple[Certificate, ...]], order_id: int, say: Say
) -> tuple[Certificate, ...]:
    """Read a list of certificates, and warn where some of them cannot be read."""
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
        WrongError: A filter is wrong, or no order matches, or too many.
        NotWholeError: The list can't be read in whole.
        CertCentralError: The list can't be read.
    """
    selection = Selection(
        statuses=_statuses(status),
        common_name=_text("common_name", common_name),
        organization=_name_or_id("organization", organization),
        container=_name_or_id("container", container),
        product=_text("product", product),
        valid_till_before=_day("valid_till_before", valid_till_before),
        valid_till_after=_day("valid_till_after", valid_till_after),
    )
    limit = _whole(max_results)
    if limit is None or limit < 1:
        raise WrongError("max_results must be a positive whole number", f", not {max_results!r}")
    try:
        orders = select(client, selection, limit, say)
    except TooManyError:
        raise WrongError(
            f"more than {limit} orders match; select fewer, or raise max_results", f" ({selection})"
        ) from None
    if not orders:
        raise WrongError("no order matches", f" ({selection})")
    return ListOrdersResult([ListedOrder(**_described(order)) for order in orders])


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


class WrongError(Exception):
    """An argument is wrong, or what it selects is.

    Attributes:
        quoted: The end of the message, which quotes arguments: they can be secret.
    """

    def __init__(self, message: str, quoted: str = "") -> None:
        super().__init__(message)
        self.quoted = quoted


def _order_id(value: Any) -> int:
    inputs = parse({"orderId": value})
    if inputs.order_id is None:
        raise WrongError(f"order_id {inputs.failures[0].reason}")
    return inputs.order_id


def _statuses(status: Any) -> tuple[str, ...]:
    if status is None:
        return ()
    statuses = (status,) if isinstance(status, str) else status
    if not isinstance(statuses, Collection) or not all(isinstance(each, str) for each in statuses):
        raise WrongError("status must be one such as 'issued', or a list of some", f", not {status!r}")
    if not statuses:
        raise WrongError("status is an empty list, to which no order applies; leave it out for all")
    return tuple(statuses)


def _text(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise WrongError(f"{name} must be a text", f", not {value!r}")


def _name_or_id(name: str, value: Any) -> str | int | None:
    if value is None or isinstance(value, str):
        return value
    id_ = _whole(value)
    if id_ is None:
        raise WrongError(f"{name} must be its name, or its id", f", not {value!r}")
    return id_


def _day(name: str, value: Any) -> str | None:
    """Take no other spelling of a day than DigiCert's: days are compared as texts."""
    if value is None or (isinstance(value, str) and _is_a_day(value)):
        return value
    raise WrongError(f"{name} must be a day, yyyy-mm-dd", f", not {value!r}")


def _is_a_day(text: str) -> bool:
    try:
        # Python 3.11 reads 20270301 and 2027-W09-1 as well.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _whole(value: Any) -> int | None:
    """The whole number that a value is: a whole one is a float where it comes from the engine."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
