"""Revoke one order whose key leaked, and export the proof."""

import pulumi

import digicert_pulumi as digicert

config = pulumi.Config()

leaked = digicert.OrderRevocation(
    "www-key-leaked",
    order_id=config.require_int("orderId"),
    comments=config.get("comments") or "Private key found in a public repository, incident 42.",
    revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
    expected_common_name=config.get("expectedCommonName"),
)

pulumi.export("request_id", leaked.request_id)
pulumi.export("status", leaked.status)
pulumi.export("revoked", leaked.revoked)
