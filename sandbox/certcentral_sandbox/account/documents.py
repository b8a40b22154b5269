"""Convert rows of the state to the API's JSON documents."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from sqlite3 import Row
from typing import Any

from certcentral_sandbox.account.catalogue import CONTAINER, ORGANIZATIONS, PRODUCTS, USERS, User
from certcentral_sandbox.account.clock import now

Document = dict[str, Any]


@dataclass(frozen=True)
class CertificateDetails:
    """The properties of a certificate in a document that aren't in its row.

    Attributes:
        csr: The certificate signing request as PEM.
        ca_id: CertCentral's id of the issuing authority.
        ca_name: The issuing authority's common name.
    """

    csr: str
    ca_id: str
    ca_name: str


_PLATFORM = {
    "id": 45,
    "name": "nginx",
    "install_url": "http://example.com/",
    "csr_url": "http://example.com/",
}
_KEY_SIZE = 256
_REMINDERS = dict.fromkeys(
    ("send_minus_90", "send_minus_60", "send_minus_30", "send_minus_7", "send_minus_3", "send_plus_7"), True
)


def user_info(user: User) -> Document:
    """Return the answer of `GET /user/me`."""
    return {
        "id": user.id,
        "username": user.email,
        "account_id": 1696530,
        "first_name": user.first_name,
        "last_name": "Example",
        "email": user.email,
        "job_title": "Engineer",
        "telephone": "+1 555 0100",
        "status": "active",
        "container": {**CONTAINER, "parent_id": 0, "template_id": 5, "has_logo": False, "is_active": True},
        "access_roles": [{"id": user.role_id, "name": user.role}],
        "type": "standard",
        "has_container_assignments": False,
    }


def order_info(
    order: Row, certificate: Row | None, details: CertificateDetails, requests: Sequence[Row]
) -> Document:
    """Return the answer of `GET /order/certificate/{order_id}`.

    The certificate is the primary one; None before it is issued.
    """
    user = USERS[order["user_id"]].brief()
    contact = {key: user[key] for key in ("first_name", "last_name", "email")} | {"telephone": "+1 555 0100"}
    return {
        "id": order["id"],
        "certificate": _primary_certificate(order, certificate, details),
        "status": order["status"],
        "is_renewal": False,
        "is_renewed": bool(order["is_renewed"]),
        "renewed_order_id": 0,
        "date_created": order["date_created"],
        **({"order_valid_till": order["valid_till"]} if order["valid_till"] else {}),
        "order_validity": {"years": 1},
        "organization": _organization(order),
        "disable_renewal_notifications": bool(order["disable_renewal_notifications"]),
        "container": CONTAINER,
        "product": _product(order, full=True),
        "organization_contact": contact,
        "technical_contact": contact,
        "user": user,
        "requests": [_request_brief(request) for request in requests],
        "notes": [],
        "receipt_id": order["id"] - 90000000,
        "cs_provisioning_method": "none",
        **_REMINDERS,
        "allow_duplicates": True,
        "user_assignments": [user],
        "payment_method": "balance",
        "dcv_method": "email",
    }


def _primary_certificate(order: Row, certificate: Row | None, details: CertificateDetails) -> Document:
    document = {
        "common_name": order["common_name"],
        **_dns_names(order),
        "date_created": order["date_created"],
        "csr": details.csr,
        "organization": _organization(order, "id"),
        "server_platform": _PLATFORM,
        "signature_hash": "sha256",
        "key_size": _KEY_SIZE,
        "ca_cert": {"id": details.ca_id, "name": details.ca_name},
    }
    if certificate is None:
        return document
    document |= {
        "id": certificate["id"],
        "thumbprint": certificate["thumbprint"],
        "serial_number": certificate["serial_number"],
        "date_issued": certificate["date_issued"],
        "valid_from": certificate["valid_from"],
        "valid_till": certificate["valid_till"],
        "days_remaining": _days_remaining(certificate["valid_till"]),
        "cert_validity": {"days": 397},
    }
    if certificate["status"] == "revoked" or certificate["role"] == "reissue":
        document["status"] = certificate["status"]
    return document


def _organization(order: Row, *fields: str) -> Document | list[Any]:
    """Return the given fields of the order's organization, or all; an empty array if there is no organization."""
    if order["organization_id"] is None:
        return []
    organization = ORGANIZATIONS[order["organization_id"]]
    return {field: organization[field] for field in fields or organization}


def _dns_names(row: Row) -> Document:
    """Return the field with the DNS names. Orders without DNS names omit it."""
    names = json.loads(row["dns_names"])
    return {"dns_names": names} if names else {}


