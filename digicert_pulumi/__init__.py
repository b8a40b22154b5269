"""Declare the revocation of DigiCert CertCentral orders in Pulumi: reviewed, sent once, provable afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digicert_pulumi.order_revocation import (
        OrderRevocation,
        OrderRevocationArgs,
        OrderSnapshot,
        Requester,
        RequestStatus,
        RevocationReason,
        SiblingCertificate,
    )

__all__ = [
    "OrderRevocation",
    "OrderRevocationArgs",
    "OrderSnapshot",
    "RequestStatus",
    "Requester",
    "RevocationReason",
    "SiblingCertificate",
]


def __getattr__(name: str) -> Any:
    # Late, so that the sandbox and the provider's parts do not load the Pulumi SDK for nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from digicert_pulumi import order_revocation  # noqa: PLC0415  # see above

    return getattr(order_revocation, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
