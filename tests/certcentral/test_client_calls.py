"""What the client sends, and what it makes of the documented answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from certcentral.conftest import KEY
from certcentral.samples import ORDER, PENDING_ORDER, PROCESSED_REQUEST, REQUEST, USER
from certcentral.stub import Stub, answer, refusal

from digicert_pulumi._version import VERSION
from digicert_pulumi.certcentral import (
    Certificate,
    Client,
    NotFound,
    OrderRequest,
    Organization,
    Product,
    Requester,
    SubmittedRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_an_order_is_read_with_its_certificate_organization_product_and_requests(
    client: Callable[..., Client],
) -> None:
    with Stub(answer(200, ORDER)) as stub:
        order = client(stub).get_order(123456789)
    assert stub.requests[0].method == "GET"
    assert stub.requests[0].path == "/services/v2/order/certificate/123456789"
    assert (order.id, order.status) == (123456789, "issued")
    assert order.certificate == Certificate(
        id=112358,
        common_name="www.example.com",
        dns_names=("www.example.com", "example.com"),
        serial_number="0669D46CAE79EF684A69777490602485",
        thumbprint="7D236B54D19D5EACF0881FAF24D51DFE5D23E945",
        valid_from="2026-08-19",
        valid_till="2027-03-01",
    )
    assert order.organization == Organization(id=117483, name="Example, Inc.")
    assert order.product == Product(name_id="ssl_plus", name="Standard SSL", type="ssl_certificate")
    assert order.requests == (
        OrderRequest(
            id=1, date="2026-08-19T18:16:07+00:00", type="new_request", status="approved", comments="Please."
        ),
    )


def test_a_pending_order_has_no_serial_number_no_organization_and_no_list_of_requests(
    client: Callable[..., Client],
) -> None:
    with Stub(answer(200, PENDING_ORDER)) as stub:
        order = client(stub).get_order(123456789)
    assert order.certificate == Certificate(
        common_name="www.example.com", dns_names=("www.example.com",), csr="..."
    )
    assert order.organization is None
    assert order.requests == ()


SERIAL_NUMBER = "0669D46CAE79EF684A69777490602485"


def test_an_order_is_read_by_the_serial_number_of_its_primary_certificate(
    client: Callable[..., Client],
) -> None:
    with Stub(answer(200, ORDER)) as stub:
        order = client(stub).find_order(SERIAL_NUMBER.lower())
    assert order is not None
    assert order.id == 123456789
    assert stub.requests[0].path == f"/services/v2/order/certificate/{SERIAL_NUMBER}"


def test_a_serial_number_that_no_order_has_is_none_and_any_other_404_is_an_error(
    client: Callable[..., Client],
) -> None:
    with Stub(refusal(404, "not_found|order", "No such order.")) as stub:
        assert client(stub).find_order(SERIAL_NUMBER) is None
    with Stub(refusal(404, "not_found|route", "No such route.")) as stub, pytest.raises(NotFound):
        client(stub).find_order(SERIAL_NUMBER)


def test_an_unknown_status_of_an_order_and_of_a_request_is_a_string_like_any_other(
    client: Callable[..., Client],
) -> None:
    unknown = {**ORDER, "status": "frozen", "requests": [{**REQUEST, "status": "parked", "type": "thaw"}]}
    with Stub(answer(200, unknown)) as stub:
        order = client(stub).get_order(123456789)
    assert order.status == "frozen"
    assert (order.requests[0].status, order.requests[0].type) == ("parked", "thaw")


def test_a_request_is_read_with_its_decision(client: Callable[..., Client]) -> None:
    with Stub(answer(200, PROCESSED_REQUEST)) as stub:
        request = client(stub).get_request(198)
    assert stub.requests[0].path == "/services/v2/request/198"
    assert (request.status, request.processor_comment) == ("rejected", "Not this one.")
    assert request.date_processed == "2026-11-02T16:44:19+00:00"
    assert request.processor == Requester(
        id=15, first_name="Bob", last_name="Example", email="bob@example.com"
    )


@pytest.mark.parametrize(
    ("call", "path"),
    [("get_duplicates", "duplicate"), ("get_reissues", "reissue")],
    ids=["duplicates", "reissues"],
)
def test_the_other_certificates_of_an_order_are_listed(
    client: Callable[..., Client], call: str, path: str
) -> None:
    row = {
        "id": 7,
        "common_name": "a.example.com",
        "dns_names": ["a.example.com"],
        "status": "issued",
        "archived": "0",
    }
    with Stub(answer(200, {"certificates": [row]}), answer(200, {})) as stub:
        read = getattr(client(stub), call)
        assert read(1) == (
            Certificate(id=7, common_name="a.example.com", dns_names=("a.example.com",), status="issued"),
        )
        assert read(1) == ()
    assert stub.requests[0].path == f"/services/v2/order/certificate/1/{path}"


@pytest.mark.parametrize(("role", "expected"), [("Administrator", True), ("Finance Manager", False)])
def test_the_user_of_the_key_is_an_administrator_by_role(
    client: Callable[..., Client], role: str, *, expected: bool
) -> None:
    with Stub(answer(200, {**USER, "access_roles": [{"id": 1, "name": role}]})) as stub:
        user = client(stub).get_user()
    assert stub.requests[0].path == "/services/v2/user/me"
    assert (user.id, user.username, user.is_administrator) == (2700762, "ada@example.com", expected)


def test_a_revocation_is_one_put_and_gives_the_request_that_it_made(client: Callable[..., Client]) -> None:
    with Stub(answer(201, REQUEST)) as stub:
        request = client(stub).revoke_order(123456789, comments="Private key found.")
    [sent] = stub.requests
    assert (sent.method, sent.path) == ("PUT", "/services/v2/order/certificate/123456789/revoke")
    assert request == SubmittedRequest(
        id=198,
        date="2026-10-16T20:05:28+00:00",
        type="revoke",
        status="pending",
        requester=Requester(id=14, first_name="Ada", last_name="Example", email="ada@example.com"),
        comments="Private key found.",
    )


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({}, {"comments": "Grüße, “42”"}),
        (
            {"revocation_reason": "keyCompromise"},
            {"comments": "Grüße, “42”", "revocation_reason": "keyCompromise"},
        ),
        ({"skip_approval": True}, {"comments": "Grüße, “42”", "skip_approval": True}),
        ({"skip_approval": False}, {"comments": "Grüße, “42”"}),
    ],
)
def test_a_revocation_sends_the_comments_and_what_was_chosen_and_nothing_else(
    client: Callable[..., Client], options: dict[str, Any], body: dict[str, Any]
) -> None:
    with Stub(answer(201, REQUEST)) as stub:
        client(stub).revoke_order(1, comments="Grüße, “42”", **options)
    assert json.loads(stub.requests[0].body) == body
    assert stub.requests[0].headers["content-type"] == "application/json"


def test_a_revocation_without_approval_makes_no_request(client: Callable[..., Client]) -> None:
    with Stub(answer(204)) as stub:
        assert client(stub).revoke_order(1, comments="Gone.", skip_approval=True) is None
    assert stub.sent("PUT") == 1


def test_every_request_carries_the_key_names_the_package_and_asks_for_json(
    client: Callable[..., Client],
) -> None:
    with Stub(answer(200, ORDER)) as stub:
        client(stub).get_order(123456789)
    headers = stub.requests[0].headers
    assert headers["x-dc-devkey"] == KEY
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith(f"digicert-pulumi/{VERSION} python-requests/")


def test_one_connection_serves_many_calls(client: Callable[..., Client]) -> None:
    with Stub(answer(200, ORDER), answer(204), answer(200, ORDER)) as stub:
        shared = client(stub)
        shared.get_order(123456789)
        shared.revoke_order(123456789, comments="Gone.", skip_approval=True)
        shared.get_order(123456789)
    assert [request.connection for request in stub.requests] == [1, 1, 1]


def test_no_cookie_is_sent_back(client: Callable[..., Client]) -> None:
    with Stub(answer(200, ORDER, Set_Cookie="visid=1; path=/")) as stub:
        shared = client(stub)
        shared.get_order(123456789)
        shared.get_order(123456789)
    assert "cookie" not in stub.requests[1].headers


def test_a_netrc_file_adds_no_credentials(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Stub(answer(200, ORDER)) as stub:
        client(stub).get_order(123456789)
    assert "authorization" not in stub.requests[0].headers


def test_a_proxy_in_the_environment_is_not_used_for_this_machine(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stub(answer(502)) as proxy, Stub(answer(200, ORDER)) as stub:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        client(stub).get_order(123456789)
    assert len(stub.requests) == 1
    assert proxy.requests == []


@pytest.mark.parametrize("wrong", ["1/../../user/me", "1", 1.0, None])
def test_an_id_that_is_no_integer_is_never_sent(client: Callable[..., Client], wrong: Any) -> None:
    with Stub(answer(200, ORDER)) as stub:
        shared = client(stub)
        with pytest.raises((TypeError, ValueError)):
            shared.get_order(wrong)
        with pytest.raises((TypeError, ValueError)):
            shared.revoke_order(wrong, comments="Gone.")
    assert stub.requests == []
