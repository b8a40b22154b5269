"""Pure rules: (target, requested revocation) -> action.

Nothing here talks to anybody, reads a clock or knows a wire name. `decide` is a table of cases, read
from the top; `snapshot` and `Outcome` are what the user sees of an order and of its revocation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from digicert_pulumi.certcentral.models import REQUEST_TYPES
from digicert_pulumi.orders.certificates import NEVER_ISSUED
from digicert_pulumi.orders.names import comparable, comparable_host, quoted, words
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order, Request
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target

OPEN_STATUSES = frozenset({"submitted", "pending"})
"""The documented statuses of a request on which nobody has decided yet (CertCentral: "Request info")."""

DECIDED_STATUSES = frozenset({"approved", "rejected"})
"""DigiCert's words for a request on which somebody has decided. A request in any other word counts as open."""

TLS_PRODUCT_TYPE = "ssl_certificate"
"""What the `product.type` of TLS/SSL orders ends in: CertCentral has `ssl_certificate` and `dv_ssl_certificate`."""


class Submit(msgspec.Struct, frozen=True):
    """Nothing stands at DigiCert: a revoke request has to be sent."""


class Adopt(msgspec.Struct, frozen=True):
    """A revoke request is open: it is the one, none is sent."""

    request: Request


class AlreadyRevoked(msgspec.Struct, frozen=True):
    """The order is revoked: nothing is left to do. `request` is the approved one, where there was one."""

    request: Request | None


class AlreadyApproved(msgspec.Struct, frozen=True):
    """An administrator approved a request with these very comments, and what it is about is not shown as revoked yet."""

    request: Request


class AlreadyRejected(msgspec.Struct, frozen=True):
    """An administrator rejected a request with these very comments: it is not asked again by itself."""

    request: Request


class Refuse(msgspec.Struct, frozen=True):
    """The revocation must not be sent.

    Attributes:
        code: Why, in a word that no release changes.
        reason: What is wrong and what to do, in one line.
    """

    code: str
    reason: str


REFUSALS = {
    "unexpected-common-name": "The certificate has another common name than `expected_common_name`.",
    "unexpected-organization": "The order has another organization than `expected_organization`.",
    "unexpected-product": "The order has another product than `expected_product`.",
    "not-tls": "The order is not for a TLS certificate, and `expected_product` does not name its product.",
    "still-served": "A host of `must_not_be_served_by` serves a certificate that would be revoked.",
    "served-unclear": "Whether a host of `must_not_be_served_by` serves such a certificate cannot be told.",
    "reissue-pending": "The order has a pending reissue, and CertCentral does not revoke such an order.",
    "unreadable-requests": "The order has requests that may be open revocations and cannot be read.",
    "open-request-for-another": "An open request on the order is, or may be, for something else.",
    "request-without-comments": "A decided revocation may be this very one: DigiCert doesn't show its comments.",
    "request-of-unknown-type": "A decided request with the same comments has a type that is not known.",
    "not-an-administrator": "The declaration requires an administrator's API key.",
    "not-a-revocation": "The request to decide on is no revocation.",
    "another-order": "The request to decide on is about another order than `expected_order_id`.",
    "decided-otherwise": "The request was decided otherwise, and a decision cannot be changed.",
    "own-request": "The key's own user submitted the request, and `allow_own_request` is not set.",
}
"""Every code of a refusal, and what it means. Nothing was sent."""

Action = Submit | Adopt | AlreadyRevoked | AlreadyApproved | AlreadyRejected | Refuse


def decide(target: Target, spec: RevocationSpec) -> Action:
    """Tell what has to happen so that one revoke request stands at DigiCert.

    Args:
        target: What is to be revoked, freshly read.
        spec: The revocation that the user declares.
    """
    if mismatch := _mismatch(target, spec):
        return mismatch
    order = target.order
    approved = newest_request(order, {"approved"}, spec)
    if target.is_revoked:
        return AlreadyRevoked(
            approved or (newest_request(order, {"approved"}) if order.status == "revoked" else None)
        )
    if opened := open_requests(order):
        return _adopt(opened, spec)
    if approved:
        return AlreadyApproved(approved)
    # On an order, requests for other certificates may have been rejected since.
    rejected = newest_request(order, {"rejected"}, spec if target.single else None)
    if rejected and same_words(rejected, spec):
        return AlreadyRejected(rejected)
    return _may_be_this_one(target, spec) or _obstacle(order, spec) or Submit()


