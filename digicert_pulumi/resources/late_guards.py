"""Compares guard rails that were added or changed after the request was sent, with the snapshot in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.orders.names import comparable
from digicert_pulumi.resources.inputs import Inputs
from digicert_pulumi.resources.state import has_open_request, known_order
from digicert_pulumi.revoking.rules import unexpected
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPECTED = ("expectedCommonName", "expectedOrganization")
"""The guard rails that can be checked with a snapshot. It has the product's name, but not its name id."""


def late_guard_warnings(
    name: str, shown: Mapping[str, Any], olds: Mapping[str, Any], inputs: Inputs
) -> list[str]:
    """Return a warning for each guard rail that the target fails, or that can't be checked any more.

    While the request is open, the common name and the organization are always compared, and later only if they changed.

    Args:
        name: The target's name.
        shown: The snapshot in the state.
        olds: The state.
        inputs: The new inputs.
    """
    order_id = shown.get("orderId") or olds.get("orderId")
    if order_id is None or "status" not in shown:
        return []
    is_open = has_open_request(olds)
    guards = {
        each: inputs.known(each) for each in _EXPECTED if is_open or inputs.known(each) != olds.get(each)
    }
    differs = None
    if any(guards.values()):
        order = known_order(int(order_id), shown)
        differs = unexpected(Target(order), Inputs(guards).spec(WholeOrder(), order.id))
    found = differs[1] if differs else _other_product(name, shown, olds, inputs)
    lines = [f"{found}; {_remedy(olds, 'this is the wrong order', 'check the order id')}"] if found else []
    if {*(inputs.known("mustNotBeServedBy") or ())} - {*olds.get("mustNotBeServedBy", ())}:
        remedy = _remedy(olds, "one of them serves its certificate", "they are checked before a new request")
        lines.append(
            f"{name}: hosts were added to must_not_be_served_by after the revocation was sent, and are not checked; {remedy}"
        )
    return lines


def _remedy(olds: Mapping[str, Any], wrong: str, otherwise: str) -> str:
    """Return what the user can still do.

    Args:
        olds: The state.
        wrong: In which case an open request should be rejected.
        otherwise: What to do if the request was rejected.
    """
    if has_open_request(olds):
        return f"request {olds['requestId']:.0f} to revoke it is open; if {wrong}, ask an administrator to reject the request now"
    if olds.get("revoked") or "acceptedAt" in olds or olds.get("status") == "approved":
        return "DigiCert already accepted its revocation, which cannot be undone"
    return otherwise


def _other_product(
    name: str, shown: Mapping[str, Any], olds: Mapping[str, Any], inputs: Inputs
) -> str | None:
    """Compare the product with a late `expectedProduct`."""
    expected, product = inputs.known("expectedProduct"), shown.get("product", "")
    if expected in (None, olds.get("expectedProduct")) or comparable(expected) == comparable(product):
        return None
    return f"{name} has the product {product!r}, not the expected one; if a name id is expected, it was not compared"
