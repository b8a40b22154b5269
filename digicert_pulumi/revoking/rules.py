"""Pure rules: (target, requested revocation) -> action.

Nothing here does I/O or reads a clock. `decide` is a table of cases: the first match counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.certcentral.models import REQUEST_TYPES
from digicert_pulumi.orders.certificates import NEVER_ISSUED
from digicert_pulumi.orders.names import comparable, comparable_host, quoted
from digicert_pulumi.revoking.outcome import organization
from digicert_pulumi.revoking.requests import (
    decided_requests,
    newest_request,
    open_requests,
    possibly_open_requests,
    reissue_is_open,
    revoke_requests,
    same_comments,
)
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order, OrderRequest
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target


TLS_PRODUCT_TYPE = "ssl_certificate"
"""The suffix of the `product.type` of TLS/SSL orders: `ssl_certificate` or `dv_ssl_certificate`."""


class Submit(msgspec.Struct, frozen=True):
    """Send a request: DigiCert has no request to adopt, and the target isn't revoked."""


class Adopt(msgspec.Struct, frozen=True):
    """Adopt this open request; send nothing."""

    request: OrderRequest


class AlreadyRevoked(msgspec.Struct, frozen=True):
    """Send nothing: the target is revoked. `request` is the approved request, if there is one."""

    request: OrderRequest | None


class AlreadyApproved(msgspec.Struct, frozen=True):
    """Adopt this approved request, which has the declared comments. The target isn't shown as revoked yet."""

    request: OrderRequest


class AlreadyRejected(msgspec.Struct, frozen=True):
    """Adopt this rejected request, which has the declared comments. It is never repeated automatically."""

    request: OrderRequest


class Refuse(msgspec.Struct, frozen=True):
    """The revocation must not be sent.

    Attributes:
        code: The stable code of the refusal, a key of `REFUSALS`.
        reason: The problem and the remedy, in one line.
    """

    code: str
    reason: str


REFUSALS = {
    "unexpected-common-name": "The certificate has another common name than `expected_common_name`.",
    "unexpected-organization": "The order has another organization than `expected_organization`.",
    "unexpected-product": "The order has another product than `expected_product`.",
    "not-tls": "The order is not for a TLS certificate, and `expected_product` does not name its product.",
    "still-served": "A host of `must_not_be_served_by` serves a certificate that would be revoked.",
    "served-unclear": "The provider can't tell whether a host of `must_not_be_served_by` serves such a certificate.",
    "reissue-pending": "The order has a pending reissue, and CertCentral does not revoke such an order.",
    "unreadable-requests": "The order has requests that may be open revocations and cannot be read.",
    "open-request-for-another": "An open request on the order is, or may be, for something else.",
    "request-without-comments": "A decided request may be this revocation: DigiCert doesn't show its comments.",
    "request-of-unknown-type": "A decided request with the same comments has an unknown type.",
    "not-an-administrator": "The declaration requires an administrator's API key.",
    "not-a-revocation": "The request to decide on is not a revocation.",
    "another-order": "The request to decide on is for another order than `expected_order_id`.",
    "decided-otherwise": "The request has the other decision, which cannot be changed.",
    "own-request": "The key's own user submitted the request, and `allow_own_request` is not set.",
}
"""All refusal codes and their meanings. After a refusal, nothing was sent."""

Action = Submit | Adopt | AlreadyRevoked | AlreadyApproved | AlreadyRejected | Refuse


def decide(target: Target, spec: RevocationSpec) -> Action:
    """Return the action for a declared revocation.

    Args:
        target: The target, freshly read.
        spec: The declared revocation.
    """
    if refusal := mismatch(target, spec):
        return refusal
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
    # For a single certificate, newer rejections may be for other certificates of the order.
    rejected = newest_request(order, {"rejected"}, spec if target.single else None)
    if rejected and same_comments(rejected, spec):
        return AlreadyRejected(rejected)
    return _ambiguous_decision(target, spec) or _obstacle(order, spec) or Submit()


def nothing_to_revoke(target: Target, today: str) -> str | None:
    """Return why the target has no certificate to revoke; None if it may have one.

    Args:
        target: The target.
        today: The current date, `yyyy-mm-dd`.
    """
    order, certificate = target.order, target.certificate
    if order.status in NEVER_ISSUED and not (certificate.serial_number or certificate.valid_till):
        return f"order {order.id}: its status is {order.status!r}, and no certificate was issued"
    if order.status == "expired" and (certificate.valid_till or today) <= today:
        return f"order {order.id}: it expired on {certificate.valid_till or 'an unknown day'}"
    return None