def nothing_to_revoke(target: Target, today: str) -> str | None:
    """Tell why there is no certificate that could be revoked; None where there may be one.

    Args:
        target: What is to be revoked.
        today: The day, `yyyy-mm-dd`.
    """
    order, certificate = target.order, target.certificate
    if order.status in NEVER_ISSUED and not (certificate.serial_number or certificate.valid_till):
        return f"order {order.id}: its status is {order.status!r}, and no certificate was issued"
    if order.status == "expired" and (certificate.valid_till or today) <= today:
        return f"order {order.id}: it expired on {certificate.valid_till or 'an unknown day'}"
    return None


def is_open_status(status: str | None) -> bool:
    """Whether a request with this status may yet be decided on: also where the word is none that is known."""
    return status not in DECIDED_STATUSES


def is_open(request: Request) -> bool:
    """Whether somebody may yet decide on the request."""
    return is_open_status(request.status)


def strange_status_notice(name: str, *requests: Request) -> str | None:
    """What the user has to know where a request has a status in a word that is not known; None where none has.

    Args:
        name: What the requests are about.
        requests: The requests.
    """
    for request in requests:
        if is_open(request) and request.status not in OPEN_STATUSES:
            return (
                f"{name}: request {request.id} has the status {request.status!r}, which is not known here; it counts as open "
                "until it is approved or rejected: look at it in CertCentral"
            )
    return None


def _adopt(opened: list[Request], spec: RevocationSpec) -> Adopt | Refuse:
    """Adopt an open request. One for a single certificate is known by its words alone: an order's tells no more."""
    if isinstance(spec.scope, WholeOrder):
        return Adopt(opened[0])
    for request in opened:
        if same_words(request, spec):
            return Adopt(request)
    reason = (
        f"{spec.name}: request {opened[0].id} to revoke on this order is open, and CertCentral does not tell for which "
        "certificate; nothing was sent; have it decided first, or declare its comments to adopt it"
    )
    return Refuse("open-request-for-another", reason)


def undecidable_requests(order: Order) -> list[Request]:
    """The decided requests whose comments are needed and not loaded."""
    if order.status == "revoked" or open_requests(order):
        return []
    return [request for request in _decided_requests(order) if not words(request.comments or "")]


def asks_again_notice(order: Order, spec: RevocationSpec) -> str | None:
    """What a reviewer has to know where a revocation is sent that was asked for before; None where it was not."""
    last = newest_request(order, set(DECIDED_STATUSES))
    if last is None:
        return None
    return (
        f"{spec.name}: request {last.id} to revoke on this order was {last.status}, with other comments; "
        "a new request will be sent"
    )


def open_requests(order: Order) -> list[Request]:
    """The order's revoke requests on which nobody has decided yet, the lowest id first. A list may repeat one."""
    opened = {request.id: request for request in reversed(_revoke_requests(order)) if is_open(request)}
    return [opened[id_] for id_ in sorted(opened)]


def including(target: Target, *requests: Request) -> Target:
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


def with_requests(target: Target, requests: tuple[Request, ...]) -> Target:
    """Return the target with these requests in the place of its order's."""
    return replace(target, order=replace(target.order, requests=requests))


