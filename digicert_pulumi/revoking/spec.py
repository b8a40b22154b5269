"""What a user declares: which revocation, of what, and under which conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from digicert_pulumi.x509.hosts import Host


class WholeOrder(msgspec.Struct, frozen=True):
    """All the certificates of an order, duplicates and reissues included."""


class SingleCertificate(msgspec.Struct, frozen=True):
    """One certificate of an order, and no other.

    Attributes:
        id: The certificate's id.
    """

    id: int


Scope = WholeOrder | SingleCertificate
"""What of an order is to be revoked. It is always said: nothing that is missing stands for "all"."""


class RevocationSpec(msgspec.Struct, frozen=True):
    """The revocation that a user declares.

    Attributes:
        order_id: The order.
        scope: What of it is to be revoked.
        comments: The message to the administrator who decides. It is also how one asks again: a request
            with the same comments that was rejected is not repeated.
        revocation_reason: One of CertCentral's five reasons, or None for its default, `unspecified`.
        skip_approval: Revoke at once, without a request (needs an administrator's API key).
        expected_common_name: What the certificate's common name must be.
        expected_organization: What the organization's name must be.
        expected_product: What the product's name or name id must be. A product that is not a TLS certificate
            is revoked only if this names it.
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
        """What is to be revoked, for a user to read."""
        match self.scope:
            case WholeOrder():
                return f"order {self.order_id}"
            case SingleCertificate(id=certificate):
                return f"certificate {certificate} of order {self.order_id}"
