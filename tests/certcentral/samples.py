"""Bodies as CertCentral documents them."""

from typing import Any

ORDER: dict[str, Any] = {
    "id": 123456789,
    "certificate": {
        "id": 112358,
        "thumbprint": "7D236B54D19D5EACF0881FAF24D51DFE5D23E945",
        "serial_number": "0669D46CAE79EF684A69777490602485",
        "common_name": "www.example.com",
        "dns_names": ["www.example.com", "example.com"],
        "date_created": "2026-08-19T18:16:07+00:00",
        "valid_from": "2026-08-19",
        "valid_till": "2027-03-01",
        "days_remaining": 111,
        "signature_hash": "sha256",
        "ca_cert": {"id": "f7slk4shv9s2wr3", "name": "Example CA"},
    },
    "status": "issued",
    "is_renewal": False,
    "date_created": "2026-08-19T18:16:07+00:00",
    "order_valid_till": "2027-03-01",
    "organization": {"id": 117483, "name": "Example, Inc.", "is_active": True, "country": "us"},
    "container": {"id": 5, "name": "Example, Inc."},
    "product": {
        "name_id": "ssl_plus",
        "name": "Standard SSL",
        "type": "ssl_certificate",
        "validation_type": "ov",
    },
    "requests": [
        {
            "id": 1,
            "date": "2026-08-19T18:16:07+00:00",
            "type": "new_request",
            "status": "approved",
            "comments": "Please.",
        }
    ],
}

PENDING_ORDER: dict[str, Any] = {
    "id": 123456789,
    "certificate": {
        "common_name": "www.example.com",
        "dns_names": ["www.example.com"],
        "date_created": "2026-08-19T18:16:07+00:00",
        "csr": "...",
        "signature_hash": "sha256",
    },
    "status": "needs_approval",
    "product": {"name_id": "ssl_dv_geotrust", "name": "GeoTrust Standard DV", "type": "dv_ssl_certificate"},
}

DV_ORDER_ROW: dict[str, Any] = {
    "id": 123458,
    "certificate": {
        "id": 106,
        "common_name": "example.org",
        "dns_names": ["example.org"],
        "valid_till": "2027-03-01",
        "days_remaining": 289,
        "signature_hash": "sha256",
    },
    "status": "issued",
    "is_renewed": False,
    "date_created": "2026-10-16T17:29:56+00:00",
    "organization": [],
    "validity_years": 1,
    "disable_renewal_notifications": False,
    "container": {"id": 14, "name": "Example, Inc."},
    "product": {"name_id": "ssl_dv_geotrust", "name": "GeoTrust Standard DV", "type": "dv_ssl_certificate"},
    "price": 149,
    "has_duplicates": False,
    "product_name_id": "ssl_dv_geotrust",
}

REQUEST: dict[str, Any] = {
    "id": 198,
    "date": "2026-10-16T20:05:28+00:00",
    "type": "revoke",
    "status": "pending",
    "requester": {"id": 14, "first_name": "Ada", "last_name": "Example", "email": "ada@example.com"},
    "comments": "Private key found.",
}

PROCESSED_REQUEST: dict[str, Any] = {
    **REQUEST,
    "status": "rejected",
    "date_processed": "2026-11-02T16:44:19+00:00",
    "reviewer": {"id": 15, "first_name": "Bob", "last_name": "Example", "email": "bob@example.com"},
    "processor": {"id": 15, "first_name": "Bob", "last_name": "Example", "email": "bob@example.com"},
    "order": {"id": 123456789, "certificate": {"common_name": "www.example.com"}, "status": "issued"},
    "processor_comment": "Not this one.",
}

USER: dict[str, Any] = {
    "id": 2700762,
    "username": "ada@example.com",
    "account_id": 1696530,
    "first_name": "Ada",
    "last_name": "Example",
    "email": "ada@example.com",
    "status": "active",
    "access_roles": [{"id": 1, "name": "Administrator"}],
}
