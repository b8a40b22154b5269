"""Declare the revocation of DigiCert CertCentral orders in Pulumi: reviewed, sent once, provable afterwards."""

from digicert_pulumi.order_revocation import (
    OrderRevocation,
    OrderRevocationArgs,
    OrderSnapshot,
    Requester,
    RequestStatus,
    RevocationReason,
)

__all__ = [
    "OrderRevocation",
    "OrderRevocationArgs",
    "OrderSnapshot",
    "RequestStatus",
    "Requester",
    "RevocationReason",
]
