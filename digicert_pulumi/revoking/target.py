"""Read the order of a requested revocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.orders.certificates import locate
from digicert_pulumi.revoking.rules import SingleCertificate, WholeOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order
    from digicert_pulumi.revoking.rules import Wish


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
        case SingleCertificate(id=certificate_id):
            found = locate(client, order_id=wish.order_id, certificate_id=certificate_id, serial_number=None)
            return found.order
