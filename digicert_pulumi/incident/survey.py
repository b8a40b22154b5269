"""Read the orders before anything is sent, and decide which to request and which to leave out.

If the provider refuses an order in its check, the engine stops the whole stack. So refused orders are found before the
update, with the provider's own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Fate, OrderNotFound
from digicert_pulumi.incident.comparison import (
    APPROVED_BEFORE,
    ASKED_AGAIN,
    DONE,
    READ_BACK,
    RECORDED_ONLY,
    REJECTED_BEFORE,
)
from digicert_pulumi.incident.rows import COLUMNS
from digicert_pulumi.incident.words import told
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.notices import already_rejected_notice, not_revoked, skip_approval_notice
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
    nothing_to_revoke,
)
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.revoking.target import Target
from digicert_pulumi.runtime.connection import Connection, connection
from digicert_pulumi.runtime.one_by_one import Failures

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.incident.rows import Inputs
    from digicert_pulumi.revoking.outcome import Snapshot
    from digicert_pulumi.revoking.rules import Action
    from digicert_pulumi.revoking.spec import RevocationSpec

EXPECTED = {
    Submit: "to be requested",
    Adopt: "to be adopted",
    AlreadyApproved: APPROVED_BEFORE,
    AlreadyRejected: REJECTED_BEFORE,
    AlreadyRevoked: "already revoked",
    Refuse: "refused",
}
"""What a run will do with an order, by the provider's action."""

NOTHING = "nothing to revoke"
"""The order has no certificate to revoke: it was never issued, is canceled or expired. The run leaves it out."""

UNREAD = "not read"
"""The order couldn't be read. The run tries it anyway: it may be readable later."""

LEFT_OUT = (EXPECTED[Refuse], NOTHING)
"""The plans of orders that no stack declares."""

TO_SEND = (EXPECTED[Submit], ASKED_AGAIN)
"""The plans that send a request."""

PLANS = (
    DONE,
    EXPECTED[Submit],
    ASKED_AGAIN,
    EXPECTED[Adopt],
    REJECTED_BEFORE,
    EXPECTED[AlreadyApproved],
    EXPECTED[AlreadyRevoked],
    RECORDED_ONLY,
    READ_BACK,
    NOTHING,
    EXPECTED[Refuse],
    UNREAD,
)
"""All plans, in the order of the report."""

_CONFIG = dict[str, str]().get
"""A run reads its configuration from the environment only."""


@dataclass(frozen=True)
class Finding:
    """The plan for an order.

    Attributes:
        expected: What a run will do with it, one of `PLANS`.
        why: What a person has to know of it, such as why the order is refused; empty if nothing.
        shown: What the revocation would affect; None if the order wasn't read.
    """

    expected: str
    why: str = ""
    shown: Snapshot | None = None


def survey(orders: Mapping[int, Inputs], note: Callable[[int], None]) -> dict[int, Finding]:
    """Read orders, and plan with the provider's own rules what a run will do. Sends nothing but GET.

    Args:
        orders: The inputs of the revocations, by order.
        note: Receives each order after it was read.

    Raises:
        SettingsError: The configuration can't be used.
        CertCentralError: Calls fail for every order.
    """
    connected = connection(_CONFIG)
    found = {}
    failures = Failures(connected.client.get_user)
    for order_id, inputs in orders.items():
        try:
            found[order_id] = _find(connected, inputs)
            failures.end()
        except OrderNotFound as error:
            failures.end()
            found[order_id] = Finding(EXPECTED[Refuse], told(str(error), order_id))
        except CertCentralError as error:
            failures.add(error)
            # A refused order fails in the provider's check too, which would stop the whole stack.
            expected = EXPECTED[Refuse] if error.fate is Fate.REFUSED else UNREAD
            found[order_id] = Finding(expected, told(str(error), order_id))
        note(order_id)
    return found


def refusals(found: Mapping[int, Finding]) -> dict[int, str]:
    """Return the reasons of the orders that are left out, by order."""
    return {order_id: finding.why for order_id, finding in found.items() if finding.expected in LEFT_OUT}


def _find(connected: Connection, inputs: Inputs) -> Finding:
    spec = parse({COLUMNS[name]: value for name, value in inputs.items()}).spec(WholeOrder())
    target = Target(connected.reader.order_to_show(spec.order_id))
    submission = connected.submission
    action = submission.decide(target, spec)
    if isinstance(action, Submit):
        if why := nothing_to_revoke(target, datetime.now(timezone.utc).date().isoformat()):
            return Finding(NOTHING, f"{why}; nothing was sent", snapshot(target))
        action = submission.missing_permission(spec) or submission.still_served(target, spec) or action
    shown = snapshot(target)
    why = _why(action, spec, shown)
    return Finding(EXPECTED[type(action)], told(why, spec.order_id) if why else "", shown)


def _why(action: Action, spec: RevocationSpec, shown: Snapshot) -> str | None:
    """Return what a person has to know of an order's plan; None if nothing."""
    match action:
        case Refuse(_, reason):
            return reason
        case Submit():
            return skip_approval_notice(spec, None)
        case Adopt(request):
            return skip_approval_notice(spec, request)
        case AlreadyApproved(request):
            return not_revoked(spec.name, shown.target_status, request.id)
        case AlreadyRejected(request):
            return already_rejected_notice(spec, request)
    return None
