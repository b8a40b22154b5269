"""An administrator's decision on a revoke request: made once, whatever breaks on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Fate
from digicert_pulumi.revocation import OPEN_STATUSES, Refuse
from digicert_pulumi.submission import FateUnknownError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Request, User

_PAUSES = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each reading of a request whose decision got no usable answer."""


@dataclass(frozen=True)
class Verdict:
    """The decision that a user declares.

    Attributes:
        request_id: The request.
        decision: `approved` or `rejected`.
        processor_comment: The message to the requester.
        allow_own_request: Whether the key's user may decide on a request of their own.
    """

    request_id: int
    decision: str
    processor_comment: str | None = None
    allow_own_request: bool = False


def objection(request: Request, verdict: Verdict, decider: User) -> Refuse | None:
    """Tell why the decision must not be made; None where it may be, or is made already."""
    name = f"request {request.id}"
    if request.type != "revoke":
        reason = f"{name} is no revocation but a {request.type!r}; nothing was sent; check the request id"
        return Refuse("request_id", reason)
    if request.status == verdict.decision:
        return None
    if request.status not in OPEN_STATUSES:
        reason = f"{name} is {request.status} already, and a decision cannot be changed; nothing was sent"
        return Refuse("decision", reason)
    if not decider.is_administrator:
        reason = (
            f"{name}: only an administrator decides on a revocation, and this key's user is none; "
            "nothing was sent; take the API key of an administrator"
        )
        return Refuse("decision", reason)
    own = request.requester is not None and request.requester.id == decider.id
    if own and not verdict.allow_own_request:
        reason = (
            f"{name} was made by this key's own user; nothing was sent; have another administrator decide, "
            "or say allow_own_request=True"
        )
        return Refuse("allow_own_request", reason)
    return None


def decide_once(client: Client, verdict: Verdict, *, sleep: Callable[[float], None] = time.sleep) -> Request:
    """Return the request once it is decided as declared; sends nothing where it is already.

    Deciding the same twice changes nothing at DigiCert, so a request that is still open after a PUT whose fate is
    unknown is decided once more.

    Raises:
        RefusedError: The decision must not be made; nothing was sent.
        FateUnknownError: It was sent, and whether it was made is not known.
        CertCentralError: Nothing was sent, or DigiCert refused it.
    """
    request = client.get_request(verdict.request_id)
    if refusal := objection(request, verdict, client.get_user()):
        raise RefusedError(refusal)
    for last in (False, True):
        if request.status == verdict.decision:
            break
        try:
            client.update_request_status(
                verdict.request_id, verdict.decision, processor_comment=verdict.processor_comment
            )
        except CertCentralError as error:
            request = _after(error, client, verdict, sleep)
            if request.status in OPEN_STATUSES and (last or error.fate is not Fate.UNKNOWN):
                raise
            if request.status not in {*OPEN_STATUSES, verdict.decision}:
                reason = f"request {request.id} was {request.status} by somebody else meanwhile"
                raise RefusedError(Refuse("decision", reason)) from None
        else:
            request = client.get_request(verdict.request_id)
            break
    return request


def _after(
    failure: CertCentralError, client: Client, verdict: Verdict, sleep: Callable[[float], None]
) -> Request:
    """Read the request until it tells what became of a decision that failed."""
    if failure.fate is Fate.NOT_PROCESSED:
        raise failure
    try:
        for pause in _PAUSES if failure.fate is Fate.UNKNOWN else (0.0,):
            sleep(pause)
            request = client.get_request(verdict.request_id)
            if request.status not in OPEN_STATUSES:
                break
    except CertCentralError as error:
        if failure.fate is Fate.REFUSED:
            raise failure from None
        raise FateUnknownError(f"request {verdict.request_id}", error) from None
    return request
