"""Compares guard rails that were added or changed after the request was sent, with the snapshot in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.orders.names import comparable
from digicert_pulumi.resources.inputs import Inputs
from digicert_pulumi.resources.state import known_order
from digicert_pulumi.revoking.requests import is_open_status
from digicert_pulumi.revoking.rules import unexpected
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPECTED = ("expectedCommonName", "expectedOrganization")
"""The guard rails that can be checked with a snapshot. It has the product's name, but not its name id."""


def late_guard_warning(
    name: str, shown: Mapping[str, Any], olds: Mapping[str, Any], inputs: Inputs
) -> str | None:
    """Return the warning for guard rails that the target fails; None if it meets all that are new.

    Args:
        name: The target's name.
        shown: The snapshot in the state.
        olds: The state.
        inputs: The new inputs.
    """
    order_id = shown.get("orderId") or olds.get("orderId")
    if order_id is None or "status" not in shown:
        return None
    guards = {each: inputs.known(each) for each in _EXPECTED if inputs.known(each) != olds.get(each)}
    differs = None
    if any(guards.values()):
        order = known_order(int(order_id), shown)
        differs = unexpected(Target(order), Inputs(guards).spec(WholeOrder(), order.id))
    found = differs[1] if differs else _other_product(name, shown, olds, inputs)
    if found is None:
        return None
    if "requestId" in olds and is_open_status(olds.get("status")):
        remedy = (
            f"request {olds['requestId']:.0f} to revoke it is open; if this is the wrong order, ask an administrator to "
            "reject the request now"
        )
    elif olds.get("revoked") or "acceptedAt" in olds or olds.get("status") == "approved":
        remedy = "DigiCert already accepted its revocation, which cannot be undone"
    else:
        remedy = "check the order id"
    return f"{found}; {remedy}"


def _other_product(
    name: str, shown: Mapping[str, Any], olds: Mapping[str, Any], inputs: Inputs
) -> str | None:
    """Compare the product with a late `expectedProduct`."""
    expected, product = inputs.known("expectedProduct"), shown.get("product", "")
    if expected in (None, olds.get("expectedProduct")) or comparable(expected) == comparable(product):
        return None
    return f"{name} has the product {product!r}, not the expected one; if a name id is expected, it was not compared"
