"""Faults of the connection, as a raw socket sees them."""

import socket
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from sandbox.talk import Caller, Reply
from support.processes import wait_until
from support.sandbox import Sandbox


def connect(sandbox: Sandbox) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(sandbox.base_url).port or 0), timeout=60)


def in_the_end(call: Caller) -> Reply:
    """The answer once connections are accepted again."""

    def ask() -> Reply | None:
        try:
            return call("GET", "/user/me")
        except ConnectionRefusedError:
            call.close()
            return None

    reply = wait_until(ask)
    assert reply is not None
    return reply


def head(sandbox: Sandbox, method: str, path: str, body: bytes = b"") -> bytes:
    return (
        f"{method} /services/v2{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-DC-DEVKEY: {sandbox.user_key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def revoke(sandbox: Sandbox, order_id: int) -> bytes:
    return head(sandbox, "PUT", f"/order/certificate/{order_id}/revoke", b'{"comments":"Gone."}')


def read_all(connection: socket.socket) -> bytes:
    content = b""
    while chunk := connection.recv(65536):
        content += chunk
    return content


def rule(fault: str, **more: Any) -> dict[str, Any]:
    return {"fault": fault, "endpoint": "revoke_order", "count": 1, **more}


@pytest.mark.parametrize(("when", "requests"), [("before", 0), ("after", 1)])
def test_a_dropped_call_meets_a_reset_connection(shared: Sandbox, when: str, requests: int) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults(rule("drop", when=when))
    with closing(connect(shared)) as connection:
        connection.sendall(revoke(shared, order_id))
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert len(shared.revoke_requests(order_id)) == requests
    last = shared.access_log()[-1]
    assert (last["method"], last["status"], last["fault"]) == ("PUT", None, f"drop_{when}")


def test_a_cut_answer_ends_in_the_middle_of_its_body(shared: Sandbox) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults(rule("cut"))
    with closing(connect(shared)) as connection:
        connection.sendall(revoke(shared, order_id))
        answer = read_all(connection)
    start, _, body = answer.partition(b"\r\n\r\n")
    assert start.startswith(b"HTTP/1.1 201 Created\r\n")
    length = int(start.split(b"content-length: ")[1].split(b"\r\n")[0])
    assert len(body) == length // 2
    assert len(shared.revoke_requests(order_id)) == 1
    assert shared.access_log()[-1]["fault"] == "cut"


def test_a_cut_answer_without_a_body_ends_in_its_head(shared: Sandbox) -> None:
    shared.add_faults({"fault": "cut", "endpoint": "update_request_status", "count": 1})
    request_id = shared.revoke(shared.plain(1)[0])
    body = b'{"status":"approved"}'
    request = head(shared, "PUT", f"/request/{request_id}/status", body).replace(
        shared.user_key.encode(), shared.admin_key.encode()
    )
    with closing(connect(shared)) as connection:
        connection.sendall(request)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 204")
    assert b"\r\n\r\n" not in answer
    assert shared.request(request_id)["status"] == "approved"


def test_connections_are_truly_refused_and_idle_ones_closed_for_a_while(
    sandbox: Sandbox, call: Caller
) -> None:
    with closing(connect(sandbox)) as idle:
        assert call("GET", "/user/me").status == 200
        sandbox.refuse(3)
        assert idle.recv(1) == b""
    for _ in range(3):
        with pytest.raises(ConnectionRefusedError):
            connect(sandbox)
    call.close()
    assert in_the_end(call).status == 200


def test_no_other_server_gets_the_port_meanwhile(sandbox: Sandbox, call: Caller) -> None:
    assert call("GET", "/user/me").status == 200
    sandbox.refuse(1)
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", urlsplit(sandbox.base_url).port))
    call.close()
    assert in_the_end(call).status == 200


def test_a_refuse_rule_answers_its_call_and_refuses_the_next_connection(
    sandbox: Sandbox, call: Caller
) -> None:
    sandbox.add_faults({"fault": "refuse", "seconds": 3, "endpoint": "get_order", "count": 1})
    reply = call("GET", f"/order/certificate/{sandbox.find('ov')}")
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    with pytest.raises(ConnectionRefusedError):
        connect(sandbox)
    assert sandbox.access_log()[-1]["fault"] == "refuse"
    assert in_the_end(call).status == 200


def test_refusing_again_meanwhile_changes_nothing(sandbox: Sandbox, call: Caller) -> None:
    sandbox.add_faults({"fault": "refuse", "seconds": 0.3, "count": 2})
    assert call("GET", "/user/me").status == 200
    assert in_the_end(call).status == 200
    assert in_the_end(call).headers.get("connection") is None
    assert sandbox.errors() == ""


def test_the_process_stops_cleanly_after_drops_and_while_it_refuses(sandbox: Sandbox) -> None:
    sandbox.add_faults({"fault": "drop"})
    for _ in range(5):
        with closing(connect(sandbox)) as connection:
            connection.sendall(head(sandbox, "GET", "/user/me"))
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    sandbox.refuse(60)
    sandbox.stop()
    assert sandbox._process.returncode == 0
    assert sandbox.errors() == ""


def test_a_caller_that_leaves_in_the_middle_of_its_call_leaves_no_trace(sandbox: Sandbox) -> None:
    order_id = sandbox.find("ov")
    with closing(connect(sandbox)) as connection:
        connection.sendall(revoke(sandbox, order_id)[:-5])
    sandbox.stop()
    assert sandbox.errors() == ""
    assert sandbox.access_log() == []
    assert sandbox.revoke_requests(order_id) == []