def _days_remaining(valid_till: str) -> int:
    return max(0, (date.fromisoformat(valid_till) - now().date()).days)


def _product(order: Row, *, full: bool = False) -> Document:
    product = PRODUCTS[order["product"]]
    brief = {"name_id": order["product"], "name": product.name, "type": product.type}
    if not full:
        return brief
    return {
        **brief,
        "validation_type": product.validation_type,
        "validation_name": product.validation_name,
        "validation_description": product.validation_description,
    }


def _request_brief(request: Row) -> Document:
    return {
        "id": request["id"],
        "date": request["date"],
        "type": request["type"],
        "status": request["status"],
        "comments": request["comments"],
    }


def order_row(order: Row) -> Document:
    """Return a row of `GET /order/certificate`."""
    certificate: Document = {"common_name": order["common_name"], **_dns_names(order)}
    if order["certificate_id"] is not None:
        certificate |= {
            "id": order["certificate_id"],
            "valid_till": order["valid_till"],
            "days_remaining": _days_remaining(order["valid_till"]),
        }
    return {
        "id": order["id"],
        "certificate": {**certificate, "signature_hash": "sha256"},
        "status": order["status"],
        "is_renewed": bool(order["is_renewed"]),
        "date_created": order["date_created"],
        "organization": _organization(order, "id", "name"),
        "validity_years": 1,
        "disable_renewal_notifications": bool(order["disable_renewal_notifications"]),
        "container": CONTAINER,
        "product": _product(order),
        "price": order["price"],
        "has_duplicates": bool(order["has_duplicates"]),
        "product_name_id": order["product"],
    }


def submitted_request(request: Row) -> Document:
    """Return the answer to a revocation that needs an approval. It doesn't contain the revocation reason."""
    return {
        "id": request["id"],
        "date": request["date"],
        "type": request["type"],
        "status": request["status"],
        "requester": USERS[request["requester_id"]].brief(),
        "comments": request["comments"],
    }


def request_info(request: Row, order: Document) -> Document:
    """Return the answer of `GET /request/{request_id}`. It contains the order like order info."""
    document = submitted_request(request)
    comments = document.pop("comments")
    if request["date_processed"]:
        processor = USERS[request["processor_id"]].brief()
        document |= {
            "date_processed": request["date_processed"],
            "reviewer": processor,
            "processor": processor,
        }
    document |= {"order": order, "comments": comments}
    if request["processor_comment"] is not None:
        document["processor_comment"] = request["processor_comment"]
    return document


def request_row(row: Row) -> Document:
    """Return a row of `GET /request`. `row` is a request joined with the columns of its order."""
    return {
        "id": row["id"],
        "date": row["date"],
        "type": row["type"],
        "status": row["status"],
        "requester": USERS[row["requester_id"]].brief(),
        "order": {
            "id": row["order_id"],
            "certificate": {"common_name": row["common_name"]},
            "organization": _organization(row, "id", "name"),
            "container": CONTAINER,
            "product": _product(row),
        },
    }


def listed_certificate(certificate: Row, order: Row, details: CertificateDetails) -> Document:
    """Return the common part of a row of an order's duplicates or reissues."""
    user = USERS[order["user_id"]]
    document = {
        "id": certificate["id"],
        "common_name": certificate["common_name"],
        **_dns_names(certificate),
        "status": certificate["status"],
        "date_created": certificate["date_created"],
        "csr": details.csr,
        "server_platform": _PLATFORM,
        "signature_hash": "sha256",
        "key_size": _KEY_SIZE,
        "ca_cert_id": details.ca_id,
        "user_id": user.id,
        "firstname": user.first_name,
        "lastname": "Example",
    }
    if certificate["serial_number"] is not None:
        document |= {
            "thumbprint": certificate["thumbprint"],
            "serial_number": certificate["serial_number"],
            "valid_from": certificate["valid_from"],
            "valid_till": certificate["valid_till"],
            "days_remaining": _days_remaining(certificate["valid_till"]),
        }
    return document


def duplicate_row(certificate: Row, order: Row, details: CertificateDetails) -> Document:
    """Return a row of `GET /order/certificate/{order_id}/duplicate`."""
    return listed_certificate(certificate, order, details) | {"sub_id": "001", "archived": "0"}


def reissue_row(certificate: Row, order: Row, details: CertificateDetails) -> Document:
    """Return a row of `GET /order/certificate/{order_id}/reissue`."""
    issued = {} if certificate["date_issued"] is None else {"date_issued": certificate["date_issued"]}
    return listed_certificate(certificate, order, details) | issued | {"email": order["email"], "archived": 0}
