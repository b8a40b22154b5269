"""The revocations in the state of a stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from digicert_pulumi.evidence.subjects import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator

_KINDS = ("OrderRevocation", "CertificateRevocation")
_PACKAGES = ("pulumi-python:dynamic/digicert", "digicert:index")


def claims(exported: str) -> list[Claim]:
    """Read the revocations of an exported state; one that several resources declare is one.

    Raises:
        ValueError: It is no state.
    """
    try:
        resources = (json.loads(exported).get("deployment") or {}).get("resources") or []
        found = [claim for each in resources for claim in _claims(each)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("the state isn't as the Pulumi CLI exports it") from error
    return list({(each.order_id, each.certificate_id): each for each in found}.values())


def _claims(resource: dict[str, Any]) -> Iterator[Claim]:
    package, _, kind = resource["type"].rpartition(":")
    if package not in _PACKAGES or kind not in _KINDS or resource.get("delete"):
        return
    outputs = resource.get("outputs") or {}
    reason = _text(outputs.get("revocationReason"))
    comments = _text(outputs.get("comments"))
    if kind == "OrderRevocation":
        yield Claim(int(outputs["orderId"]), comments=comments, reason=reason)
        return
    # Until the order was read back, the state has it as the preview showed it.
    shown = outputs.get("order") or outputs.get("reviewedOrder") or {}
    order_id = outputs.get("orderId") or shown["orderId"]
    certificate_id = outputs.get("certificateId") or shown["certificateId"]
    yield Claim(int(order_id), int(certificate_id), comments, reason)


def _text(value: object) -> str:
    """Return a text of the state; a secret is no text there."""
    return value if isinstance(value, str) else ""
