"""What stands at DigiCert after a revocation, and the snapshot of an order that a reviewer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.revoking.requests import (
    obscure_requests,
    telling_request,
)

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order, SubmittedRequest
    from digicert_pulumi.revoking.target import Target


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
    request, obscure = telling_request(order), ", ".join(obscure_requests(order))
    return Snapshot(
        common_name=certificate.common_name,
        dns_names=certificate.dns_names,
        organization=organization(order),
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
    request: SubmittedRequest | None
    sent: bool = False


def outcome(target: Target, request: SubmittedRequest | None) -> Outcome:
    """Put a target as read and the request that belongs to its revocation into one."""
    return Outcome(snapshot(target), target.is_revoked, request)


def organization(order: Order) -> str | None:
    """The name of the order's organization; None if it has none (DV)."""
    return order.organization.name if order.organization else None
