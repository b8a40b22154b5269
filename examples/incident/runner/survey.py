"""What DigiCert says of the orders before anything is sent: which it is right to ask for, and which must be left out.

The provider refuses such an order in its check, and the engine then stops everything in the stack; so they are found
before, with the provider's own reading and deciding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import OrderNotFound, UnexpectedAnswer
from digicert_pulumi.dynamic.connection import Connection
from digicert_pulumi.dynamic.inputs import parse
from digicert_pulumi.revocation import (
    Adopt,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
    WholeOrder,
    decide,
    snapshot,
)
from runner.rows import COLUMNS
from runner.standing import ASKED_AGAIN, DONE, READ_BACK, RECORDED_ONLY, REJECTED_BEFORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.revocation import Snapshot
    from runner.rows import Inputs

EXPECTED = {
    Submit: "to be requested",
    Adopt: "to be adopted",
    AlreadyRejected: REJECTED_BEFORE,
    AlreadyRevoked: "already revoked",
    Refuse: "refused",
}
"""What a run will do with an order, by what was decided."""

TO_SEND = (EXPECTED[Submit], ASKED_AGAIN)
"""What costs a request."""

PLANS = (
    DONE,
    EXPECTED[Submit],
    ASKED_AGAIN,
    EXPECTED[Adopt],
    REJECTED_BEFORE,
    EXPECTED[AlreadyRevoked],
    RECORDED_ONLY,
    READ_BACK,
    EXPECTED[Refuse],
)
"""All that a run may do with an order of the file, in the order in which a reader wants it."""


@dataclass(frozen=True)
class Finding:
    """What DigiCert says of an order.

    Attributes:
        expected: What a run will do with it, one of `PLANS`.
        why: Why it is refused; empty where it is not.
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
        CertCentralError: DigiCert cannot be asked.
    """
    connection = Connection(dict[str, str]().get)
    found = {}
    for order_id, inputs in orders.items():
        found[order_id] = _find(connection, inputs)
        note(order_id)
    return found


def refusals(found: Mapping[int, Finding]) -> dict[int, str]:
    """Return why orders must not be revoked, by order."""
    return {
        order_id: finding.why for order_id, finding in found.items() if finding.expected == EXPECTED[Refuse]
    }


def _find(connection: Connection, inputs: Inputs) -> Finding:
    wish = parse({COLUMNS[name]: value for name, value in inputs.items()}).wish(WholeOrder())
    try:
        order = connection.order(wish.order_id)
    except OrderNotFound as error:
        return Finding(EXPECTED[Refuse], str(error))
    except UnexpectedAnswer:
        return Finding(EXPECTED[Submit])  # the provider will say what is wrong, and the others go on
    decision = decide(order, wish)
    if isinstance(decision, Submit):
        decision = connection.submission.lacks_the_right(wish) or decision
    why = decision.reason if isinstance(decision, Refuse) else ""
    return Finding(EXPECTED[type(decision)], why, snapshot(order, wish))
