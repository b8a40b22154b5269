"""Find a certificate and the other certificates of its order."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from digicert_pulumi.certcentral import CertCentralError, Interrupted, PartlyUnreadable
from digicert_pulumi.certcentral.models import REQUEST_TYPES
from digicert_pulumi.orders import serial_number as serial

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order


_MOST_ORDERS = 10
"""The most orders to read of a filtered list. If DigiCert ignores the filter, the list has all orders of the account."""


NEVER_ISSUED = frozenset({"pending", "needs_approval", "rejected", "canceled"})
"""Statuses of orders that have no certificate, unless the order shows one."""

_MADE_NONE = frozenset({"submitted", "pending", "rejected"})
"""Statuses of requests that made no certificate."""

DECLARED_SERIAL_NUMBER = "the certificate with the declared serial number"
"""The name of a certificate in messages before its id is known. The number is not quoted: see DESIGN.md."""


class CertificateNotFoundError(Exception):
    """The account doesn't have the certificate, or CertCentral's answers don't identify it without doubt.

    Attributes:
        cause: What is wrong, without the remedy.
        remedy: What the user can do.
    """

    code: ClassVar[str] = "certificate-not-found"

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause}; nothing was sent; {remedy}")
        self.cause = cause
        self.remedy = remedy


class Siblings(msgspec.Struct, frozen=True):
    """The certificates of an order, except the primary one.

    Attributes:
        duplicates: The issued duplicates.
        reissues: The issued reissues.
        unread: A message for each list that could not be read in full.
    """

    duplicates: tuple[Certificate, ...] = ()
    reissues: tuple[Certificate, ...] = ()
    unread: tuple[str, ...] = ()


def has_siblings(order: Order, kind: str) -> bool:
    """Whether the order may have certificates of this kind, `duplicate` or `reissue`, by what it shows.

    A request with an unknown type or status, or that can't be read, may have made one.
    """
    if kind == "duplicate" and order.has_duplicates:
        return True
    other_types = REQUEST_TYPES - {kind}
    return any(request.type not in other_types for request in order.unreadable_requests) or any(
        request.type not in other_types and request.status not in _MADE_NONE for request in order.requests
    )


def is_the_same(one: Certificate, other: Certificate) -> bool:
    """Whether two rows are the same certificate. Lists may repeat a certificate with another id, or without one."""
    return (one.id is not None and one.id == other.id) or serial.same(one.serial_number, other.serial_number)


class Located(msgspec.Struct, frozen=True):
    """A certificate with its order.

    Attributes:
        order: The order.
        certificate: The certificate.
        id: The certificate's id.
        siblings: The duplicates and reissues of the order; None if they weren't read to find the certificate.
    """

    order: Order
    certificate: Certificate
    id: int
    siblings: Siblings | None = None


def siblings(client: Client, order: Order, *, hinted: bool = True) -> Siblings:
    """Read the duplicates and reissues of an order. The result names each list that can't be read in full.

    Args:
        client: The CertCentral client.
        order: The order.
        hinted: Whether to read a list only if the order shows that it has certificates of this kind.
    """
    unread: list[str] = []

    def read(kind: str, list_: Callable[[int], tuple[Certificate, ...]]) -> tuple[Certificate, ...]:
        if hinted and not has_siblings(order, kind):
            return ()
        try:
            return list_(order.id)
        except Interrupted:
            raise
        except CertCentralError as error:
            unread.append(f"order {order.id}: its {kind}s could not be read ({error.cause})")
            return error.readable if isinstance(error, PartlyUnreadable) else ()

    return Siblings(
        duplicates=read("duplicate", client.get_duplicates),
        reissues=read("reissue", client.get_reissues),
        unread=tuple(unread),
    )


def locate(
    client: Client, *, order_id: int | None, certificate_id: int | None, serial_number: str | None
) -> Located:
    """Find a certificate by its declared id or serial number.

    CertCentral shows the order of a certificate only in its lists, and doesn't document whether they include
    duplicates. If they don't, `order_id` is needed.

    Raises:
        CertificateNotFoundError: The certificate was not found, or not identified without doubt.
        CertCentralError: An order could not be read.
    """
    wanted = _Wanted(
        certificate_id,
        serial_number and serial.canonical(serial_number),
        may_be_decimal=serial_number is not None and serial_number.strip().isdecimal(),
    )
    candidates = [order_id] if order_id is not None else _orders_of(client, wanted)
    orders = [client.get_order(candidate) for candidate in candidates]
    # A primary certificate needs no list, so an unreadable list must not cause an error.
    found = [each for order in orders if (each := _primary(order, wanted))] or [
        each for order in orders if (each := _listed(client, order, wanted))
    ]
    if len(found) > 1:
        several = " and ".join(str(each.order.id) for each in found)
        raise CertificateNotFoundError(
            f"{wanted.name} is on the orders {several}", "declare its order_id as well"
        )
    if found:
        return found[0]
    if order_id is not None:
        raise CertificateNotFoundError(
            f"{wanted.name} is not on order {order_id}{wanted.hint}", "check it and its order_id"
        )
    raise CertificateNotFoundError(
        f"{wanted.name} was not found in this CertCentral account{wanted.hint}",
        "check it, and for a duplicate or a reissue give its order_id",
    )


class _Wanted(msgspec.Struct, frozen=True):
    """The declared id or serial number of a certificate."""

    certificate_id: int | None
    serial_number: str | None
    may_be_decimal: bool

    @property
    def name(self) -> str:
        if self.certificate_id is not None:
            return f"certificate {self.certificate_id}"
        return DECLARED_SERIAL_NUMBER

    @property
    def hint(self) -> str:
        """The possible cause if the certificate is not found."""
        return " (if its digits are decimal, declare it in hexadecimal)" if self.may_be_decimal else ""

    def matches(self, certificate: Certificate) -> bool:
        if self.certificate_id is not None:
            return certificate.id == self.certificate_id
        return serial.same(self.serial_number, certificate.serial_number)


def _primary(order: Order, wanted: _Wanted) -> Located | None:
    """Return the order's primary certificate if it matches. The order itself counts: lists may repeat the certificate."""
    if not wanted.matches(order.certificate):
        return None
    return Located(order, order.certificate, _id_of([order.certificate], order, wanted))


