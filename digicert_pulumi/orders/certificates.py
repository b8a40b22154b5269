"""The certificates of an order: the one to revoke, and the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import msgspec

from digicert_pulumi.certcentral import CertCentralError, Interrupted, PartlyUnreadable
from digicert_pulumi.orders import serial_number as serial

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order


_MOST_ORDERS = 10
"""How many orders a filter may leave; a filter that DigiCert ignores leaves all of them."""


NEVER_ISSUED = frozenset({"pending", "needs_approval", "rejected", "canceled"})
"""Statuses of orders that hold no certificate, unless they show one."""

DECLARED_SERIAL_NUMBER = "the certificate with the declared serial number"
"""What a certificate is called before its id is known. The number is not quoted: see DESIGN.md."""


class CertificateNotFoundError(Exception):
    """The account has no such certificate, or CertCentral does not tell for sure which one it is.

    Attributes:
        cause: That, without what to do.
    """

    code: ClassVar[str] = "certificate-not-found"

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause}; nothing was sent; {remedy}")
        self.cause = cause


class Siblings(msgspec.Struct, frozen=True):
    """The certificates of an order beside the primary one.

    Attributes:
        duplicates: The duplicates that were issued.
        reissues: The reissues that were issued.
        unread: What could not be read of them, a line for each list.
    """

    duplicates: tuple[Certificate, ...] = ()
    reissues: tuple[Certificate, ...] = ()
    unread: tuple[str, ...] = ()


def has_siblings(order: Order, kind: str) -> bool:
    """Whether the order tells of certificates of a kind: `duplicate` or `reissue`."""
    if kind == "duplicate" and order.has_duplicates:
        return True
    return any(request.type == kind and request.status == "approved" for request in order.requests)


def is_the_same(one: Certificate, other: Certificate) -> bool:
    """Whether two rows are about one certificate: lists repeat it under another id, or without one."""
    return (one.id is not None and one.id == other.id) or serial.same(one.serial_number, other.serial_number)


class Located(msgspec.Struct, frozen=True):
    """A certificate with its order.

    Attributes:
        order: The order.
        certificate: The certificate.
        id: The certificate's id.
        siblings: The duplicates and reissues of the order, where they were read to find it.
    """

    order: Order
    certificate: Certificate
    id: int
    siblings: Siblings | None = None


def siblings(client: Client, order: Order, *, hinted: bool = True) -> Siblings:
    """Read the duplicates and reissues of an order. A list that cannot be read, or not whole, is named in the result.

    Args:
        client: The CertCentral client.
        order: The order.
        hinted: Whether to read only those lists of whose certificates the order's requests tell.
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
    """Find a certificate by its id or its serial number, as it was declared.

    CertCentral names the order of a certificate only through its lists. Whether those know duplicates is not
    documented: `order_id` tells where to look when they do not.

    Raises:
        CertificateNotFoundError: It was not found, or not for sure.
        CertCentralError: An order could not be read.
    """
    wanted = _Wanted(
        certificate_id,
        serial_number and serial.canonical(serial_number),
        may_be_decimal=serial_number is not None and serial_number.strip().isdecimal(),
    )
    candidates = [order_id] if order_id is not None else _orders_of(client, wanted)
    orders = [client.get_order(candidate) for candidate in candidates]
    # No list is needed where it is a primary certificate: one that cannot be read must not stop it.
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
    """The id or the serial number of a certificate."""

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
        """What may be wrong where it is not found."""
        return " (if its digits are decimal, declare it in hexadecimal)" if self.may_be_decimal else ""

    def is_it(self, certificate: Certificate) -> bool:
        if self.certificate_id is not None:
            return certificate.id == self.certificate_id
        return serial.same(self.serial_number, certificate.serial_number)


def _primary(order: Order, wanted: _Wanted) -> Located | None:
    """Find the certificate as the primary one, for which the order's own word counts: lists repeat it."""
    if not wanted.is_it(order.certificate):
        return None
    return Located(order, order.certificate, _id_of([order.certificate], order, wanted))


def _listed(client: Client, order: Order, wanted: _Wanted) -> Located | None:
    """Find the certificate among the duplicates and reissues of an order."""
    # Only where the order's own hints did not lead to it, both of its lists are read.
    for hinted in (True, False):
        others = siblings(client, order, hinted=hinted)
        matching = [each for each in (*others.reissues, *others.duplicates) if wanted.is_it(each)]
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
    """The one id of the certificates that match.

    Raises:
        CertificateNotFoundError: DigiCert tells none, or several, or several certificates have it.
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
    # A filter that is ignored brings strangers along: none is looked at without need.
    found = [row for row in page.orders if wanted.is_it(row.certificate)] or page.orders
    return list(dict.fromkeys(order.id for order in found))
