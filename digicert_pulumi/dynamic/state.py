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

    from digicert_pulumi.revocation import Outcome, Snapshot

SNAPSHOT = "order"
"""Among the inputs: the order as the preview showed it. Among the outputs: the order as last read."""

REVIEWED = "reviewedOrder"
"""Among the outputs: the snapshot that the inputs hold. What differs from it is news to the user."""

PROPERTY = {
    "order_id": "orderId",
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
        SNAPSHOT: snapshot_properties(outcome.snapshot),
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
    properties = {
        "commonName": snapshot.common_name,
        "dnsNames": list(snapshot.dns_names),
        "organization": snapshot.organization,
        "product": snapshot.product,
        "status": snapshot.status,
        "validTill": snapshot.valid_till,
        "revocation": snapshot.revocation,
    }
    return {name: value for name, value in properties.items() if value is not None}


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
    stored = {
        "requestId": request.id,
        "status": request.status,
        "requestDate": request.date,
        "requester": request.requester and _requester_properties(request.requester),
        "processorComment": request.processor_comment,
    }
    return {name: value for name, value in stored.items() if value is not None}


def _requester_properties(requester: Requester) -> dict[str, Any]:
    properties = {
        "id": requester.id,
        "firstName": requester.first_name,
        "lastName": requester.last_name,
        "email": requester.email,
    }
    return {name: value for name, value in properties.items() if value is not None}


def _requester(properties: Mapping[str, Any]) -> Requester:
    return Requester(
        id=int(properties["id"]),
        first_name=properties.get("firstName"),
        last_name=properties.get("lastName"),
        email=properties.get("email"),
    )
