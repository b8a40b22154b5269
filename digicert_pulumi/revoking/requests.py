"""The requests of an order: which are open, which were decided, and which one stands for a revocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from digicert_pulumi.certcentral.models import REQUEST_TYPES, Request
from digicert_pulumi.orders.names import words
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import AnyRequest, Order, OrderRequest, SubmittedRequest
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target


OPEN_STATUSES = frozenset({"submitted", "pending"})
"""The documented statuses of a request on which nobody has decided yet (CertCentral: "Request info")."""

DECIDED_STATUSES = frozenset({"approved", "rejected"})
"""DigiCert's words for a request on which somebody has decided. A request in any other word counts as open."""


def is_open_status(status: str | None) -> bool:
    """Whether a request with this status may yet be decided on: also where the word is none that is known."""
    return status not in DECIDED_STATUSES


def is_open(request: AnyRequest) -> bool:
    """Whether somebody may yet decide on the request."""
    return is_open_status(request.status)


def undecidable_requests(order: Order) -> list[OrderRequest]:
    """The decided requests whose comments are needed and not loaded."""
    if order.status == "revoked" or open_requests(order):
        return []
    return [request for request in decided_requests(order) if not words(request.comments or "")]


def open_requests(order: Order) -> list[OrderRequest]:
    """The order's revoke requests on which nobody has decided yet, the lowest id first. A list may repeat one."""
    opened = {request.id: request for request in reversed(revoke_requests(order)) if is_open(request)}
    return [opened[id_] for id_ in sorted(opened)]


def including(target: Target, *requests: OrderRequest) -> Target:
    """Return the target with requests that are known to stand, where a reading does not show them, or not their decision.

    A request that was decided on never opens again, so of two readings of it the decided one is the younger.
    """
    shown = list(target.order.requests)
    for request in requests:
        if all(known.id != request.id for known in shown):
            shown.append(request)
        elif not is_open(request):
            shown = [request if known.id == request.id and is_open(known) else known for known in shown]
    return with_requests(target, tuple(shown))


def with_requests(target: Target, requests: tuple[OrderRequest, ...]) -> Target:
    """Return the target with these requests in the place of its order's."""
    return replace(target, order=replace(target.order, requests=requests))


def standing_request(
    target: Target, known: SubmittedRequest | None
) -> SubmittedRequest | OrderRequest | None:
    """The request that stands for the revocation: the known one, or the order's copy if there is news of it.

    Where two programs passed each other, both name the same request: the lowest that is open.

    Args:
        target: What was to be revoked, freshly read.
        known: The request that was made or adopted; None where DigiCert revoked without one.
    """
    if known is None:
        return None
    current = next((request for request in target.order.requests if request.id == known.id), known)
    opened = open_requests(target.order)
    if not target.single and opened and opened[0].id < known.id and current.status != "approved":
        return opened[0]
    # Of a request that was decided on since, only the request itself says by whom and why.
    decided_since = not is_open(current) and current.status != known.status
    return current if decided_since else replace(known, status=current.status)


def telling_request(order: Order) -> OrderRequest | None:
    """The revoke request that says most about the order: the first open one, else the newest."""
    opened = open_requests(order)
    return opened[0] if opened else newest_request(order)


def revoke_requests(order: Order) -> list[OrderRequest]:
    """The order's requests to revoke."""
    return [request for request in order.requests if request.type == "revoke"]


def decided_requests(order: Order) -> list[OrderRequest]:
    """The decided requests that may have been this revocation: approved, newest rejected, or of an unknown type."""
    approved = [request for request in revoke_requests(order) if request.status == "approved"]
    rejected = newest_request(order, {"rejected"})
    strange = [r for r in order.requests if r.type not in REQUEST_TYPES and not is_open(r)]
    return [*approved, *([rejected] if rejected else []), *strange]


def newest_request(
    order: Order, statuses: set[str] | None = None, spec: RevocationSpec | None = None
) -> OrderRequest | None:
    """The order's newest revoke request in one of these statuses, with the declared comments; None where there is none."""
    requests = (
        request
        for request in revoke_requests(order)
        if (statuses is None or request.status in statuses) and (spec is None or same_words(request, spec))
    )
    return max(requests, key=lambda r: r.id, default=None)


def same_words(request: OrderRequest, spec: RevocationSpec) -> bool:
    """Whether a request has the comments that are declared: all that tells one request for a certificate from another."""
    return request.comments is not None and words(request.comments) == words(spec.comments)


def obscure_requests(order: Order) -> list[str]:
    """Name the requests that may be open revocations: what is needed of them cannot be read, or their type is not known."""
    unreadable = (request for request in order.unreadable_requests if request.may_revoke)
    strange = (r for r in order.requests if r.type not in REQUEST_TYPES and is_open(r))
    return [
        *(f"request {r.id} cannot be read" if r.id else "a request without an id" for r in unreadable),
        *(f"request {r.id} is of type {printable(r.type)!r}" for r in strange),
    ]


def processor_comment(request: OrderRequest) -> str | None:
    """What the administrator who decided on the request wrote, as far as it is known."""
    return request.processor_comment if isinstance(request, Request) else None


def reissue_is_open(order: Order) -> bool:
    """Whether the order has an undecided request for a reissue."""
    return any(request.type == "reissue" and is_open(request) for request in order.requests)
