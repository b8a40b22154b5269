"""The certificates of an order: the one that a revocation is about, and the others that it hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from digicert_pulumi.failures import CertificateNotFoundError
from digicert_pulumi.revocation import Siblings, has_siblings

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order
    from digicert_pulumi.revocation import Wish


class Located(msgspec.Struct, frozen=True):
    """A certificate with its order.

    Attributes:
        order: The order, with this certificate in the place of the primary one.
        others: The other certificates of the order.
    """

    order: Order
    others: tuple[Certificate, ...]


def siblings(client: Client, order: Order) -> Siblings:
    """Read the duplicates and reissues of an order, where its requests tell of any.

    Raises:
        CertCentralError: They could not be read.
    """
    return Siblings(
        duplicates=client.get_duplicates(order.id) if has_siblings(order, "duplicate") else (),
        reissues=client.get_reissues(order.id) if has_siblings(order, "reissue") else (),
    )


def locate(
    client: Client, *, order_id: int | None, certificate_id: int | None, serial_number: str | None
) -> Located:
    """Find a certificate by its id or its serial number.

    CertCentral names the order of a certificate only through its lists. Whether those know duplicates is not
    documented: `order_id` tells where to look when they do not.

    Raises:
        CertificateNotFoundError: It was not found.
        CertCentralError: The order or its certificates could not be read.
    """
    name = (
        f"certificate {certificate_id}"
        if certificate_id
        else f"certificate with serial number {serial_number}"
    )
    found = [order_id] if order_id is not None else _orders_of(client, certificate_id, serial_number)
    for candidate in found:
        order = client.get_order(candidate)
        # Only where the order's own hints did not lead to it, both of its lists are read.
        for read in (siblings, _all_siblings):
            located = _located(order, read(client, order), certificate_id, serial_number)
            if located:
                return located
    where = (
        f"is not on order {order_id}" if order_id is not None else "was not found in this CertCentral account"
    )
    raise CertificateNotFoundError(f"{name} {where}")


def _located(
    order: Order, others: Siblings, certificate_id: int | None, serial_number: str | None
) -> Located | None:
    certificates = {known.id: known for known in (*others.reissues, *others.duplicates, order.certificate)}
    for known in certificates.values():
        if _is(known, certificate_id, serial_number):
            rest = tuple(other for other in certificates.values() if other.id != known.id)
            return Located(replace(order, certificate=known), rest)
    return None


def _all_siblings(client: Client, order: Order) -> Siblings:
    return Siblings(duplicates=client.get_duplicates(order.id), reissues=client.get_reissues(order.id))


def read_for(client: Client, read: Callable[[int], Order], wish: Wish) -> Order:
    """Read the order of a wish; its certificate is the one that the wish is about.

    Args:
        client: The CertCentral client.
        read: Reads an order of which all the certificates are to be revoked.
        wish: The revocation.

    Raises:
        CertCentralError: It could not be read.
        CertificateNotFoundError: The order does not hold the certificate any more.
    """
    if wish.certificate_id is None:
        return read(wish.order_id)
    return locate(
        client, order_id=wish.order_id, certificate_id=wish.certificate_id, serial_number=None
    ).order


def _orders_of(client: Client, certificate_id: int | None, serial_number: str | None) -> list[int]:
    wanted = (
        {"certificate_id": certificate_id} if certificate_id is not None else {"serial_number": serial_number}
    )
    return [order.id for order in client.list_orders(filters=wanted, limit=10).orders]


def _is(certificate: Certificate, certificate_id: int | None, serial_number: str | None) -> bool:
    if certificate_id is not None:
        return certificate.id == certificate_id
    return (certificate.serial_number or "").upper() == (serial_number or "").upper()