def standing_request(target: Target, known: Request | None) -> Request | None:
    """The request that stands for the revocation: the known one with the status that the order gives it.

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
    return replace(known, status=current.status)


def second_request_notice(target: Target) -> str | None:
    """What both users have to know where two requests to revoke the order are open; None where not."""
    opened = open_requests(target.order)
    if target.single or len(opened) < 2:  # noqa: PLR2004  # two is the meaning
        return None
    ids = " and ".join(str(request.id) for request in opened)
    return (
        f"order {target.order.id}: requests {ids} to revoke it are open at once: two programs asked, or one of "
        f"them is for a single certificate; the state names request {opened[0].id}; "
        "have an administrator reject the one that is not wanted"
    )


def telling_request(order: Order) -> Request | None:
    """The revoke request that says most about the order: the first open one, else the newest."""
    opened = open_requests(order)
    return opened[0] if opened else newest_request(order)


class Snapshot(msgspec.Struct, frozen=True):
    """What a revocation of the order would hit, for a reviewer to read.

    Attributes:
        common_name: The common name of the order's certificate; None where it has none.
        dns_names: All the DNS names of the certificate, in DigiCert's order.
        organization: The organization's name; None where the order has none (DV).
        product: The product's name.
        status: The order's status, in DigiCert's word (`issued`, `revoked`, ...).
        valid_till: The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued.
        revocation: `none`, or the request that says most: `request 198 is pending`, `request 198 cannot be read`.
        certificate_status: The status of the single certificate that is to be revoked, in DigiCert's word;
            None where all of the order is, or where DigiCert does not tell.
    """

    common_name: str | None
    dns_names: tuple[str, ...]
    organization: str | None
    product: str
    status: str
    valid_till: str | None
    revocation: str
    certificate_status: str | None = None


def snapshot(target: Target) -> Snapshot:
    """Reduce a target to what a reviewer needs to see."""
    order, certificate = target.order, target.certificate
    request, obscure = telling_request(order), ", ".join(_obscure_requests(order))
    return Snapshot(
        common_name=certificate.common_name,
        dns_names=certificate.dns_names,
        organization=_organization(order),
        product=order.product.name,
        status=order.status,
        valid_till=certificate.valid_till,
        revocation=f"request {request.id} is {request.status}" if request else obscure or "none",
        certificate_status=target.single.status if target.single else None,
    )


class Outcome(msgspec.Struct, frozen=True):
    """What stands at DigiCert, as far as DigiCert said it.

    Attributes:
        snapshot: The order, as last read.
        revoked: Whether it was read as `revoked`.
        request: The revoke request; None where DigiCert revoked without one.
        sent: Whether this very call sent it.
    """

    snapshot: Snapshot
    revoked: bool
    request: Request | None
    sent: bool = False


def outcome(target: Target, request: Request | None) -> Outcome:
    """Put a target as read and the request that belongs to its revocation into one."""
    return Outcome(snapshot(target), target.is_revoked, request)


def approved_and_alive_notice(seen: Outcome, spec: RevocationSpec) -> str | None:
    """Warning for an approved request whose order or certificate isn't revoked yet; None if there is none."""
    request = seen.request
    if seen.revoked or request is None or request.status != "approved":
        return None
    return approved_and_alive(spec.name, seen.snapshot.certificate_status or seen.snapshot.status, request.id)


def approved_and_alive(name: str, status: str, request_id: int) -> str:
    """Warning for an approved request whose order or certificate has this status."""
    return (
        f"{name} is still read as {status!r}, though request {request_id} was approved; `pulumi refresh` looks "
        "again; if that request was for another certificate of the order, change `comments` to ask again"
    )


def rejected_before_notice(spec: RevocationSpec, request: Request) -> str:
    """Warning for a declared request that was rejected."""
    return (
        f"{spec.name}: request {request.id} with the same comments was rejected, so none is sent; "
        "to ask again, change `comments`"
    )


def _revoke_requests(order: Order) -> list[Request]:
    return [request for request in order.requests if request.type == "revoke"]


def _decided_requests(order: Order) -> list[Request]:
    """The decided requests that may have been this revocation: approved, newest rejected, or of an unknown type."""
    approved = [request for request in _revoke_requests(order) if request.status == "approved"]
    rejected = newest_request(order, {"rejected"})
    strange = [r for r in order.requests if r.type not in REQUEST_TYPES and not is_open(r)]
    return [*approved, *([rejected] if rejected else []), *strange]


def newest_request(
    order: Order, statuses: set[str] | None = None, spec: RevocationSpec | None = None
) -> Request | None:
    """The order's newest revoke request in one of these statuses, with the declared comments; None where there is none."""
    requests = (
        request
        for request in _revoke_requests(order)
        if (statuses is None or request.status in statuses) and (spec is None or same_words(request, spec))
    )
    return max(requests, key=lambda r: r.id, default=None)


def same_words(request: Request, spec: RevocationSpec) -> bool:
    """Whether a request has the comments that are declared: all that tells one request for a certificate from another."""
    return request.comments is not None and words(request.comments) == words(spec.comments)


