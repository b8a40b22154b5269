"""Orders as values, for tests of what is decided about them."""

from __future__ import annotations

from typing import Any

from digicert_pulumi.certcentral import Certificate, Order, OrderRequest, Organization, Product, Request

TLS = Product(name_id="ssl_plus", name="Standard SSL", type="ssl_certificate")
CODE_SIGNING = Product(name_id="code_signing", name="Code Signing", type="code_signing_certificate")


def make_request(
    id_: int, status: str = "pending", type_: str = "revoke", comments: str | None = None
) -> Request:
    return Request(id=id_, date="2026-01-02T03:04:05+00:00", type=type_, status=status, comments=comments)


def make_order(*requests: OrderRequest, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "id": 100000001,
        "status": "issued",
        "certificate": Certificate(
            common_name="www.example.com",
            dns_names=("www.example.com", "example.com"),
            valid_till="2027-03-01",
        ),
        "product": TLS,
        "organization": Organization(id=7, name="Example, Inc."),
        "requests": requests,
    }
    return Order(**(values | changes))
