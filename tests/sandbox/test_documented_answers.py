"""Status, headers, body and error codes as the public record shows them."""

import re

import pytest
from sandbox.talk import Caller
from support.sandbox import Sandbox

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")


def test_a_revocation_is_answered_with_the_documented_request(ask: Caller, shared: Sandbox) -> None:
    reply = ask.revoke(shared.plain(1)[0], comments="I no longer need this cert.")
    assert reply.status == 201
    request = reply.json
    assert list(request) == ["id", "date", "type", "status", "requester", "comments"]
    assert isinstance(request["id"], int)
    assert TIMESTAMP.fullmatch(request["date"])
    assert (request["type"], request["status"]) == ("revoke", "pending")
    assert list(request["requester"]) == ["id", "first_name", "last_name", "email"]
    assert request["comments"] == "I no longer need this cert."


@pytest.mark.parametrize(
    ("body", "comments"),
    [
        ({"comment": "one"}, "one"),
        ({"comments": "many"}, "many"),
        ({"comment": "one", "comments": "many"}, "many"),
        ({}, ""),
    ],
)
def test_comment_and_comments_are_both_taken_and_echoed_as_comments(
    ask: Caller, shared: Sandbox, body: dict[str, str], comments: str
) -> None:
    reply = ask.revoke(shared.plain(1)[0], **body)
    assert (reply.status, reply.json["comments"]) == (201, comments)


