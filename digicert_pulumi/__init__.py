"""Declare the revocation of DigiCert CertCentral orders in Pulumi: reviewed, sent once, provable afterwards."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digicert_pulumi.declaring.certificate_revocation import (
        CertificateRevocation,
        CertificateRevocationArgs,
    )
    from digicert_pulumi.declaring.functions import (
        FindOrdersResult,
        FoundOrder,
        GetCertificatesResult,
        GetOrderResult,
        ListedOrder,
        ListOrdersResult,
        OrderCertificate,
        OrderRequest,
        find_orders,
        find_orders_output,
        get_certificates,
        get_certificates_output,
        get_order,
        get_order_output,
        list_orders,
        list_orders_output,
    )
    from digicert_pulumi.declaring.order_revocation import OrderRevocation, OrderRevocationArgs
    from digicert_pulumi.declaring.provider import Provider
    from digicert_pulumi.declaring.revocation_decision import (
        Decision,
        RevocationDecision,
        RevocationDecisionArgs,
    )
    from digicert_pulumi.declaring.types import (
        CertificateSnapshot,
        OrderSnapshot,
        Requester,
        RequestOrder,
        RequestSnapshot,
        RequestStatus,
        RevocationReason,
        SentRevocation,
        SiblingCertificate,
    )

_HOME = {
    "CertificateRevocation": "certificate_revocation",
    "CertificateRevocationArgs": "certificate_revocation",
    "CertificateSnapshot": "types",
    "Decision": "revocation_decision",
    "FindOrdersResult": "functions",
    "FoundOrder": "functions",
    "GetCertificatesResult": "functions",
    "GetOrderResult": "functions",
    "ListOrdersResult": "functions",
    "ListedOrder": "functions",
    "OrderCertificate": "functions",
    "OrderRequest": "functions",
    "OrderRevocation": "order_revocation",
    "OrderRevocationArgs": "order_revocation",
    "OrderSnapshot": "types",
    "Provider": "provider",
    "RequestOrder": "types",
    "RequestSnapshot": "types",
    "RequestStatus": "types",
    "Requester": "types",
    "RevocationDecision": "revocation_decision",
    "RevocationDecisionArgs": "revocation_decision",
    "RevocationReason": "types",
    "SentRevocation": "types",
    "SiblingCertificate": "types",
    "find_orders": "functions",
    "find_orders_output": "functions",
    "get_certificates": "functions",
    "get_certificates_output": "functions",
    "get_order": "functions",
    "get_order_output": "functions",
    "list_orders": "functions",
    "list_orders_output": "functions",
}

__all__ = [
    "CertificateRevocation",
    "CertificateRevocationArgs",
    "CertificateSnapshot",
    "Decision",
    "FindOrdersResult",
    "FoundOrder",
    "GetCertificatesResult",
    "GetOrderResult",
    "ListOrdersResult",
    "ListedOrder",
    "OrderCertificate",
    "OrderRequest",
    "OrderRevocation",
    "OrderRevocationArgs",
    "OrderSnapshot",
    "Provider",
    "RequestOrder",
    "RequestSnapshot",
    "RequestStatus",
    "Requester",
    "RevocationDecision",
    "RevocationDecisionArgs",
    "RevocationReason",
    "SentRevocation",
    "SiblingCertificate",
    "find_orders",
    "find_orders_output",
    "get_certificates",
    "get_certificates_output",
    "get_order",
    "get_order_output",
    "list_orders",
    "list_orders_output",
]


def __getattr__(name: str) -> Any:
    # Imported late, so that parts of the package that don't need the Pulumi SDK don't load it.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.declaring.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
