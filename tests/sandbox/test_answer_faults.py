"""Faults of the answer: what is sent instead of, or made of, the genuine one."""

import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from sandbox.talk import Caller
from support.processes import wait_until
from support.sandbox import Sandbox


def rule(fault: str, **more: Any) -> dict[str, Any]:
    return {"fault": fault, "count": 1, **more}


@pytest.mark.parametrize("status", [406, 500, 502, 503, 504])
@pytest.mark.parametrize(("when", "requests"), [("before", 0), ("after", 1)])
def test_an_error_status_before_or_after_processing(
    ask: Caller, shared: Sandbox, status: int, when: str, requests: int
) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults(rule("status", status=status, when=when))
    reply = ask.revoke(order_id)
    assert (reply.status, reply.headers["content-type"]) == (status, "text/html")
    assert str(status).encode() in reply.body
    assert len(shared.revoke_requests(order_id)) == requests
    last = shared.access_log()[-1]
    assert (last["status"], last["fault"]) == (status, f"status_{status}_{when}")


def test_a_429_is_the_documented_one(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(rule("status", status=429))
    reply = ask("GET", "/user/me")
    assert reply.status == 429
    assert reply.body == (
        b'{"errors":[{"code":"request_limit_exceeded",'
        b'"message":"Service unavailable, please limit request volume"}]}'
    )
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("invalid_key", 403, "access_denied|access_denied_invalid_key"),
        ("missing_permission", 403, "access_denied|missing_permission"),
        ("unknown_order", 404, "not_found|order"),
        ("order_already_revoked", 400, "order_already_revoked"),
    ],
)
def test_a_refusal_without_a_reason(ask: Caller, shared: Sandbox, name: str, status: int, code: str) -> None:
    shared.add_faults(rule("refusal", refusal=name))
    reply = ask("GET", f"/order/certificate/{shared.find('ov')}")
    assert (reply.status, reply.code) == (status, code)
    assert shared.access_log()[-1]["fault"] == f"refusal_{name}_before"


@pytest.mark.parametrize(("when", "requests"), [("before", 0), ("after", 1)])
def test_a_web_page_an_empty_body_and_a_redirect(
    ask: Caller, shared: Sandbox, when: str, requests: int
) -> None:
    pages, nothing, moved = shared.plain(3)
    shared.add_faults(rule("html", when=when))
    reply = ask.revoke(pages)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html")
    assert reply.body.startswith(b"<html>")

    shared.add_faults(rule("empty", when=when, status=201))
    reply = ask.revoke(nothing)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (201, b"", "0")

    shared.add_faults(rule("redirect", when=when))
    reply = ask.revoke(moved)
    assert reply.status == 302
    path = f"/services/v2/order/certificate/{moved}/revoke"
    assert reply.headers["location"] == f"https://other.example.com{path}"

    assert [len(shared.revoke_requests(order_id)) for order_id in (pages, nothing, moved)] == [requests] * 3


