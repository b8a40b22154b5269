"""The dynamic provider of `OrderRevocation`, at the path that every state contains."""

from __future__ import annotations

from digicert_pulumi.dynamic.adapter import DynamicProvider
from digicert_pulumi.resources.order import OrderLifecycle


class OrderRevocationProvider(DynamicProvider):
    """Revokes all the certificates of an order."""

    lifecycle = OrderLifecycle
