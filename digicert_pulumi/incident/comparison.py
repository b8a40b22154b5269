"""Compare a stack's state with the file to predict what an update does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.incident.rows import COLUMNS
from digicert_pulumi.resources.host import Host
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.resources.order import OrderLifecycle

if TYPE_CHECKING:
    from digicert_pulumi.incident.rows import Inputs
    from digicert_pulumi.incident.stacks import Revocation

DONE = "done"
REJECTED_BEFORE = "rejected before"
APPROVED_BEFORE = "approved before"
ASKED_AGAIN = "to be asked again"
RECORDED_ONLY = "recorded only"
READ_BACK = "to be read back"

SETTLED = (DONE, REJECTED_BEFORE, APPROVED_BEFORE)
"""The results for which an update has nothing to do."""


_LIFECYCLE = OrderLifecycle(Host())


def compare(revocation: Revocation, inputs: Inputs) -> str:
    """Return what an update will do with a revocation in its stack, by the provider's own rule."""
    stored = parse(revocation.inputs).properties
    declared = {COLUMNS[name]: value for name, value in inputs.items()}
    changed = [name for name in COLUMNS.values() if stored.get(name) != declared.get(name)]
    if any(_LIFECYCLE.asks_again(name, revocation.outputs, declared) for name in changed):
        return ASKED_AGAIN
    if changed:
        return RECORDED_ONLY
    if not revocation.is_finished:
        return READ_BACK
    if is_rejected(revocation):
        return REJECTED_BEFORE
    return APPROVED_BEFORE if is_without_effect(revocation) else DONE


def stored(revocation: Revocation) -> Inputs:
    """Return the stored inputs of a revocation. An update with them changes nothing."""
    return {column: revocation.inputs[name] for column, name in COLUMNS.items() if name in revocation.inputs}


def is_rejected(revocation: Revocation) -> bool:
    """Return whether the request was rejected, so that the certificates stay valid."""
    return revocation.outputs.get("status") == "rejected" and not revocation.outputs.get("revoked")


def is_without_effect(revocation: Revocation) -> bool:
    """Return whether the request was approved, and the order was not read as revoked after that."""
    return revocation.outputs.get("status") == "approved" and not revocation.outputs.get("revoked")
