"""The declared revocation: its scope, comments, reason and guard rails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from digicert_pulumi.x509.hosts import Host


class WholeOrder(msgspec.Struct, frozen=True):
    """All certificates of an order, including duplicates and reissues."""


class SingleCertificate(msgspec.Struct, frozen=True):
    """One certificate of an order.

    Attributes:
        id: The certificate's id.
    """

    id: int


Scope = WholeOrder | SingleCertificate
"""The part of an order to revoke. It is always explicit: a missing value never means the whole order."""


def name_of(order_id: int, scope: Scope) -> str:
    """Return the name of an order, or of a part of it, in messages."""
    match scope:
        case WholeOrder():
            return f"order {order_id}"
        case SingleCertificate(id=certificate_id):
            return f"certificate {certificate_id} of order {order_id}"


class RevocationSpec(msgspec.Struct, frozen=True):
    """The revocation that a user declares.

    Attributes:
        order_id: The order.
        scope: The part of the order to revoke.
        comments: The message to the administrator. A rejected request with the same comments is not repeated, so change
            the comments to request the revocation again.
        revocation_reason: One of CertCentral's five reasons, or None for its default, `unspecified`.
        skip_approval: Whether to revoke at once, without a request. This requires an administrator's API key.
        expected_common_name: The common name that the certificate must have.
        expected_organization: The name that the organization must have.
        expected_product: The name or name id that the product must have. An order for another product than a TLS
            certificate is revoked only if this names the product.
        must_not_be_served_by: The hosts that must not serve a certificate that would be revoked.
    """

    order_id: int
    scope: Scope
    comments: str
    revocation_reason: str | None = None
    skip_approval: bool = False
    expected_common_name: str | None = None
    expected_organization: str | None = None
    expected_product: str | None = None
    must_not_be_served_by: tuple[Host, ...] = ()

    @property
    def name(self) -> str:
        """The target's name in messages."""
        return name_of(self.order_id, self.scope)
