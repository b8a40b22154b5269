"""Approve or reject a revocation request exactly once, even after failures."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.certcentral import CertCentralError, Fate
from digicert_pulumi.orders.lists import NEVER
from digicert_pulumi.revoking.failures import DecisionNotReadBackError, FateUnknownError, RefusedError
from digicert_pulumi.revoking.polling import read_until
from digicert_pulumi.revoking.requests import is_open
from digicert_pulumi.revoking.rules import Refuse
from digicert_pulumi.revoking.turn import PutFailedError, send_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, ListedRequest, Request, User

_PAUSES = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each read of the request after a decision got no usable response."""

_PAUSES_AFTER_SUCCESS = (0.0, 1.0, 2.0)
"""Seconds before each read of the request after DigiCert accepted a decision, until the request shows it."""


class Approval(msgspec.Struct, frozen=True):
    """The decision that a user declares.

    Attributes:
        request_id: The request.
        decision: `approved` or `rejected`.
        processor_comment: The message to the requester.
        allow_own_request: Whether the key's user may decide on their own request.
        expected_order_id: The order that the request must be for.
    """

    request_id: int
    decision: str
    processor_comment: str | None = None
    allow_own_request: bool = False
    expected_order_id: int | None = None


def refusal_of(request: ListedRequest | Request, approval: Approval, decider: User) -> Refuse | None:
    """Return why the decision must not be sent; None if it may be, or if the request is already decided as declared."""
    name = f"request {request.id}"
    if request.type != "revoke":
        reason = f"{name} is no revocation but a {request.type!r}; nothing was sent; check the request id"
        return Refuse("not-a-revocation", reason)
    about = request.order and request.order.id
    if approval.expected_order_id not in (None, about):
        found = f"order {about}" if about else "an unknown order"
        reason = f"{name} is about {found}, not the expected one; nothing was sent; check the request id"
        return Refuse("another-order", reason)
    if request.status == approval.decision:
        return None
    if not is_open(request):
        reason = f"{name} is already {request.status}, and a decision cannot be changed; nothing was sent"
        return Refuse("decided-otherwise", reason)
    if not decider.is_administrator:
        reason = (
            f"{name}: only an administrator can decide on a revocation, and this key's user is not an administrator; "
            "nothing was sent; use an administrator's API key"
        )
        return Refuse("not-an-administrator", reason)
    if approval.allow_own_request or (request.requester and request.requester.id != decider.id):
        return None
    who = "by this key's own user" if request.requester else "by an unknown user"
    reason = f"{name} was made {who}; nothing was sent; have another administrator decide, or set allow_own_request=True"
    return Refuse("own-request", reason)


class _DecidedError(Exception):
    """The request is already decided as declared. Nothing was sent."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


def approve_once(
    client: Client,
    approval: Approval,
    decider: User,
    *,
    now: Callable[[], float],
    is_recent: Callable[[float], bool],
    sleep: Callable[[float], None] = time.sleep,
    leaves: Callable[[], None] = lambda: None,
) -> Request:
    """Decide on the request unless it is already decided as declared, and return it.

    Args:
        client: The CertCentral client.
        approval: The decision.
        decider: The user of the client's API key.
        now: Returns the time in seconds.
        is_recent: Whether a read at that time is recent enough for a decision.
        sleep: Waits that many seconds.
        leaves: Called right before the decision is sent. If it raises, nothing is sent.

    Raises:
        RefusedError: The decision must not be sent; nothing was sent.
        FateUnknownError: The decision was sent, and its outcome is unknown.
        DecisionNotReadBackError: DigiCert accepted the decision, but the request could not be read back.
        CertCentralError: Nothing was sent, or DigiCert refused the decision.
    """
    decided = send_decision(
        client, approval, decider, now=now, is_recent=is_recent, sleep=sleep, leaves=leaves
    )
    return decided or _read_back(client, approval, sleep)


def send_decision(
    client: Client,
    approval: Approval,
    decider: User,
    *,
    now: Callable[[], float],
    is_recent: Callable[[float], bool],
    sleep: Callable[[float], None] = time.sleep,
    moment: float = NEVER,
    leaves: Callable[[], None] = lambda: None,
) -> Request | None:
    """Send a decision once. The request is read in the same turn, unless a recent read already allows the decision.

    Args:
        client: The CertCentral client.
        approval: The decision.
        decider: The user of the client's API key.
        now: Returns the time in seconds.
        is_recent: Whether a read at that time is recent enough for a decision.
        sleep: Waits that many seconds.
        moment: The time of the last read that allowed the decision; never, by default.
        leaves: Called right before the decision is sent. If it raises, nothing is sent.

    Returns:
        The request if it was read as decided; None if DigiCert accepted the decision.

    Raises:
        RefusedError: The decision must not be sent; nothing was sent.
        FateUnknownError: The decision was sent, and its outcome is unknown.
        CertCentralError: Nothing was sent, or DigiCert refused the decision.
    """

    def look() -> float:
        asked = now()
        request = client.get_request(approval.request_id)
        if refusal := refusal_of(request, approval, decider):
            raise RefusedError(refusal)
        if request.status == approval.decision:
            raise _DecidedError(request)
        return asked

    def put() -> None:
        leaves()
        client.update_request_status(
            approval.request_id, approval.decision, processor_comment=approval.processor_comment
        )

    try:
        send_in_turn(client, look=look, put=put, is_recent=is_recent, moment=moment)
    except _DecidedError as decided:
        return decided.request
    except PutFailedError as failed:
        failure = failed.error
    else:
        return None
    if isinstance(failure, CertCentralError):
        return _outcome_after(failure, client, approval, sleep)
    raise failure


def _read_back(client: Client, approval: Approval, sleep: Callable[[float], None]) -> Request:
    """Read the request after DigiCert accepted the decision. Repeat if the read is stale."""
    try:
        return read_until(
            lambda request: request.status == approval.decision,
            lambda: client.get_request(approval.request_id),
            _PAUSES_AFTER_SUCCESS,
            sleep,
        )
    except CertCentralError as error:
        raise DecisionNotReadBackError(approval.request_id, approval.decision, error) from None


def _outcome_after(
    failure: CertCentralError, client: Client, approval: Approval, sleep: Callable[[float], None]
) -> Request:
    """Poll the request to find out the outcome of a failed decision. The decision is not sent again."""
    if failure.fate is Fate.NOT_PROCESSED:
        raise failure
    try:
        request = read_until(
            lambda request: not is_open(request),
            lambda: client.get_request(approval.request_id),
            _PAUSES if failure.fate is Fate.UNKNOWN else (0.0,),
            sleep,
        )
    except CertCentralError as error:
        raise (failure if failure.fate is Fate.REFUSED else _outcome_unknown(approval, error)) from None
    if request.status == approval.decision:
        return request
    if not is_open(request):
        reason = f"request {request.id} was {request.status} by somebody else in the meantime"
        raise RefusedError(Refuse("decided-otherwise", reason))
    raise failure if failure.fate is Fate.REFUSED else _outcome_unknown(approval, failure)


def _outcome_unknown(approval: Approval, cause: CertCentralError) -> FateUnknownError:
    return FateUnknownError(f"request {approval.request_id}", cause, sent="the decision")
