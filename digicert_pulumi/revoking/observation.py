"""Read the outcome of a revocation, for a refresh. Sends nothing but GET."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.revoking.notices import second_request_notice
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import (
    including,
    is_open,
    newest_request,
    standing_request,
    telling_request,
)
from digicert_pulumi.revoking.target import read_target

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order, Request
    from digicert_pulumi.orders.reader import Reader
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target


def observe(
    client: Client,
    reader: Reader,
    report: Callable[[str], None],
    spec: RevocationSpec,
    known: Request | None,
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
    known: Request | None,
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
    if request and known and _is_news(request, known) and (now or _is_worth_a_call(request, known, reader)):
        # Only the request itself says who made it, who decided and why.
        request = reader.request(request)
    return outcome(target, request)


def _adoptable(order: Order) -> Request | None:
    """The request that says most; of a revoked order, the newest of those by which it can have been revoked."""
    return newest_request(order, {"approved"}) if order.status == "revoked" else telling_request(order)


def _is_news(request: Request, known: Request) -> bool:
    decided = not is_open(request) and request.status != known.status
    return decided or request.id != known.id


def _is_worth_a_call(request: Request, known: Request, reader: Reader) -> bool:
    """Why a request was rejected has to be known; what was said at an approval is nice to know."""
    return request.status != "approved" or request.id != known.id or reader.affords_a_detail()
