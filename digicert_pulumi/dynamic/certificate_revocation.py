"""The dynamic provider of `CertificateRevocation`, at the path that every state contains."""

from __future__ import annotations

from digicert_pulumi.dynamic.adapter import DynamicProvider
from digicert_pulumi.resources.certificate import CertificateLifecycle


class CertificateRevocationProvider(DynamicProvider):
    """Revokes a single certificate of an order."""

    lifecycle = CertificateLifecycle
