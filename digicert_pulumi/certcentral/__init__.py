"""A client of the DigiCert CertCentral Services API: typed answers, typed errors, safe retries.

It doesn't import Pulumi. Importing it is cheap; `requests` is loaded with the first `Client`.
"""

from digicert_pulumi.certcentral.client import Client
from digicert_pulumi.certcentral.endpoint import REGIONS, base_url
from digicert_pulumi.certcentral.errors import (
    AccessDenied,
    CertCentralError,
    Fate,
    Intercepted,
    Interrupted,
    InvalidApiKey,
    InvalidEndpoint,
    NoAnswer,
    NotFound,
    OrderNotFound,
    PartlyUnreadable,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    TLSFailed,
    UnexpectedAnswer,
    Unreachable,
    UnreadableAnswer,
)
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.ledger import Ledger
from digicert_pulumi.certcentral.models import (
    AccessRole,
    Certificate,
    ListedRequest,
    Order,
    OrderPage,
    Organization,
    Product,
    Request,
    Requester,
    RequestPage,
    StatusChange,
    User,
)
from digicert_pulumi.certcentral.pacer import Pace, Pacer

__all__ = [
    "REGIONS",
    "AccessDenied",
    "AccessRole",
    "ApiKey",
    "CertCentralError",
    "Certificate",
    "Client",
    "Fate",
    "Intercepted",
    "Interrupted",
    "InvalidApiKey",
    "InvalidEndpoint",
    "Ledger",
    "ListedRequest",
    "NoAnswer",
    "NotFound",
    "Order",
    "OrderNotFound",
    "OrderPage",
    "Organization",
    "Pace",
    "Pacer",
    "PartlyUnreadable",
    "Product",
    "RateLimited",
    "Refused",
    "Request",
    "RequestPage",
    "Requester",
    "ServerError",
    "StatusChange",
    "TLSFailed",
    "TimedOut",
    "UnexpectedAnswer",
    "Unreachable",
    "UnreadableAnswer",
    "User",
    "base_url",
]
