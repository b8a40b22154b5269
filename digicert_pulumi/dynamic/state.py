"""Outcomes as they stand in the state, and back.

The keys are camelCase, as a schema would spell them. The format is a contract with every user's stack: keys may
be added; none is renamed and none changes its meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import Request, Requester
from digicert_pulumi.dynamic.inputs import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import Certificate
    from digicert_pulumi.revocation import Outcome, Siblings, Snapshot

SNAPSHOT = "order"
"""Among the inputs: the order as the preview showed it. Among the outputs: the order as last read."""

REVIEWED = "reviewedOrder"
"""Among the outputs: the snapshot that the inputs hold. What differs from it is news to the user."""

_SIBLINGS = ("duplicates", "reissues")

PROPERTY = {
    "order_id": "orderId",
    "skip_approval": "skipApproval",
    "expected_common_name": "expectedCommonName",
    "expected_organization": "expectedOrganization",
    "expected_product": "expectedProduct",
}
"""The property that a field of a wish is declared by."""


def declared(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The declared inputs among inputs or outputs, which echo them."""
    return {name: properties[name] for name in NAMES if name in properties}


def outputs(inputs: Mapping[str, Any], outcome: Outcome) -> dict[str, Any]:
    """The property map to store for what stands at DigiCert."""
    stored = {
        "revoked": outcome.revoked,
        SNAPSHOT: seen_again(outcome.snapshot, inputs.get(SNAPSHOT, {})),
        **_request_outputs(outcome.request),
    }
    return with_inputs(stored, inputs)


def unfinished_outputs(inputs: Mapping[str, Any], request: Request | None) -> dict[str, Any]:
    """The property map to store while the order could not be read back: without `order`."""
    return with_inputs({"revoked": False, **_request_outputs(request)}, inputs)


def with_inputs(stored: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored already, with other inputs recorded beside it."""
    kept = {name: value for name, value in stored.items() if name not in NAMES and name != REVIEWED}
    reviewed = {REVIEWED: inputs[SNAPSHOT]} if SNAPSHOT in inputs else {}
    return kept | declared(inputs) | reviewed


def snapshot_properties(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as a property map; what the order does not have is left out."""
    return _present(
        commonName=snapshot.common_name,
        dnsNames=list(snapshot.dns_names),
        organization=snapshot.organization,
        product=snapshot.product,
        status=snapshot.status,
        validTill=snapshot.valid_till,
        revocation=snapshot.revocation,
    )


def sibling_properties(siblings: Siblings) -> dict[str, Any]:
    """The other certificates of an order as part of its snapshot; a kind of which there is none is left out."""
    return {
        kind: [_certificate_properties(certificate) for certificate in getattr(siblings, kind)]
        for kind in _SIBLINGS
        if getattr(siblings, kind)
    }


def seen_again(snapshot: Snapshot, before: Mapping[str, Any]) -> dict[str, Any]:
    """A later snapshot of an order. Its duplicates and reissues are read for the preview alone, and kept."""
    kept = {kind: before[kind] for kind in _SIBLINGS if kind in before}
    return snapshot_properties(snapshot) | kept


def stored_request(properties: Mapping[str, Any]) -> Request | None:
    """The request that the state names, None where it names none."""
    if properties.get("requestId") is None:
        return None
    requester = properties.get("requester")
    return Request(
        id=int(properties["requestId"]),
        type="revoke",
        status=properties["status"],
        date=properties["requestDate"],
        processor_comment=properties.get("processorComment"),
        requester=requester and _requester(requester),
    )


def _request_outputs(request: Request | None) -> dict[str, Any]:
    if request is None:
        return {}
    requester = request.requester
    return _present(
        requestId=request.id,
        status=request.status,
        requestDate=request.date,
        requester=requester
        and _present(
            id=requester.id,
            firstName=requester.first_name,
            lastName=requester.last_name,
            email=requester.email,
        ),
        processorComment=request.processor_comment,
    )


def _certificate_properties(certificate: Certificate) -> dict[str, Any]:
    return _present(
        commonName=certificate.common_name,
        dnsNames=list(certificate.dns_names),
        serialNumber=certificate.serial_number,
    )


def _present(**properties: Any) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


def _requester(properties: Mapping[str, Any]) -> Requester:
    return Requester(
        id=int(properties["id"]),
        first_name=properties.get("firstName"),
        last_name=properties.get("lastName"),
        email=properties.get("email"),
    )
