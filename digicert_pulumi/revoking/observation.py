"""Read the outcome of a revocation, for a refresh. Sends nothing but GET."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from digicert_pulumi.certcentral import Request, SubmittedRequest
from digicert_pulumi.revoking.notices import second_request_notice
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import (
    adoptable_request,
    including,
    is_open,
    standing_request,
)
from digicert_pulumi.revoking.target import read_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, OrderRequest
    from digicert_pulumi.orders.reader import Reader
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target


def observe(
    client: Client,
    reader: Reader,
    report: Callable[[str], None],
    spec: RevocationSpec,
    known: SubmittedRequest | None,
    *,
    now: bool = False,
    adopt: bool = False,
) -> Outcome:
    """Read the order, and the request if it was decided on since the last read.

    Args:
        client: The CertCentral client.
        reader: Reads and caches the orders of this client.
        report: Called with each one-line message for the user.
        spec: The declared revocation.
        known: The request as last read; None if DigiCert revoked without one.
        now: Whether to read the order now, not from a cache or a list.
        adopt: Whether to adopt the most relevant request of the order, because the state has none. It has no effect for
            a single certificate: CertCentral doesn't say which certificate a request is for.

    Raises:
        OrderNotFound: The order no longer exists.
        CertCentralError: The order could not be read; its status is unknown.
    """
    target = read_target(client, reader.order if now else reader.order_to_observe, spec)
    return seen_on(target, reader, report, known, now=now, adopt=adopt)


def seen_on(
    target: Target,
    reader: Reader,
    report: Callable[[str], None],
    known: SubmittedRequest | None,
    *,
    now: bool = False,
    adopt: bool = False,
) -> Outcome:
    """Return the outcome of a revocation from its target, as `observe` does.

    Args:
        target: The target, after a read.
        reader: Reads the request if it has details that the target lacks.
        report: As for `observe`.
        known: As for `observe`.
        now: As for `observe`.
        adopt: As for `observe`.

    Raises:
        CertCentralError: The request could not be read.
    """
    if known:
        target = including(target, known)
    if notice := second_request_notice(target):
        report(notice)
    adopted = adoptable_request(target.order) if adopt and not target.single else None
    if adopted:
        return outcome(target, reader.request(adopted))
    request = standing_request(target, known)
    if known is None or request is None:
        return outcome(target, None)
    if isinstance(request, SubmittedRequest):
        if _lacks_its_decision(request) and reader.may_read_detail():
            request = reader.request(request)
        return outcome(target, request)
    # The request changed, and only a read of the request itself shows its requester, its processor and their comments.
    worth_a_call = now or _is_worth_a_call(request, known, reader)
    return outcome(target, reader.request(request) if worth_a_call else replace(known, status=request.status))


def _is_worth_a_call(request: OrderRequest, known: SubmittedRequest, reader: Reader) -> bool:
    """Whether to read a request for its details. They are required for a rejection, and optional for an approval."""
    return request.status != "approved" or request.id != known.id or reader.may_read_detail()


def _lacks_its_decision(request: SubmittedRequest) -> bool:
    """Whether a decided request has no details of the decision, because an earlier refresh read too many others."""
    decision = isinstance(request, Request) and (request.processor or request.date_processed)
    return not is_open(request) and not decision
