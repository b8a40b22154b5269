"""The target of a revocation: an order, or one of its certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.orders.certificates import locate
from digicert_pulumi.revoking.spec import SingleCertificate, WholeOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Certificate, Client, Order
    from digicert_pulumi.orders.certificates import Siblings
    from digicert_pulumi.revoking.spec import RevocationSpec


class Target(msgspec.Struct, frozen=True):
    """The target of a revocation, as DigiCert shows it.

    Attributes:
        order: The order.
        single: The single certificate to revoke; None if the whole order is to be revoked.
        siblings: The order's duplicates and reissues, if they were read.
    """

    order: Order
    single: Certificate | None = None
    siblings: Siblings | None = None

    @property
    def certificate(self) -> Certificate:
        """The certificate that a preview shows: the single one, or the order's primary certificate."""
        return self.single or self.order.certificate

    @property
    def is_revoked(self) -> bool:
        """Whether DigiCert shows the target as revoked."""
        return "revoked" in (self.order.status, self.single and self.single.status)


def read_target(client: Client, read: Callable[[int], Order], spec: RevocationSpec) -> Target:
    """Read the target of a revocation.

    Args:
        client: The CertCentral client.
        read: Reads an order; used if the whole order is to be revoked.
        spec: The revocation.

    Raises:
        CertCentralError: The target could not be read.
        CertificateNotFoundError: The order doesn't hold the certificate.
    """
    match spec.scope:
        case WholeOrder():
            return Target(read(spec.order_id))
        case SingleCertificate(id=certificate_id):
            found = locate(client, order_id=spec.order_id, certificate_id=certificate_id, serial_number=None)
            return Target(found.order, found.certificate, found.siblings)
