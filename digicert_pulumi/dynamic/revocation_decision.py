"""The dynamic provider of `RevocationDecision`, at the path that every state contains."""

from __future__ import annotations

from digicert_pulumi.dynamic.adapter import DynamicProvider
from digicert_pulumi.resources.decision import DecisionLifecycle


class RevocationDecisionProvider(DynamicProvider):
    """Approves or rejects a revoke request."""

    lifecycle = DecisionLifecycle
