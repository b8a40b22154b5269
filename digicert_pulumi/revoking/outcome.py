"""The outcome of a revocation at DigiCert, and the snapshot of an order for the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.revoking.requests import (
    current_request,
    possibly_open_requests,
)

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Order, SubmittedRequest
    from digicert_pulumi.revoking.target import Target


class Snapshot(msgspec.Struct, frozen=True):
    """What a revocation of the order would affect, as a preview or a refresh shows it.

    Attributes:
        common_name: The common name of the certificate; None if it has no common name.
        dns_names: All DNS names of the certificate, in DigiCert's order.
        organization: The organization's name; None if the order has no organization (DV).
        product: The product's name.
        status: The order's status, as DigiCert spells it (`issued`, `revoked`, ...).
        valid_till: The last day of the certificate's validity, `yyyy-mm-dd`; None before it is issued.
        revocation: `none`, or the most relevant request: `request 198 is pending`, `request 198 cannot be read`.
        certificate_status: The status of the single certificate to revoke, as DigiCert spells it; None if the whole
            order is to be revoked, or if DigiCert doesn't show the status.
    """

    common_name: str | None
    dns_names: tuple[str, ...]
    organization: str | None
    product: str
    status: str
    valid_till: str | None
    revocation: str
    certificate_status: str | None = None

    @property
    def target_status(self) -> str:
        """The status of what is to be revoked: the single certificate, or the order."""
        return self.certificate_status or self.status


def snapshot(target: Target) -> Snapshot:
    """Return the snapshot of a target."""
    order, certificate = target.order, target.certificate
    request, obscure = current_request(order), ", ".join(possibly_open_requests(order))
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
    """The outcome of a revocation, as DigiCert shows it.

    Attributes:
        snapshot: The order, as last read.
        revoked: Whether the target was read as `revoked`.
        request: The request to revoke; None if DigiCert revoked without one, or if there is no request.
        sent: Whether this call sent the revocation.
    """

    snapshot: Snapshot
    revoked: bool
    request: SubmittedRequest | None
    sent: bool = False


def outcome(target: Target, request: SubmittedRequest | None) -> Outcome:
    """Return the outcome for a target and the request to revoke it."""
    return Outcome(snapshot(target), target.is_revoked, request)


def organization(order: Order) -> str | None:
    """Return the name of the order's organization; None if the order has no organization (DV)."""
    return order.organization.name if order.organization else None
