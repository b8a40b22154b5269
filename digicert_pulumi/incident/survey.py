"""Read the orders before anything is sent: which to request, and which to leave out.

The provider refuses such an order in its check, and the engine then stops everything in the stack; so they are found
before, with the provider's own reading and deciding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Fate, OrderNotFound
from digicert_pulumi.incident.rows import COLUMNS
from digicert_pulumi.incident.standing import ASKED_AGAIN, DONE, READ_BACK, RECORDED_ONLY, REJECTED_BEFORE
from digicert_pulumi.incident.words import told
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
    decide,
    nothing_to_revoke,
)
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.revoking.target import Target
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.connection import Connection
from digicert_pulumi.runtime.one_by_one import Failures
from digicert_pulumi.runtime.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.incident.rows import Inputs
    from digicert_pulumi.revoking.outcome import Snapshot

EXPECTED = {
    Submit: "to be requested",
    Adopt: "to be adopted",
    AlreadyApproved: "approved before",
    AlreadyRejected: REJECTED_BEFORE,
    AlreadyRevoked: "already revoked",
    Refuse: "refused",
}
"""What a run will do with an order, by what was decided."""

NOTHING = "nothing to revoke"
"""What holds no certificate that could be revoked: never issued, canceled, expired. It is left out."""

UNREAD = "not read"
"""What is tried all the same, though the order could not be read: it may be readable when its turn comes."""

LEFT_OUT = (EXPECTED[Refuse], NOTHING)
"""What no stack declares."""

TO_SEND = (EXPECTED[Submit], ASKED_AGAIN)
"""What costs a request."""

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
"""All that a run may do with an order of the file, in the order in which a reader wants it."""

_CONFIG = dict[str, str]().get
"""The environment is all the configuration that a run has."""


@dataclass(frozen=True)
class Finding:
    """What DigiCert says of an order.

    Attributes:
        expected: What a run will do with it, one of `PLANS`.
        why: Why it is refused or could not be read; empty where neither is so.
        shown: What its revocation would hit; None where DigiCert does not know it, could not tell, or was not asked.
    """

    expected: str
    why: str = ""
    shown: Snapshot | None = None


def survey(orders: Mapping[int, Inputs], note: Callable[[int], None]) -> dict[int, Finding]:
    """Read orders and decide as the provider will. Sends nothing but GET.

    Args:
        orders: What is declared, by order.
        note: Is given each order that was looked at.

    Raises:
        SettingsError: The configuration cannot be used.
        CertCentralError: DigiCert cannot be asked, about whatever order.
    """
    connection = Connection(_CONFIG)
    found = {}
    failures = Failures(lambda: connect(resolve(_CONFIG), lambda _: None).get_user())
    for order_id, inputs in orders.items():
        try:
            found[order_id] = _find(connection, inputs)
            failures.end()
        except OrderNotFound as error:
            failures.end()
            found[order_id] = Finding(EXPECTED[Refuse], told(str(error), order_id))
        except CertCentralError as error:
            failures.add(error)
            # What was refused fails in the provider's check too, which would stop the whole stack.
            expected = EXPECTED[Refuse] if error.fate is Fate.REFUSED else UNREAD
            found[order_id] = Finding(expected, told(str(error), order_id))
        note(order_id)
    return found


def refusals(found: Mapping[int, Finding]) -> dict[int, str]:
    """Return why orders must not be revoked, by order."""
    return {order_id: finding.why for order_id, finding in found.items() if finding.expected in LEFT_OUT}


def _find(connection: Connection, inputs: Inputs) -> Finding:
    spec = parse({COLUMNS[name]: value for name, value in inputs.items()}).spec(WholeOrder())
    target = Target(connection.order(spec.order_id))
    decision = decide(target, spec)
    if isinstance(decision, Submit):
        if why := nothing_to_revoke(target, datetime.now(timezone.utc).date().isoformat()):
            return Finding(NOTHING, f"{why}; nothing was sent", snapshot(target))
        submission = connection.submission
        decision = submission.lacks_the_right(spec) or submission.still_served(target, spec) or decision
    why = told(decision.reason, spec.order_id) if isinstance(decision, Refuse) else ""
    return Finding(EXPECTED[type(decision)], why, snapshot(target))
