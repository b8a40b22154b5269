"""The access log: a line for each call, at once, without a key."""

from datetime import datetime, timedelta, timezone

from sandbox.talk import Caller
from support.sandbox import Sandbox


def test_every_call_is_a_line_before_its_answer_is_read(sandbox: Sandbox, call: Caller) -> None:
    for number in range(1, 20):
        call("GET", "/user/me")
        assert len(sandbox.access_log()) == number


def test_a_line_tells_time_method_path_user_and_status(sandbox: Sandbox, call: Caller) -> None:
    call("GET", "/order/certificate?filters[status]=issued&limit=1")
    call.revoke(1, sandbox.admin_key)
    call("GET", "/user/me", key="wrong")
    lines = sandbox.access_log()
    assert [{key: value for key, value in line.items() if key != "time"} for line in lines] == [
        {
            "method": "GET",
            "path": "/services/v2/order/certificate?filters[status]=issued&limit=1",
            "user": "user",
            "status": 200,
        },
        {"method": "PUT", "path": "/services/v2/order/certificate/1/revoke", "user": "admin", "status": 404},
        {"method": "GET", "path": "/services/v2/user/me", "user": None, "status": 403},
    ]
    moment = datetime.fromisoformat(lines[0]["time"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(timezone.utc) - moment) < timedelta(minutes=1)


def test_no_key_stands_in_it(sandbox: Sandbox, call: Caller) -> None:
    call("GET", "/user/me")
    call("GET", "/user/me", key=sandbox.admin_key)
    call("GET", "/user/me", key="a-wrong-key")
    text = str(sandbox.access_log())
    assert not [key for key in (sandbox.user_key, sandbox.admin_key, "a-wrong-key") if key in text]


def test_writes_are_the_calls_that_are_no_get(sandbox: Sandbox, call: Caller) -> None:
    call("GET", "/user/me")
    call.revoke(sandbox.find("ov"))
    assert [(line["method"], line["status"]) for line in sandbox.writes()] == [("PUT", 201)]


def test_the_operators_calls_are_not_in_it(sandbox: Sandbox) -> None:
    request_id = sandbox.revoke(sandbox.find("ov"))
    sandbox.approve(request_id)
    sandbox.order(sandbox.find("ov"))
    assert sandbox.access_log() == []
