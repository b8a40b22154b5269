"""Convert outcomes to the state format, and back.

The keys are camelCase, as a schema would spell them. The format is a contract with every user's stack: keys may
be added; none is renamed and none changes its meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import (
    Certificate,
    Order,
    OrderRequest,
    Organization,
    Product,
    Request,
    Requester,
    SubmittedRequest,
)
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.requests import current_request, is_open_status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from digicert_pulumi.revoking.outcome import Outcome, Snapshot
    from digicert_pulumi.revoking.target import Target

_IDENTITY = ("certificateId", "serialNumber", "thumbprint")

_KEPT = ("duplicates", "reissues", "orderId", *_IDENTITY, "otherCertificates", "standingRequestId")
"""The keys of a snapshot that only a preview reads. Later reads keep their values."""


class Format:
    """The state format of a resource.

    Args:
        declared: The names of its inputs.
        shown: The name of the snapshot: in the inputs as the preview showed it, in the outputs as last read.
        sent: The inputs that are sent once and that DigiCert can't edit.
    """

    def __init__(self, declared: Collection[str], shown: str, sent: Collection[str] = ()) -> None:
        self.names = declared
        self._sent = sent
        self.shown = shown
        self.reviewed = f"reviewed{shown.capitalize()}"
        """In the outputs: a copy of the snapshot in the inputs. A refresh reports what differs from it."""

    def declared(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the declared inputs from inputs or outputs."""
        return {name: properties[name] for name in self.names if name in properties}

    def with_inputs(self, stored: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the stored outputs with new inputs, and with `sent` if these differ from what was sent."""
        dropped = {*self.names, self.reviewed, "sent", "__provider"}
        kept = {name: value for name, value in stored.items() if name not in dropped}
        reviewed = {self.reviewed: inputs[self.shown]} if self.shown in inputs else {}
        sent = stored.get("sent") or self._to_send(stored)
        differs = sent and sent != self._to_send(inputs)
        return kept | self.declared(inputs) | reviewed | ({"sent": sent} if differs else {})

    def _to_send(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        return {name: properties[name] for name in self._sent if name in properties}


def outcome_properties(outcome: Outcome, shown_before: Mapping[str, Any]) -> dict[str, Any]:
    """Return an outcome as outputs.

    Args:
        outcome: The outcome.
        shown_before: The snapshot that the preview showed.
    """
    kept = {name: shown_before[name] for name in _KEPT if name in shown_before}
    return {
        "revoked": outcome.revoked,
        "order": snapshot_properties(outcome.snapshot) | kept,
        **request_properties(outcome.request),
    }


def snapshot_properties(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as a property map, without keys that have no value."""
    return present(
        commonName=snapshot.common_name,
        dnsNames=list(snapshot.dns_names),
        organization=snapshot.organization,
        product=snapshot.product,
        status=snapshot.status,
        validTill=snapshot.valid_till,
        revocation=snapshot.revocation,
        certificateStatus=snapshot.certificate_status,
    )


def target_properties(target: Target) -> dict[str, Any]:
    """Return the snapshot that a preview shows: the target, and the most relevant request of its order."""
    return (
        snapshot_properties(snapshot(target))
        | identity_properties(target.certificate)
        | present(standingRequestId=standing_request_id(target.order))
    )


def standing_request_id(order: Order) -> int | None:
    """Return the id of the order's most relevant revoke request; a request with a higher id is newer."""
    request = current_request(order)
    return request.id if request else None


def identity_properties(certificate: Certificate) -> dict[str, Any]:
    """Return the properties that identify a certificate."""
    return present(
        certificateId=certificate.id,
        serialNumber=certificate.serial_number,
        thumbprint=certificate.thumbprint,
    )


def identity_as_before(shown_before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the identifying properties that were shown before, so that a list that lacks them shows no change."""
    return {name: shown_before[name] for name in _IDENTITY if name in shown_before}


def known_order(order_id: int, shown: Mapping[str, Any]) -> Order:
    """Return an order with the fields of a snapshot. Its product's name id is the name, which is all a snapshot has."""
    organization = shown.get("organization")
    return Order(
        id=order_id,
        status=shown["status"],
        certificate=Certificate(common_name=shown.get("commonName")),
        product=Product(name_id=shown["product"], name=shown["product"]),
        organization=organization and Organization(name=organization),
    )


def certificate_properties(certificates: Iterable[Certificate], role: str) -> list[dict[str, Any]]:
    """Return other certificates of an order for its snapshot.

    Args:
        certificates: The certificates.
        role: Their role in the order: `primary`, `reissue` or `duplicate`.
    """
    return [
        present(
            role=role,
            certificateId=certificate.id,
            commonName=certificate.common_name,
            dnsNames=list(certificate.dns_names),
            serialNumber=certificate.serial_number,
        )
        for certificate in certificates
    ]


class StoredRequest(Request, frozen=True):
    """A request as the state remembers it: as it was last read, and without its comments."""


def has_open_request(properties: Mapping[str, Any]) -> bool:
    """Whether the request in the state counts as open."""
    return "requestId" in properties and is_open_status(properties.get("status"))


def stored_request(properties: Mapping[str, Any]) -> StoredRequest | None:
    """Return the request in the state; None if there is none."""
    if properties.get("requestId") is None:
        return None
    requester, processor = properties.get("requester"), properties.get("processor")
    return StoredRequest(
        id=int(properties["requestId"]),
        type="revoke",
        status=properties["status"],
        date=properties.get("requestDate"),
        processor_comment=properties.get("processorComment"),
        requester=requester and _requester(requester),
        processor=processor and _requester(processor),
        date_processed=properties.get("dateProcessed"),
    )


def request_properties(request: OrderRequest | None) -> dict[str, Any]:
    """Return a request as outputs; empty for None."""
    if request is None:
        return {}
    made = request if isinstance(request, SubmittedRequest) else None
    decided = request if isinstance(request, Request) else None
    return present(
        requestId=request.id,
        status=request.status,
        requestDate=request.date,
        requester=user_properties(made.requester) if made else None,
        processorComment=decided.processor_comment if decided else None,
        processor=user_properties(decided.processor) if decided else None,
        dateProcessed=decided.date_processed if decided else None,
    )


def user_properties(user: Requester | None) -> dict[str, Any] | None:
    """Return a CertCentral user as a property map."""
    if user is None:
        return None
    return present(id=user.id, firstName=user.first_name, lastName=user.last_name, email=user.email)


def present(**properties: Any) -> dict[str, Any]:
    """Return a property map without the properties that are None."""
    return {name: value for name, value in properties.items() if value is not None}


def _requester(properties: Mapping[str, Any]) -> Requester:
    return Requester(
        id=int(properties["id"]),
        first_name=properties.get("firstName"),
        last_name=properties.get("lastName"),
        email=properties.get("email"),
    )
