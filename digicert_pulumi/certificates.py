"""The certificates of an order: the one that a revocation is about, and the others that it hits."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from digicert_pulumi.failures import CertificateNotFoundError, RefusedError
from digicert_pulumi.revocation import Refuse, Siblings, SingleCertificate, WholeOrder, has_siblings

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order
    from digicert_pulumi.revocation import Wish


class SerialNumber(msgspec.Struct, frozen=True):
    """What names a certificate that its id does not name.

    Attributes:
        text: The serial number, hexadecimal.
    """

    text: str


class Located(msgspec.Struct, frozen=True):
    """A certificate with its order.

    Attributes:
        id: The certificate's id.
        order: The order, with this certificate in the place of the primary one.
        others: The other certificates of the order.
    """

    id: int
    order: Order
    others: tuple[Certificate, ...]

    @property
    def identity(self) -> tuple[SingleCertificate, int]:
        """The scope of a wish to revoke the certificate, and its order's id."""
        return SingleCertificate(self.id), self.order.id


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
    client: Client, certificate: SingleCertificate | SerialNumber, order_id: int | None = None
) -> Located:
    """Find a certificate by its id or its serial number.

    CertCentral names the order of a certificate only through its lists. Whether those know duplicates is not
    documented: `order_id` tells where to look when they do not.

    Raises:
        CertificateNotFoundError: It was not found.
        RefusedError: It has no id, or several certificates have its serial number.
        CertCentralError: The order or its certificates could not be read.
    """
    for candidate in [order_id] if order_id is not None else _orders_of(client, certificate):
        order = client.get_order(candidate)
        # Only where the order's own hints did not lead to it, both of its lists are read.
        for read in (siblings, _all_siblings):
            located = _located(order, read(client, order), certificate)
            if located:
                return located
    where = (
        f"is not on order {order_id}" if order_id is not None else "was not found in this CertCentral account"
    )
    raise CertificateNotFoundError(f"{_name(certificate)} {where}")


def _located(order: Order, others: Siblings, wanted: SingleCertificate | SerialNumber) -> Located | None:
    listed = (*others.duplicates, *others.reissues)
    found = [order.certificate] if _is(order.certificate, wanted) else [c for c in listed if _is(c, wanted)]
    if not found:
        return None
    ids = sorted({known.id for known in found if known.id is not None})
    if len(ids) != 1 or any(known.id is None for known in found):
        raise RefusedError(_not_identified(order, wanted, ids))
    rest = {known.id: known for known in chain(listed, [order.certificate]) if known.id != ids[0]}
    return Located(ids[0], replace(order, certificate=found[0]), tuple(rest.values()))


def _not_identified(order: Order, wanted: SingleCertificate | SerialNumber, ids: list[int]) -> Refuse:
    name = f"{_name(wanted)} of order {order.id}"
    if len(ids) > 1:
        which = " and ".join(map(str, ids))
        reason = f"{name}: the certificates {which} have it; nothing was sent; name the one that is meant by certificate_id"
    else:
        reason = (
            f"{name}: DigiCert does not tell its id, without which it cannot be revoked alone; nothing was sent; "
            "revoke it in CertCentral, or all of the order with OrderRevocation"
        )
    return Refuse("serial_number", reason)


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
    match wish.scope:
        case WholeOrder():
            return read(wish.order_id)
        case SingleCertificate():
            return locate(client, wish.scope, wish.order_id).order


def _orders_of(client: Client, certificate: SingleCertificate | SerialNumber) -> list[int]:
    match certificate:
        case SingleCertificate(id_):
            wanted: dict[str, object] = {"certificate_id": id_}
        case SerialNumber(text):
            wanted = {"serial_number": text}
    return [order.id for order in client.list_orders(filters=wanted, limit=10).orders]


def _is(certificate: Certificate, wanted: SingleCertificate | SerialNumber) -> bool:
    match wanted:
        case SingleCertificate(id_):
            return certificate.id == id_
        case SerialNumber(text):
            return (certificate.serial_number or "").upper() == text.upper()


def _name(certificate: SingleCertificate | SerialNumber) -> str:
    match certificate:
        case SingleCertificate(id_):
            return f"certificate {id_}"
        case SerialNumber(text):
            return f"certificate with serial number {text}"
