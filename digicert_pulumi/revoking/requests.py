"""The requests of an order: the open ones, the decided ones, and the one that belongs to a revocation."""

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
"""The documented statuses of an undecided request (CertCentral: "Request info")."""

DECIDED_STATUSES = frozenset({"approved", "rejected"})
"""The statuses of a decided request. A request with any other status counts as open."""


def is_open_status(status: str | None) -> bool:
    """Whether a request with this status counts as open. Unknown statuses do."""
    return status not in DECIDED_STATUSES


def is_open(request: AnyRequest) -> bool:
    """Whether the request counts as open."""
    return is_open_status(request.status)


def undecidable_requests(order: Order) -> list[OrderRequest]:
    """Return the decided requests whose comments are needed and not loaded."""
    if order.status == "revoked" or open_requests(order):
        return []
    return [request for request in decided_requests(order) if not words(request.comments or "")]


def open_requests(order: Order) -> list[OrderRequest]:
    """Return the order's open requests to revoke, without repetitions, the lowest id first."""
    opened = {request.id: request for request in reversed(revoke_requests(order)) if is_open(request)}
    return [opened[id_] for id_ in sorted(opened)]


def including(target: Target, *requests: OrderRequest) -> Target:
    """Return the target with these known requests, in case the read doesn't show them or their decisions yet.

    A decided request never opens again. So if one version of a request is open and the other is decided, the decided
    one is newer.
    """
    shown = list(target.order.requests)
    for request in requests:
        if all(known.id != request.id for known in shown):
            shown.append(request)
        elif not is_open(request):
            shown = [request if known.id == request.id and is_open(known) else known for known in shown]
    return with_requests(target, tuple(shown))


def with_requests(target: Target, requests: tuple[OrderRequest, ...]) -> Target:
    """Return the target with its order's requests replaced by these."""
    return replace(target, order=replace(target.order, requests=requests))


def standing_request(
    target: Target, known: SubmittedRequest | None
) -> SubmittedRequest | OrderRequest | None:
    """Return the request that belongs to the revocation: the known one, or the order's version if it was decided since.

    If two programs sent a request at the same time, both name the lowest open one.

    Args:
        target: The target, freshly read.
        known: The request that was sent or adopted; None if DigiCert revoked without one.
    """
    if known is None:
        return None
    current = next((request for request in target.order.requests if request.id == known.id), known)
    opened = open_requests(target.order)
    if not target.single and opened and opened[0].id < known.id and current.status != "approved":
        return opened[0]
    # If the request was decided since, only a read of the request itself shows the processor and their comment.
    decided_since = not is_open(current) and current.status != known.status
    return current if decided_since else replace(known, status=current.status)


def current_request(order: Order) -> OrderRequest | None:
    """Return the order's most relevant request to revoke: the lowest open one, otherwise the newest."""
    opened = open_requests(order)
    return opened[0] if opened else newest_request(order)


def adoptable_request(order: Order) -> OrderRequest | None:
    """Return the request that stands for the order's revocation: the newest approved one if the order is revoked.

    If it isn't revoked, that is the most relevant request.
    """
    return newest_request(order, {"approved"}) if order.status == "revoked" else current_request(order)


def revoke_requests(order: Order) -> list[OrderRequest]:
    """Return the order's requests to revoke."""
    return [request for request in order.requests if request.type == "revoke"]


def decided_requests(order: Order) -> list[OrderRequest]:
    """Return the decided requests that may be for this revocation: approved, newest rejected, or of an unknown type."""
    approved = [request for request in revoke_requests(order) if request.status == "approved"]
    rejected = newest_request(order, {"rejected"})
    of_unknown_type = [r for r in order.requests if r.type not in REQUEST_TYPES and not is_open(r)]
    return [*approved, *([rejected] if rejected else []), *of_unknown_type]


def newest_request(
    order: Order, statuses: set[str] | None = None, spec: RevocationSpec | None = None
) -> OrderRequest | None:
    """Return the order's newest request to revoke; None if there is none.

    Args:
        order: The order.
        statuses: The statuses that count; all by default.
        spec: The revocation whose comments the request must have; by default, any comments count.
    """
    requests = (
        request
        for request in revoke_requests(order)
        if (statuses is None or request.status in statuses) and (spec is None or same_comments(request, spec))
    )
    return max(requests, key=lambda r: r.id, default=None)


def same_comments(request: OrderRequest, spec: RevocationSpec) -> bool:
    """Whether a request has the declared comments, the only field that distinguishes requests for single certificates."""
    return request.comments is not None and words(request.comments) == words(spec.comments)


def possibly_open_requests(order: Order) -> list[str]:
    """Describe the requests that may be open revocations, because they can't be read or their type is unknown."""
    unreadable = (request for request in order.unreadable_requests if request.may_revoke)
    of_unknown_type = (r for r in order.requests if r.type not in REQUEST_TYPES and is_open(r))
    return [
        *(f"request {r.id} cannot be read" if r.id else "a request without an id" for r in unreadable),
        *(f"request {r.id} is of type {printable(r.type)!r}" for r in of_unknown_type),
    ]


def processor_comment(request: OrderRequest) -> str | None:
    """Return the comment of the administrator who decided on the request; None if it is missing or wasn't read."""
    return request.processor_comment if isinstance(request, Request) else None


def reissue_is_open(order: Order) -> bool:
    """Whether the order has an undecided request for a reissue."""
    return any(request.type == "reissue" and is_open(request) for request in order.requests)
