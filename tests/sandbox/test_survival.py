"""What was answered is there after `kill -9` and a restart."""

from sandbox.talk import Caller
from support.sandbox import Sandbox


def test_an_answered_request_survives_kill_9(sandbox: Sandbox, call: Caller) -> None:
    orders = sandbox.plain(20)
    ids = [call.revoke(order_id, comments="Gone.").json["id"] for order_id in orders]
    sandbox.kill()
    sandbox.restart()
    call.close()
    assert [sandbox.revoke_requests(order_id)[0]["id"] for order_id in orders] == ids
    assert call("GET", f"/request/{ids[0]}").json["comments"] == "Gone."


def test_a_decision_survives_kill_9(sandbox: Sandbox) -> None:
    order_id = sandbox.find("revoke_pending")
    sandbox.approve(sandbox.revoke_requests(order_id)[0]["id"])
    sandbox.kill()
    sandbox.restart()
    assert sandbox.order(order_id)["status"] == "revoked"


def test_request_ids_go_on_after_a_restart(sandbox: Sandbox) -> None:
    first, second = sandbox.plain(2)
    before = sandbox.revoke(first)
    sandbox.restart()
    assert sandbox.revoke(second) == before + 1


def test_a_restart_keeps_the_orders_whatever_the_options_say(sandbox: Sandbox, call: Caller) -> None:
    before = call("GET", "/order/certificate?limit=1000").json
    sandbox._options += ["--orders", "3", "--seed", "9"]
    sandbox.restart()
    call.close()
    assert call("GET", "/order/certificate?limit=1000").json == before


def test_the_access_log_goes_on_after_a_restart(sandbox: Sandbox, call: Caller) -> None:
    call("GET", "/user/me")
    sandbox.restart()
    call.close()
    call("GET", "/user/me")
    assert len(sandbox.access_log()) == 2
