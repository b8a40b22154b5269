"""The fixed data of an account: users, products, organizations and a container."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class User:
    """A user of the account.

    Attributes:
        id: CertCentral's user id.
        name: The user's name in the access log.
        role: The name of the user's access role.
    """

    id: int
    name: str
    first_name: str
    role: str
    role_id: int

    @property
    def is_administrator(self) -> bool:
        """Whether the user may approve or reject requests and skip the approval."""
        return self.role == "Administrator"

    @property
    def email(self) -> str:
        """The user's email address, which is also the user name."""
        return f"{self.name}@example.com"

    def brief(self) -> dict[str, Any]:
        """Return the user as the requester, reviewer or processor of a request."""
        return {
            "id": self.id,
            "first_name": self.first_name,
            "last_name": "Example",
            "email": self.email,
        }


ADMINISTRATOR = User(242140, "admin", "Ada", "Administrator", 1)
STANDARD_USER = User(242141, "user", "Uma", "Standard User", 2)
USERS: Mapping[int, User] = {
    user.id: user
    for user in (
        ADMINISTRATOR,
        STANDARD_USER,
        User(242142, "otto", "Otto", "Standard User", 2),
        User(242143, "mia", "Mia", "Standard User", 2),
    )
}

CONTAINER = {"id": 634763, "name": "Example, Inc."}


@dataclass(frozen=True)
class Product:
    """The product of an order."""

    name: str
    type: str
    validation_type: str
    validation_name: str
    validation_description: str

    @property
    def is_tls(self) -> bool:
        """Whether its certificates are TLS certificates. For others, the revocation reason is ignored."""
        return self.type.endswith("ssl_certificate")


_TLS = "ssl_certificate"
_DV = ("dv_ssl_certificate", "dv", "DV", "Domain Validation")
_OV = ("ov", "OV", "Normal Organization Validation")
_EV = ("ev", "EV", "Extended Organization Validation")

PRODUCTS: Mapping[str, Product] = {
    "ssl_dv_geotrust": Product("GeoTrust Standard DV", *_DV),
    "ssl_plus": Product("Standard SSL", _TLS, *_OV),
    "ssl_multi_domain": Product("Multi-Domain SSL", _TLS, *_OV),
    "ssl_wildcard": Product("Wildcard Plus", _TLS, *_OV),
    "ssl_ev_plus": Product("Extended Validation SSL", _TLS, *_EV),
    "code_signing": Product(
        "Code Signing", "code_signing_certificate", "cs", "CS", "Code Signing Organization Validation"
    ),
    "document_signing_org_1": Product(
        "Document Signing - Organization (2000)",
        "document_signing_certificate",
        "ds",
        "DS",
        "Document Signing Organization Validation",
    ),
}

ORGANIZATIONS: Mapping[int, dict[str, Any]] = {
    117483 + number: {
        "id": 117483 + number,
        "name": name,
        "display_name": name,
        "is_active": True,
        "city": city,
        "state": state,
        "country": country,
    }
    for number, (name, city, state, country) in enumerate(
        (
            ("Example, Inc.", "Lehi", "Utah", "us"),
            ("Example Retail, Inc.", "Denver", "Colorado", "us"),
            ("Example Labs GmbH", "Berlin", "Berlin", "de"),
            ("Example Energy Ltd.", "Leeds", "West Yorkshire", "gb"),
        )
    )
}
