"""The requests that this process sent or adopted, and the revocation that each is for. An order doesn't show that."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from digicert_pulumi.revoking.requests import including, is_open, same_comments, with_requests
from digicert_pulumi.revoking.rules import AlreadyRevoked, Refuse, Submit, decide

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import OrderRequest
    from digicert_pulumi.revoking.rules import Action
    from digicert_pulumi.revoking.spec import RevocationSpec, Scope
    from digicert_pulumi.revoking.target import Target


def is_new(request: OrderRequest, before: Target) -> bool:
    """Whether a request was not on the order before."""
    return all(known.id != request.id for known in before.order.requests)


class KnownRequests:
    """The requests that this process sent or adopted.

    CertCentral doesn't say which certificate of an order a request is for, and a read can be older than a PUT.
    """

    def __init__(self) -> None:
        self._of_order: defaultdict[int, list[OrderRequest]] = defaultdict(list)
        self._made_for: dict[int, RevocationSpec] = {}
        self._in_doubt: dict[int, tuple[RevocationSpec, Target]] = {}
        self._revoked_at_once: set[tuple[int, Scope]] = set()

    def remember(self, request_id: int, spec: RevocationSpec) -> None:
        """Record which revocation a request was sent or adopted for. The first record counts."""
        self._made_for.setdefault(request_id, spec)

    def add(self, order_id: int, request: OrderRequest) -> None:
        """Record a request that the next read of the order may not show yet."""
        self._of_order[order_id].append(request)

    def accepted(self, spec: RevocationSpec, answer: OrderRequest | None) -> None:
        """Record that DigiCert accepted a revocation: it created this request, or revoked at once without one."""
        if answer:
            self.add(spec.order_id, answer)
            self._made_for[answer.id] = spec
        else:
            self._revoked_at_once.add((spec.order_id, spec.scope))

    def in_doubt(self, spec: RevocationSpec, before: Target) -> None:
        """Record a PUT whose outcome is unknown, and the target as read before it. Its request may appear later."""
        self._in_doubt[spec.order_id] = spec, before

    def complete(self, target: Target) -> Target:
        """Return the target with all known requests, also those that the read doesn't show yet."""
        order_id = target.order.id
        if order_id in self._in_doubt:
            spec, before = self._in_doubt[order_id]
            for request in target.order.requests:
                if request.type == "revoke" and is_new(request, before) and same_comments(request, spec):
                    self.remember(request.id, spec)
                    del self._in_doubt[order_id]
                    break
        return including(target, *self._of_order[order_id])

    def decide(self, target: Target, spec: RevocationSpec) -> Action:
        """Return the action, without counting decided requests that this process made for another scope of the order."""
        own = tuple(r for r in target.order.requests if is_open(r) or self._is_for(r, spec))
        action = decide(with_requests(target, own), spec)
        if isinstance(action, Submit) and (spec.order_id, spec.scope) in self._revoked_at_once:
            return AlreadyRevoked(None)
        return action

    def made_for_another(self, request: OrderRequest, spec: RevocationSpec) -> Refuse | None:
        """Return why an open request can't be adopted, if this process made it for another scope of the order."""
        if self._is_for(request, spec):
            return None
        other = self._made_for[request.id]
        reason = (
            f"{spec.name}: request {request.id} is open and is for {other.name}; nothing was sent; wait for a decision on it, "
            "and give each certificate its own comments: CertCentral doesn't say which certificate a request is for"
        )
        return Refuse("open-request-for-another", reason)

    def _is_for(self, request: OrderRequest, spec: RevocationSpec) -> bool:
        return self._made_for.get(request.id, spec).scope == spec.scope