def _adopt(opened: list[OrderRequest], spec: RevocationSpec) -> Adopt | Refuse:
    """Adopt an open request. For a single certificate, only the comments identify it: an order shows nothing else."""
    if isinstance(spec.scope, WholeOrder):
        return Adopt(opened[0])
    for request in opened:
        if same_comments(request, spec):
            return Adopt(request)
    reason = (
        f"{spec.name}: request {opened[0].id} on this order is open, and CertCentral does not say for which "
        "certificate; nothing was sent; wait for a decision on it, or set `comments` to its comments to adopt it"
    )
    return Refuse("open-request-for-another", reason)


def unexpected(target: Target, spec: RevocationSpec) -> tuple[str, str] | None:
    """Return the first guard rail that the target fails; None if it meets all.

    Returns:
        The field of the specification, and the actual value in words. The expected value is not quoted: see DESIGN.md.
    """
    order = target.order
    common_name, product = target.certificate.common_name, order.product
    expectations = (
        ("expected_common_name", spec.expected_common_name, (common_name,), comparable_host),
        ("expected_organization", spec.expected_organization, (organization(order),), comparable),
        ("expected_product", spec.expected_product, (product.name, product.name_id), comparable),
    )
    for field, expected, actual, form in expectations:
        if expected is not None and not any(name and form(expected) == form(name) for name in actual):
            what = field.removeprefix("expected_").replace("_", " ")
            if not actual[0]:
                return field, f"order {order.id} has no {what}, and one is expected"
            alike = "" if expected.isascii() else ", which has non-ASCII characters"
            return field, f"order {order.id} has the {what} {quoted(actual[0])}, not the expected one{alike}"
    return None


def mismatch(target: Target, spec: RevocationSpec) -> Refuse | None:
    """Return a refusal if the target fails a guard rail; None if it meets all."""
    if surprise := unexpected(target, spec):
        field, found = surprise
        return Refuse(
            field.replace("expected_", "unexpected_").replace("_", "-"),
            f"{found}; nothing was sent; check the order id",
        )
    return None


def _obstacle(order: Order, spec: RevocationSpec) -> Refuse | None:
    if obscure := possibly_open_requests(order):
        reason = (
            f"order {order.id} has requests that may be open revocations ({', '.join(obscure)}); nothing "
            "was sent; check the order's requests in CertCentral, and ask an administrator to decide on the open ones"
        )
        return Refuse("unreadable-requests", reason)
    is_tls = (order.product.type or "").endswith(TLS_PRODUCT_TYPE)
    if not is_tls and spec.expected_product is None:
        reason = (
            f"order {order.id} is not for a TLS certificate but for {order.product.name!r}; nothing was sent; "
            f"if that is meant, say so with expected_product={order.product.name_id!r}"
        )
        return Refuse("not-tls", reason)
    if order.status == "reissue_pending" or reissue_is_open(order):
        reason = (
            f"order {order.id} has a pending reissue, and CertCentral does not revoke such an order; nothing was "
            "sent; cancel the reissue or wait until it is issued, then run `pulumi up` again"
        )
        return Refuse("reissue-pending", reason)
    return None


def _ambiguous_decision(target: Target, spec: RevocationSpec) -> Refuse | None:
    """Refuse if a decided request may be for this revocation, but its comments or its type are unknown."""
    order = target.order
    others = [r for r in revoke_requests(order) if r.status == "rejected"] if target.single else []
    for request in (*decided_requests(order), *others):
        decided = f"{spec.name}: request {request.id} on this order was {request.status}"
        if request.comments is None:
            reason = (
                f"{decided}, and DigiCert does not show its comments, so it may be this revocation; nothing "
                "was sent; check it in CertCentral, and request the revocation there if it is still wanted"
            )
            return Refuse("request-without-comments", reason)
        if request.type not in REQUEST_TYPES and same_comments(request, spec):
            reason = (
                f"{decided}, with the same comments; its type is {printable(request.type)!r}, which may be a revocation; "
                "nothing was sent; check it in CertCentral; to request the revocation again, change `comments`"
            )
            return Refuse("request-of-unknown-type", reason)
    return None