def unexpected(target: Target, spec: RevocationSpec) -> tuple[str, str] | None:
    """What of a target is not as it is expected to be; None where all is. What is expected is not quoted: see DESIGN.md.

    Returns:
        The field of the specification that expects something else, and what is there instead.
    """
    order = target.order
    common_name, product = target.certificate.common_name, order.product
    expectations = (
        ("expected_common_name", spec.expected_common_name, (common_name,), comparable_host),
        ("expected_organization", spec.expected_organization, (_organization(order),), comparable),
        ("expected_product", spec.expected_product, (product.name, product.name_id), comparable),
    )
    for field, expected, actual, form in expectations:
        if expected is not None and not any(name and form(expected) == form(name) for name in actual):
            what = field.removeprefix("expected_").replace("_", " ")
            if not actual[0]:
                return field, f"order {order.id} has no {what}, and one is expected"
            alike = "" if expected.isascii() else ", which is not all ASCII"
            return field, f"order {order.id} has the {what} {quoted(actual[0])}, not the expected one{alike}"
    return None


def _mismatch(target: Target, spec: RevocationSpec) -> Refuse | None:
    if surprise := unexpected(target, spec):
        field, found = surprise
        return Refuse(
            field.replace("expected_", "unexpected_").replace("_", "-"),
            f"{found}; nothing was sent; check the order id",
        )
    return None


def _organization(order: Order) -> str | None:
    return order.organization.name if order.organization else None


def _obstacle(order: Order, spec: RevocationSpec) -> Refuse | None:
    if obscure := _obscure_requests(order):
        reason = (
            f"order {order.id} has requests that may be open revocations and do not say so ({', '.join(obscure)}); nothing "
            "was sent; look at the order's requests in CertCentral, and have those that are open decided"
        )
        return Refuse("unreadable-requests", reason)
    is_tls = (order.product.type or "").endswith(TLS_PRODUCT_TYPE)
    if not is_tls and spec.expected_product is None:
        reason = (
            f"order {order.id} is not for a TLS certificate but for {order.product.name!r}; nothing was sent; "
            f"if that is meant, say so with expected_product={order.product.name_id!r}"
        )
        return Refuse("not-tls", reason)
    if order.status == "reissue_pending" or _reissue_is_open(order):
        reason = (
            f"order {order.id} has a pending reissue, and CertCentral does not revoke such an order; nothing was "
            "sent; cancel the reissue or wait until it is issued, then run `pulumi up` again"
        )
        return Refuse("reissue-pending", reason)
    return None


def _may_be_this_one(target: Target, spec: RevocationSpec) -> Refuse | None:
    """Refuse where a request was decided that may have been this very revocation, and does not say so."""
    order = target.order
    others = [r for r in _revoke_requests(order) if r.status == "rejected"] if target.single else []
    for request in (*_decided_requests(order), *others):
        decided = f"{spec.name}: request {request.id} on this order was {request.status}"
        if request.comments is None:
            reason = (
                f"{decided}, and DigiCert does not tell its comments, so it may have been for this very revocation; nothing "
                "was sent; look at it in CertCentral, and request the revocation there if it is still wanted"
            )
            return Refuse("request-without-comments", reason)
        if request.type not in REQUEST_TYPES and same_words(request, spec):
            reason = (
                f"{decided}, with the same comments; its type is {printable(request.type)!r}, which may be a revocation; "
                "nothing was sent; look at it in CertCentral; to ask again, change `comments`"
            )
            return Refuse("request-of-unknown-type", reason)
    return None


def _obscure_requests(order: Order) -> list[str]:
    """Name the requests that may be open revocations: what is needed of them cannot be read, or their type is not known."""
    unreadable = (request for request in order.unreadable_requests if request.may_revoke)
    strange = (r for r in order.requests if r.type not in REQUEST_TYPES and is_open(r))
    return [
        *(f"request {r.id} cannot be read" if r.id else "one without an id" for r in unreadable),
        *(f"request {r.id} is of type {printable(r.type)!r}" for r in strange),
    ]


def _reissue_is_open(order: Order) -> bool:
    return any(request.type == "reissue" and is_open(request) for request in order.requests)
