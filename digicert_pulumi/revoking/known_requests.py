"""The requests that this process sent or adopted, and the revocation that each is for. An order doesn't show that."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from digicert_pulumi.orders.names import words
from digicert_pulumi.revoking.order_lock import Sent
from digicert_pulumi.revoking.requests import including, is_open, revoke_requests, with_requests
from digicert_pulumi.revoking.rules import Adopt, AlreadyRevoked, Refuse, Submit, decide
from digicert_pulumi.revoking.spec import SingleCertificate, WholeOrder, name_of

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order, OrderRequest
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
        self._made_for: defaultdict[int, dict[int, Scope]] = defaultdict(dict)
        self._revoked_at_once: set[tuple[int, Scope]] = set()

    def remember(self, order_id: int, request_id: int, scope: Scope) -> None:
        """Record what a request was sent or adopted for. The first record counts."""
        self._made_for[order_id].setdefault(request_id, scope)

    def sent_for(self, spec: RevocationSpec, before: Target) -> Sent:
        """Return the record of a PUT.

        Args:
            spec: The revocation.
            before: The target as read before the PUT. A read may lack requests that this process knows.
        """
        certificate_id = spec.scope.id if isinstance(spec.scope, SingleCertificate) else None
        earlier = {each.id for each in before.order.requests} | self._made_for[spec.order_id].keys()
        return Sent(certificate_id, _digest(spec.comments), frozenset(earlier))

    def recognize(self, order: Order, sent: Sent | None) -> None:
        """Record the request that the last PUT for an order made, whichever process sent it.

        If its id is not known, it is a request that was not there before, with the comments of the PUT.
        """
        if sent is None:
            return
        scope = WholeOrder() if sent.certificate_id is None else SingleCertificate(sent.certificate_id)
        request_id = _made_since(order, sent) if sent.request_id is None else sent.request_id
        if request_id is not None:
            self.remember(order.id, request_id, scope)

    def add(self, order_id: int, request: OrderRequest) -> None:
        """Record a request that the next read of the order may not show yet."""
        self._of_order[order_id].append(request)

    def accepted(self, spec: RevocationSpec, answer: OrderRequest | None) -> None:
        """Record that DigiCert accepted a revocation: it created this request, or revoked at once without one."""
        if answer:
            self.add(spec.order_id, answer)
            self._made_for[spec.order_id][answer.id] = spec.scope
        else:
            self._revoked_at_once.add((spec.order_id, spec.scope))

    def complete(self, target: Target) -> Target:
        """Return the target with all known requests, also those that the read doesn't show yet."""
        return including(target, *self._of_order[target.order.id])

    def decide(self, target: Target, spec: RevocationSpec) -> Action:
        """Return the action, without counting decided requests that this process made for another scope of the order.

        An open request that this process made for another scope is refused.
        """
        own = tuple(r for r in target.order.requests if is_open(r) or self._is_for(r, spec))
        action = decide(with_requests(target, own), spec)
        if isinstance(action, Adopt) and not self._is_for(action.request, spec):
            return self._made_for_another(action.request, spec)
        if isinstance(action, Submit) and (spec.order_id, spec.scope) in self._revoked_at_once:
            return AlreadyRevoked(None)
        return action

    def is_known(self, order_id: int, request_id: int) -> bool:
        """Whether this process knows what a request was made for."""
        return request_id in self._made_for[order_id]

    def _made_for_another(self, request: OrderRequest, spec: RevocationSpec) -> Refuse:
        other = name_of(spec.order_id, self._made_for[spec.order_id][request.id])
        reason = (
            f"{spec.name}: request {request.id} is open and is for {other}; nothing was sent; wait for a decision on it, "
            "and give each certificate its own comments: CertCentral doesn't say which certificate a request is for"
        )
        return Refuse("open-request-for-another", reason)

    def _is_for(self, request: OrderRequest, spec: RevocationSpec) -> bool:
        return self._made_for[spec.order_id].get(request.id, spec.scope) == spec.scope


def _made_since(order: Order, sent: Sent) -> int | None:
    """Return the lowest id of the requests that the PUT may have made; None if there is none."""
    made = (
        request.id
        for request in revoke_requests(order)
        if request.id not in sent.before and request.comments and _digest(request.comments) == sent.comments
    )
    return min(made, default=None)


def _digest(comments: str) -> str:
    """Return a digest of the comments that is the same for all comments that count as the same."""
    return hashlib.sha256(" ".join(words(comments)).encode()).hexdigest()
