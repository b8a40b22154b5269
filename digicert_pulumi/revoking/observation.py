"""Read the outcome of a revocation, for a refresh. Sends nothing but GET."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from digicert_pulumi.certcentral import SubmittedRequest
from digicert_pulumi.revoking.notices import second_request_notice
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import (
    including,
    newest_request,
    standing_request,
    telling_request,
)
from digicert_pulumi.revoking.target import read_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order, OrderRequest
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
    """Read the order, and the request where somebody has decided on it since.

    Args:
        client: The CertCentral client.
        reader: What was read through it.
        report: Is given one line where the user has something to know.
        spec: The revocation that was declared.
        known: The request as it was last known; None where DigiCert revoked without one.
        now: Whether the order has to be read for this very call.
        adopt: Whether nothing is known of the revocation, so that the request that says most is the one. For a single
            certificate there is none: CertCentral does not tell what a request is for.

    Raises:
        OrderNotFound: The order is gone.
        CertCentralError: It could not be read; nothing can be said.
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
    """Tell what became of a revocation from its target, as `observe` does.

    Args:
        target: What was to be revoked, as read.
        reader: Reads the request where only it tells more.
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
    adopted = _adoptable(target.order) if adopt and not target.single else None
    if adopted:
        return outcome(target, reader.request(adopted))
    request = standing_request(target, known)
    if known is None or request is None:
        return outcome(target, None)
    if isinstance(request, SubmittedRequest):
        return outcome(target, request)
    # There is news, and only the request itself says who made it, who decided and why.
    worth_a_call = now or _is_worth_a_call(request, known, reader)
    return outcome(target, reader.request(request) if worth_a_call else replace(known, status=request.status))


def _adoptable(order: Order) -> OrderRequest | None:
    """The request that says most; of a revoked order, the newest of those by which it can have been revoked."""
    return newest_request(order, {"approved"}) if order.status == "revoked" else telling_request(order)


def _is_worth_a_call(request: OrderRequest, known: SubmittedRequest, reader: Reader) -> bool:
    """Why a request was rejected has to be known; what was said at an approval is nice to know."""
    return request.status != "approved" or request.id != known.id or reader.affords_a_detail()
