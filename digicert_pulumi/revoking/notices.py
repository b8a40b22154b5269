"""Warnings for the user about an order's requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.revoking.requests import (
    DECIDED_STATUSES,
    OPEN_STATUSES,
    is_open,
    newest_request,
    open_requests,
)

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order, OrderRequest
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target


def unknown_status_notice(name: str, *requests: OrderRequest) -> str | None:
    """Return the warning for a request whose status is unknown; None if there is no such request.

    Args:
        name: The order or certificate that the requests are for.
        requests: The requests.
    """
    for request in requests:
        if is_open(request) and request.status not in OPEN_STATUSES:
            return (
                f"{name}: request {request.id} has the status {request.status!r}; the provider does not know it and counts it as open "
                "until the request is approved or rejected; check it in CertCentral"
            )
    return None


def new_request_notice(order: Order, spec: RevocationSpec) -> str | None:
    """Return the warning for a revocation that was already requested and decided on; None if it wasn't."""
    last = newest_request(order, set(DECIDED_STATUSES))
    if last is None:
        return None
    return (
        f"{spec.name}: request {last.id} on this order was {last.status}, with other comments; "
        "a new request will be sent"
    )


def second_request_notice(target: Target) -> str | None:
    """Return the warning for two open requests to revoke the order; None if there are fewer."""
    opened = open_requests(target.order)
    if target.single or len(opened) < 2:  # noqa: PLR2004  # two is the meaning
        return None
    ids = " and ".join(str(request.id) for request in opened)
    return (
        f"order {target.order.id}: requests {ids} to revoke it are open at the same time: two programs sent one, or one of "
        f"them is for a single certificate; the state names request {opened[0].id}; "
        "ask an administrator to reject the one that is not wanted"
    )


def not_revoked_notice(seen: Outcome, spec: RevocationSpec) -> str | None:
    """Return the warning for an approved request whose order or certificate isn't revoked yet; None if there is none."""
    request = seen.request
    if seen.revoked or request is None or request.status != "approved":
        return None
    return not_revoked(spec.name, seen.snapshot.target_status, request.id)


def not_revoked(name: str, status: str, request_id: int) -> str:
    """Return the warning for an approved request whose order or certificate has this status."""
    return (
        f"{name} still has the status {status!r}, although request {request_id} was approved; run `pulumi refresh` to check "
        "again; if that request was for another certificate of the order, change `comments` to send a new request"
    )


def skip_approval_notice(spec: RevocationSpec, adopted: OrderRequest | None) -> str | None:
    """Return the warning for a revocation that is to skip the approval; None if it isn't.

    Args:
        spec: The revocation.
        adopted: The open request that it adopts; None if it will send one.
    """
    if not spec.skip_approval:
        return None
    if adopted:
        return (
            f"{spec.name}: skip_approval has no effect, because request {adopted.id} is open and is adopted; an "
            "administrator has to decide on it"
        )
    return (
        f"{spec.name}: skip_approval is set, so DigiCert revokes at once, without an administrator's approval; "
        "DigiCert keeps neither a request nor the comments"
    )


def already_rejected_notice(spec: RevocationSpec, request: OrderRequest) -> str:
    """Return the warning for a rejected request with the declared comments."""
    return (
        f"{spec.name}: request {request.id} with the same comments was rejected, so no request is sent; "
        "to request the revocation again, change `comments`"
    )


def adopted_by_comments_notice(spec: RevocationSpec, request: OrderRequest) -> str:
    """Return the warning for an open request that nothing but its comments connects with a single certificate."""
    return (
        f"{spec.name}: request {request.id} is open and has the same comments, so no request is sent; CertCentral does not say "
        "for which certificate it is; check it in CertCentral"
    )