def _listed(client: Client, order: Order, wanted: _Wanted) -> Located | None:
    """Find the certificate among the duplicates and reissues of an order."""
    # First read the lists that the order hints at. Read both lists only if those don't have the certificate.
    for hinted in (True, False):
        others = siblings(client, order, hinted=hinted)
        matching = [each for each in (*others.reissues, *others.duplicates) if wanted.matches(each)]
        if others.unread and (not matching or wanted.certificate_id is None):
            declare = "; if you know its certificate_id, declare that"
            remedy = f"try again later{declare if wanted.certificate_id is None else ''}"
            raise CertificateNotFoundError(
                f"{wanted.name} cannot be distinguished from others: {others.unread[0]}", remedy
            )
        if matching:
            return Located(order, matching[0], _id_of(matching, order, wanted), others)
    return None


def _id_of(matching: list[Certificate], order: Order, wanted: _Wanted) -> int:
    """Return the id that the matching certificates share.

    Raises:
        CertificateNotFoundError: DigiCert shows no id, several ids, or several certificates with the same id.
    """
    ids = {each.id for each in matching}
    first = matching[0].serial_number
    others = [each.serial_number for each in matching if not serial.same(first, each.serial_number)]
    if len(ids) > 1:
        listed = " and ".join("none" if each is None else str(each) for each in sorted(ids, key=str))
        happened = f"{wanted.name} has several ids on order {order.id}: {listed}"
    elif first is not None and any(others):
        raise CertificateNotFoundError(
            f"{wanted.name} is listed on order {order.id} with the serial numbers {first} and {others[0]}",
            "look at the order in CertCentral, and revoke the certificate there",
        )
    elif (certificate_id := ids.pop()) is not None:
        return certificate_id
    else:
        happened = f"DigiCert shows no id for {wanted.name} on order {order.id}"
    raise CertificateNotFoundError(
        happened, "look the certificate up in CertCentral and declare its certificate_id"
    )


def _orders_of(client: Client, wanted: _Wanted) -> list[int]:
    filters: dict[str, object]
    if wanted.certificate_id is not None:
        filters = {"certificate_id": wanted.certificate_id}
    else:
        filters = {"serial_number": wanted.serial_number}
    page = client.list_orders(filters=filters, limit=_MOST_ORDERS)
    if unreadable := page.rows - len(page.orders):
        raise CertificateNotFoundError(
            f"{wanted.name}: {unreadable} of the orders that DigiCert lists for it cannot be read",
            "declare its order_id as well",
        )
    # If DigiCert ignores the filter, the page has unrelated orders. Don't read those if a row matches.
    found = [row for row in page.orders if wanted.matches(row.certificate)] or page.orders
    return list(dict.fromkeys(order.id for order in found))
