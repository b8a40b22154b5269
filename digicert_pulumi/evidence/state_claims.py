"""Read the revocations in the state of a stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from digicert_pulumi.evidence.subjects import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = ("OrderRevocation", "CertificateRevocation")
_PACKAGES = ("pulumi-python:dynamic/digicert", "digicert:index")


def claims(exported: str) -> list[Claim]:
    """Return the revocations in an exported state. If several resources declare one, with one request, it is returned once.

    Raises:
        ValueError: The text isn't an exported state.
    """
    try:
        resources = (json.loads(exported).get("deployment") or {}).get("resources") or []
        found = [claim for each in resources for claim in _claims(each)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("the state doesn't have the format of `pulumi stack export`") from error
    return list({(each.order_id, each.certificate_id, each.request_id): each for each in found}.values())


def _claims(resource: dict[str, Any]) -> Iterator[Claim]:
    package, _, kind = resource["type"].rpartition(":")
    if package not in _PACKAGES or kind not in _KINDS or resource.get("delete"):
        return
    outputs = resource.get("outputs") or {}
    reason = _text(outputs.get("revocationReason"))
    comments = _text(outputs.get("comments"))
    request_id = _id(outputs.get("requestId"))
    id_ = int(resource["id"])
    if kind == "OrderRevocation":
        yield Claim(id_, None, comments, reason, request_id)
        return
    # The snapshots don't show the order if DigiCert couldn't be reached when the resource was checked.
    shown = (outputs, outputs.get("order") or {}, outputs.get("reviewedOrder") or {})
    order_id = next(filter(None, (_id(each.get("orderId")) for each in shown)), None)
    yield Claim(order_id, id_, comments, reason, request_id)


def _id(value: object) -> int | None:
    """Return an id in the state; None if it is a secret or missing."""
    return int(value) if isinstance(value, (int, float)) else None


def _text(value: object) -> str:
    """Return a text in the state; empty if it is a secret or missing."""
    return value if isinstance(value, str) else ""