def test_a_skipped_approval_is_answered_with_204_and_nothing(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.plain(1)[0]
    reply = ask.revoke(order_id, shared.admin_key, skip_approval=True)
    assert (reply.status, reply.body) == (204, b"")
    assert "content-type" not in reply.headers
    assert shared.order(order_id)["status"] == "revoked"


def test_the_two_keys_act_for_different_users(ask: Caller, shared: Sandbox) -> None:
    first, second = shared.plain(2)
    assert ask.revoke(first).json["requester"]["email"] == "user@example.com"
    assert ask.revoke(second, shared.admin_key).json["requester"]["email"] == "admin@example.com"


@pytest.mark.parametrize(("key", "role"), [("admin_key", "Administrator"), ("user_key", "Standard User")])
def test_user_me_tells_the_role_of_the_key(ask: Caller, shared: Sandbox, key: str, role: str) -> None:
    reply = ask("GET", "/user/me", key=getattr(shared, key))
    assert [entry["name"] for entry in reply.json["access_roles"]] == [role]


def test_order_info_has_the_documented_fields(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.find("ov_multi_domain")
    order = ask("GET", f"/order/certificate/{order_id}").json
    assert order["id"] == order_id
    assert order["status"] == "issued"
    assert order["product"] == {
        "name_id": "ssl_multi_domain",
        "name": "Multi-Domain SSL",
        "type": "ssl_certificate",
        "validation_type": "ov",
        "validation_name": "OV",
        "validation_description": "Normal Organization Validation",
    }
    certificate = order["certificate"]
    assert certificate["common_name"] in certificate["dns_names"]
    assert re.fullmatch("[0-9A-F]{32}", certificate["serial_number"])
    assert re.fullmatch("[0-9A-F]{40}", certificate["thumbprint"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", certificate["valid_till"])
    assert isinstance(order["organization"]["id"], int)
    assert order["organization"]["name"].startswith("Example")


def test_a_dv_order_has_the_documented_type_and_an_empty_array_for_its_organization(
    ask: Caller, shared: Sandbox
) -> None:
    order_id = shared.find_all("dv")[-1]
    product = {
        "name_id": "ssl_dv_geotrust",
        "name": "GeoTrust Standard DV",
        "type": "dv_ssl_certificate",
    }
    order = ask("GET", f"/order/certificate/{order_id}").json
    (row,) = ask("GET", f"/order/certificate?filters[id]={order_id}").json["orders"]
    assert (order["organization"], order["certificate"]["organization"], row["organization"]) == ([], [], [])
    assert row["product"] == product
    assert order["product"] | product == order["product"]
    shared.revoke(order_id)
    (asked,) = ask("GET", "/request?filters[type]=revoke&sort=-id&limit=1").json["requests"]
    assert asked["order"] | {"id": order_id, "organization": [], "product": product} == asked["order"]


def test_an_order_is_found_by_serial_number_and_thumbprint_of_its_primary_certificate(
    ask: Caller, shared: Sandbox
) -> None:
    order_id = shared.find("reissued")
    certificate = shared.order(order_id)["certificate"]
    for name in ("serial_number", "thumbprint"):
        assert ask("GET", f"/order/certificate/{certificate[name]}").json["id"] == order_id
        assert ask("GET", f"/order/certificate/{certificate[name].lower()}").json["id"] == order_id


def test_an_order_is_not_found_by_a_duplicates_serial_number(ask: Caller, shared: Sandbox) -> None:
    path = f"/order/certificate/{shared.find('duplicates')}/duplicate"
    serial_number = ask("GET", path).json["certificates"][0]["serial_number"]
    reply = ask("GET", f"/order/certificate/{serial_number}")
    assert (reply.status, reply.code) == (404, "not_found|order")


def test_an_order_that_is_not_issued_has_no_certificate_numbers(ask: Caller, shared: Sandbox) -> None:
    order = ask("GET", f"/order/certificate/{shared.find('needs_approval')}").json
    assert order["status"] == "needs_approval"
    assert not {"id", "serial_number", "thumbprint", "valid_from", "valid_till"} & set(order["certificate"])


@pytest.mark.parametrize(
    ("kind", "status"),
    [("ov", None), ("reissued", "issued"), ("certificate_revoked", "revoked"), ("revoked", "revoked")],
)
def test_the_certificates_own_status_appears_once_it_was_reissued_or_revoked(
    ask: Caller, shared: Sandbox, kind: str, status: str | None
) -> None:
    order = ask("GET", f"/order/certificate/{shared.find_all(kind)[-1]}").json
    assert order["certificate"].get("status") == status


def test_a_revoked_order_without_a_request_shows_none(ask: Caller, shared: Sandbox) -> None:
    order = ask("GET", f"/order/certificate/{shared.find('revoked_without_request')}").json
    assert [request["type"] for request in order["requests"]] == ["new_request"]


def test_request_info_of_an_open_request_has_no_processor(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.find("revoke_pending")
    (request,) = shared.revoke_requests(order_id)
    info = ask("GET", f"/request/{request['id']}").json
    assert (info["id"], info["type"], info["status"]) == (request["id"], "revoke", "pending")
    assert info["order"]["id"] == order_id
    assert not {"date_processed", "processor", "reviewer", "processor_comment"} & set(info)


def test_an_approval_is_answered_with_204_and_shows_in_request_info(ask: Caller, shared: Sandbox) -> None:
    request_id = ask.revoke(shared.plain(1)[0], comments="Gone.").json["id"]
    reply = ask.decide(request_id, "approved", shared.admin_key, processor_comment="Confirmed.")
    assert (reply.status, reply.body) == (204, b"")
    info = ask("GET", f"/request/{request_id}").json
    assert (info["status"], info["processor_comment"], info["comments"]) == (
        "approved",
        "Confirmed.",
        "Gone.",
    )
    assert info["processor"]["email"] == info["reviewer"]["email"] == "admin@example.com"
    assert TIMESTAMP.fullmatch(info["date_processed"])
    assert info["order"]["status"] == "revoked"


def test_a_standard_users_approval_is_refused(ask: Caller, shared: Sandbox) -> None:
    request_id = ask.revoke(shared.plain(1)[0]).json["id"]
    reply = ask.decide(request_id, "approved")
    assert (reply.status, reply.code) == (403, "access_denied|invalid_approver")


def test_a_single_certificate_is_revoked_by_id_and_by_serial_number(ask: Caller, shared: Sandbox) -> None:
    first, second = shared.plain(2)
    by_id = shared.order(first)["certificate"]["id"]
    by_serial_number = shared.order(second)["certificate"]["serial_number"]
    for identifier in (by_id, by_serial_number):
        reply = ask("PUT", f"/certificate/{identifier}/revoke", {"comments": "One only."})
        assert (reply.status, reply.json["type"]) == (201, "revoke")
    reply = ask("PUT", f"/certificate/{shared.find('duplicates') and by_id}/revoke", {})
    assert reply.status == 400


def test_duplicates_and_reissues_are_listed(ask: Caller, shared: Sandbox) -> None:
    duplicates = ask("GET", f"/order/certificate/{shared.find('duplicates')}/duplicate").json["certificates"]
    assert [row["status"] for row in duplicates] == ["issued"] * 3
    assert {row["archived"] for row in duplicates} == {"0"}
    reissues = ask("GET", f"/order/certificate/{shared.find('reissued')}/reissue").json["certificates"]
    assert [row["status"] for row in reissues] == ["issued"] * 2
    assert {row["archived"] for row in reissues} == {0}
    pending = ask("GET", f"/order/certificate/{shared.find('reissue_pending')}/reissue").json["certificates"]
    assert [row["status"] for row in pending] == ["pending"]
    plain = ask("GET", f"/order/certificate/{shared.find('ov')}/duplicate")
    assert plain.json == {"certificates": []}


@pytest.mark.parametrize("key", ["", "wrong", "wr\xf6ng"])
def test_a_bad_or_missing_key_is_403(ask: Caller, key: str) -> None:
    reply = ask("GET", "/user/me", key=key)
    assert reply.status == 403
    assert reply.json == {
        "errors": [
            {
                "code": "access_denied|access_denied_invalid_key",
                "message": "Access denied due to access_denied_invalid_key.",
            }
        ]
    }


@pytest.mark.parametrize("order_id", ["1", "abc", "0", "-1", "100000001.0", "9" * 30])
def test_an_unknown_order_is_404(ask: Caller, order_id: str) -> None:
    for reply in (
        ask("GET", f"/order/certificate/{order_id}"),
        ask("PUT", f"/order/certificate/{order_id}/revoke", {}),
        ask("GET", f"/order/certificate/{order_id}/duplicate"),
    ):
        assert (reply.status, reply.code) == (404, "not_found|order")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("POST", "/user/me"), ("GET", "/order/certificate/100000001/revoke"), ("GET", "")],
)
def test_an_unknown_route_is_404(ask: Caller, method: str, path: str) -> None:
    reply = ask(method, path)
    assert (reply.status, reply.code) == (404, "not_found|route")
    assert reply.json["errors"][0]["message"] == "The specified route was not found."


@pytest.mark.parametrize("body", [b"", b"{", b"no json", b'{"comments": "\xff"}'])
def test_a_malformed_body_is_400_and_revokes_nothing(ask: Caller, shared: Sandbox, body: bytes) -> None:
    order_id = shared.plain(1)[0]
    reply = ask("PUT", f"/order/certificate/{order_id}/revoke", body)
    assert (reply.status, reply.code) == (400, "bad_request_format")
    assert shared.revoke_requests(order_id) == []


def test_headers_are_those_of_the_recordings(ask: Caller) -> None:
    reply = ask("GET", "/user/me")
    assert reply.headers["content-type"] == "application/json"
    assert not [name for name in reply.headers if "ratelimit" in name or name == "retry-after"]


def test_json_is_compact(ask: Caller) -> None:
    assert ask("GET", "/nowhere").body == (
        b'{"errors":[{"code":"not_found|route","message":"The specified route was not found."}]}'
    )