def test_a_redirect_goes_where_the_rule_says(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(rule("redirect", status=307, location="http://127.0.0.1:9/elsewhere"))
    reply = ask("GET", "/user/me")
    assert (reply.status, reply.headers["location"]) == (307, "http://127.0.0.1:9/elsewhere")


def test_a_truncated_body_in_a_complete_answer(ask: Caller, shared: Sandbox) -> None:
    genuine = ask("GET", "/user/me")
    shared.add_faults(rule("truncated"))
    reply = ask("GET", "/user/me")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.body == genuine.body[: len(genuine.body) // 2]
    with pytest.raises(json.JSONDecodeError):
        assert reply.json


def test_a_huge_body_does_not_announce_its_length(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(rule("huge", bytes=3_000_000))
    reply = ask("GET", "/user/me")
    assert reply.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in reply.headers
    assert len(reply.json["padding"]) == 3_000_000


def test_a_caller_may_leave_a_huge_body(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(rule("huge", bytes=1 << 30))
    ask.connection.request("GET", "/services/v2/user/me", headers={"X-DC-DEVKEY": shared.user_key})
    response = ask.connection.getresponse()
    response.read(1000)
    response.close()
    ask.close()
    assert ask("GET", "/user/me").status == 200


def test_a_wrong_content_type(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(rule("content_type"), rule("content_type", content_type="text/plain"))
    genuine, plain = ask("GET", "/user/me"), ask("GET", "/user/me")
    assert genuine.json == plain.json
    assert [genuine.headers["content-type"], plain.headers["content-type"]] == ["text/html", "text/plain"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_answer_comes_in_the_end(ask: Caller, shared: Sandbox, when: str) -> None:
    shared.add_faults(rule("slow", seconds=0.3, when=when))
    began = time.monotonic()
    assert ask("GET", "/user/me").status == 200
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_slow_revocation_is_processed_though_its_caller_has_left(
    ask: Caller, shared: Sandbox, when: str
) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults(rule("slow", seconds=2, when=when))
    ask.connection.timeout = 0.2
    with pytest.raises(TimeoutError):
        ask.revoke(order_id)
    wait_until(lambda: len(shared.revoke_requests(order_id)) == 1)


def test_a_stale_order_is_as_it_was_before_its_last_change(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.plain(1)[0]
    path = f"/order/certificate/{order_id}"
    untouched = ask("GET", path).json
    shared.approve(shared.revoke(order_id))
    assert ask("GET", path).json["status"] == "revoked"

    shared.add_faults(rule("stale_order"), rule("stale_order", changes=2), rule("stale_order", seconds=60))
    pending = ask("GET", path).json
    assert (pending["status"], pending["requests"][-1]["status"]) == ("issued", "pending")
    assert ask("GET", path).json == untouched
    assert ask("GET", path).json == untouched
    assert ask("GET", path).json["status"] == "revoked"


def test_an_order_that_did_not_change_since_is_not_stale(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.plain(1)[0]
    genuine = ask("GET", f"/order/certificate/{order_id}").json
    shared.add_faults(rule("stale_order"), rule("stale_order", seconds=0))
    assert ask("GET", f"/order/certificate/{order_id}").json == genuine
    shared.revoke_now(order_id)
    assert ask("GET", f"/order/certificate/{order_id}").json["status"] == "revoked"


def test_the_order_inside_request_info_can_be_stale(ask: Caller, shared: Sandbox) -> None:
    request_id = shared.revoke(shared.plain(1)[0])
    shared.approve(request_id)
    shared.add_faults(rule("stale_order", endpoint="get_request"))
    info = ask("GET", f"/request/{request_id}").json
    assert (info["status"], info["order"]["status"]) == ("approved", "issued")


def test_an_unknown_order_status_in_order_info_and_in_the_list(ask: Caller, shared: Sandbox) -> None:
    shared.add_faults(rule("order_status"), rule("order_status", order_status="frozen"))
    assert ask("GET", f"/order/certificate/{shared.find('ov')}").json["status"] == "quarantined"
    listed = ask("GET", "/order/certificate?limit=5").json["orders"]
    assert {row["status"] for row in listed} == {"frozen"}


def test_a_late_request_is_in_readings_only_after_some_seconds(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults(rule("late_request", seconds=3600))
    request_id = ask.revoke(order_id).json["id"]

    def seen() -> list[bool]:
        info = ask("GET", f"/order/certificate/{order_id}").json
        listed = ask("GET", "/request?filters[type]=revoke&limit=1000").json["requests"]
        return [
            ask("GET", f"/request/{request_id}").status == 200,
            request_id in {request["id"] for request in info["requests"]},
            request_id in {row["id"] for row in listed},
        ]

    assert seen() == [False] * 3
    assert [request["id"] for request in shared.revoke_requests(order_id)] == [request_id]
    with closing(sqlite3.connect(shared.state)) as database, database:
        database.execute("UPDATE requests SET visible_at = visible_at - 3600 WHERE id = ?", [request_id])
    assert seen() == [True] * 3
