"""What a decision needs is decoded exactly; what is only shown makes no document unreadable."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from certcentral.samples import DV_ORDER_ROW, ORDER, PENDING_ORDER, PROCESSED_REQUEST, USER

from digicert_pulumi.certcentral.decoding import Lenient, decode
from digicert_pulumi.certcentral.models import (
    Certificate,
    ListedRequest,
    Order,
    OrderRequest,
    Request,
    StatusChange,
    UnreadableRequest,
    User,
)

ABSENT = object()

JUNK: list[Any] = [ABSENT, None, [], {}, [[]], {"a": 1}, "", 5, -1.5, True, 10**30]


def with_value(document: dict[str, Any], path: str, value: object) -> bytes:
    """Give a document with another value, or none, at a path such as `certificate.id`."""
    copy = json.loads(json.dumps(document))
    spot = copy
    *outer, last = path.split(".")
    for name in outer:
        spot = spot[name]
    if value is ABSENT:
        spot.pop(last, None)
    else:
        spot[last] = value
    return json.dumps(copy).encode()


DECORATION: list[tuple[type[Lenient], dict[str, Any], str]] = [
    *(
        (Order, ORDER, path)
        for path in (
            "organization",
            "organization.id",
            "organization.name",
            "has_duplicates",
            "product.type",
            "certificate.common_name",
            "certificate.dns_names",
            "certificate.thumbprint",
            "certificate.valid_from",
            "certificate.valid_till",
        )
    ),
    *(
        (Request, PROCESSED_REQUEST, path)
        for path in (
            "date",
            "requester",
            "requester.id",
            "requester.first_name",
            "comments",
            "processor",
            "processor.email",
            "processor_comment",
            "date_processed",
            "order",
            "order.id",
        )
    ),
    (ListedRequest, PROCESSED_REQUEST, "date"),
    (StatusChange, {"order_id": 5, "status": "issued"}, "status"),
    *((User, USER, path) for path in ("username", "email", "access_roles")),
]


@pytest.mark.parametrize(
    ("model", "document", "path"), DECORATION, ids=[f"{m.__name__}.{path}" for m, _, path in DECORATION]
)
def test_decoration_makes_nothing_unreadable(
    model: type[Lenient], document: dict[str, Any], path: str
) -> None:
    whole = decode(json.dumps(document).encode(), model)
    first = path.partition(".")[0]
    for value in JUNK:
        read = decode(with_value(document, path, value), model)
        for name in model.__struct_fields__:
            if name != first:
                assert getattr(read, name) == getattr(whole, name)


def test_what_fits_of_a_decoration_is_kept() -> None:
    order = decode(with_value(ORDER, "organization.id", "7"), Order)
    assert order.organization is not None
    assert (order.organization.id, order.organization.name) == (None, "Example, Inc.")
    order = decode(
        with_value(ORDER, "certificate.dns_names", ["a.example.com", None, "b.example.com"]), Order
    )
    assert order.certificate.dns_names == ("a.example.com", "b.example.com")


@pytest.mark.parametrize(("document", "organization"), [(DV_ORDER_ROW, []), (PENDING_ORDER, None)])
def test_an_order_without_an_organization_is_whole(document: dict[str, Any], organization: Any) -> None:
    order = decode(json.dumps({**document, "organization": organization}).encode(), Order)
    assert (order.id, order.organization) == (document["id"], None)


NEEDED: list[tuple[type[Lenient], dict[str, Any], str, bool]] = [
    (Order, ORDER, "id", False),
    (Order, ORDER, "status", False),
    (Order, ORDER, "product", False),
    (Order, ORDER, "product.name_id", False),
    (Order, ORDER, "certificate.id", True),
    (Order, ORDER, "certificate.serial_number", True),
    (Order, ORDER, "certificate.status", True),
    (Request, PROCESSED_REQUEST, "id", False),
    (Request, PROCESSED_REQUEST, "type", False),
    (Request, PROCESSED_REQUEST, "status", False),
    (ListedRequest, PROCESSED_REQUEST, "order", False),
    (ListedRequest, PROCESSED_REQUEST, "order.id", False),
    (StatusChange, {"order_id": 5, "status": "issued"}, "order_id", False),
    (User, USER, "id", False),
]


@pytest.mark.parametrize(
    ("model", "document", "path", "optional"),
    NEEDED,
    ids=[f"{m.__name__}.{path}" for m, _, path, _ in NEEDED],
)
def test_what_a_decision_needs_must_fit(
    model: type[Lenient], document: dict[str, Any], path: str, optional: bool
) -> None:
    for value in ([[]], {"a": 1}, -1.5, True, *(() if optional else (ABSENT, None))):
        with pytest.raises(msgspec.ValidationError):
            decode(with_value(document, path, value), model)


IDS = [
    (Order, ORDER, "id"),
    (Order, ORDER, "certificate.id"),
    (Certificate, ORDER["certificate"], "id"),
    (Request, PROCESSED_REQUEST, "id"),
    (ListedRequest, PROCESSED_REQUEST, "order.id"),
    (User, USER, "id"),
]


@pytest.mark.parametrize(
    ("model", "document", "path"), IDS, ids=[f"{m.__name__}.{path}" for m, _, path in IDS]
)
@pytest.mark.parametrize("id_", [0, -1, 2**53, 2**64, 10**30, 1.0, 1e3, "1", True], ids=repr)
def test_an_id_is_an_integer_that_the_engine_can_store(
    model: type[Lenient], document: dict[str, Any], path: str, id_: Any
) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(with_value(document, path, id_), model)
    assert decode(with_value(document, path, 2**53 - 1), model)


REVOCATION = {"id": 5, "type": "revoke", "status": "pending"}

IN_THE_WAY: dict[str, tuple[Any, int | None]] = {
    "DigiCert's own old sample": ({"id": 1}, 1),
    "no type": ({"id": 5, "status": "pending"}, 5),
    "a type that is none": ({**REVOCATION, "type": 5}, 5),
    "no id": ({"type": "revoke", "status": "pending"}, None),
    "an id that is a text": ({**REVOCATION, "id": "5"}, None),
    "no status": ({"id": 5, "type": "revoke"}, 5),
    "a status that is none": ({**REVOCATION, "status": None}, 5),
    "a reissue without a status": ({"id": 5, "type": "reissue"}, 5),
    "another order's": ({**REVOCATION, "order": {"id": 2}}, 5),
    "no document": ("revoke", None),
    "null": (None, None),
}


@pytest.mark.parametrize(("row", "id_"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_a_request_that_may_be_a_revocation_and_cannot_be_read_is_kept_apart(
    row: Any, id_: int | None
) -> None:
    order = decode(json.dumps({**ORDER, "requests": [*ORDER["requests"], row]}).encode(), Order)
    assert [request.id for request in order.requests] == [1]
    [unreadable] = order.unreadable_requests
    assert unreadable.may_revoke
    assert unreadable.id == id_


@pytest.mark.parametrize(
    "row", [{"type": "new_request"}, {"id": "x", "type": "duplicate", "status": []}], ids=repr
)
def test_a_request_that_is_of_another_type_for_sure_may_be_unreadable(row: dict[str, Any]) -> None:
    [unreadable] = decode(json.dumps({**ORDER, "requests": [row]}).encode(), Order).unreadable_requests
    assert not unreadable.may_revoke


def test_requests_of_two_types_with_one_id_are_kept_apart() -> None:
    rows = [{**REVOCATION, "type": "new_request", "status": "approved"}, REVOCATION, {**REVOCATION, "id": 6}]
    order = decode(json.dumps({**ORDER, "requests": rows}).encode(), Order)
    assert [request.id for request in order.requests] == [6]
    assert order.unreadable_requests == (UnreadableRequest(5, "new_request"), UnreadableRequest(5, "revoke"))


def test_a_request_that_a_list_repeats_is_readable() -> None:
    rows = [REVOCATION, {**REVOCATION, "status": "approved"}]
    order = decode(json.dumps({**ORDER, "requests": rows}).encode(), Order)
    assert [request.status for request in order.requests] == ["pending", "approved"]


def test_a_request_is_readable_without_what_is_only_shown() -> None:
    shown = {**REVOCATION, "requester": [], "processor": {}, "comments": 5}
    assert decode(json.dumps(shown).encode(), Request) == Request(5, None, "revoke", "pending")
    order = decode(json.dumps({**ORDER, "requests": [shown]}).encode(), Order)
    assert order.requests == (OrderRequest(5, None, "revoke", "pending"),)
    assert order.unreadable_requests == ()


@pytest.mark.parametrize("requests", [0, False, "none", {"0": REVOCATION}], ids=repr)
def test_what_stands_in_the_place_of_the_requests_may_be_one(requests: Any) -> None:
    order = decode(json.dumps({**ORDER, "requests": requests}).encode(), Order)
    assert (order.requests, order.unreadable_requests) == ((), (UnreadableRequest(),))


@pytest.mark.parametrize("requests", [ABSENT, None, {}, "", []])
def test_an_order_that_shows_no_requests_has_none(requests: Any) -> None:
    order = decode(with_value(ORDER, "requests", requests), Order)
    assert (order.requests, order.unreadable_requests) == ((), ())


@pytest.mark.parametrize("name", [ABSENT, None, "", 7])
def test_a_product_without_a_name_has_that_of_its_identifier(name: Any) -> None:
    product = decode(with_value(ORDER, "product.name", name), Order).product
    assert (product.name, product.name_id) == (ORDER["product"]["name_id"],) * 2
