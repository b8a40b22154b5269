"""What was answered is there after `kill -9` and a restart."""

from sandbox.talk import Caller
from support.sandbox import Sandbox


def test_answered_requests_and_decisions_survive_kill_9(sandbox: Sandbox, call: Caller) -> None:
    orders = sandbox.plain(20)
    ids = [call.revoke(order_id, comments="Gone.").json["id"] for order_id in orders]
    decided = sandbox.find("revoke_pending")
    sandbox.approve(sandbox.revoke_requests(decided)[0]["id"])
    sandbox.kill()
    sandbox.restart()
    call.close()
    assert [sandbox.revoke_requests(order_id)[0]["id"] for order_id in orders] == ids
    assert call("GET", f"/request/{ids[0]}").json["comments"] == "Gone."
    assert sandbox.order(decided)["status"] == "revoked"


def test_orders_ids_and_the_access_log_go_on_after_a_restart_whatever_the_options_say(
    sandbox: Sandbox, call: Caller
) -> None:
    first, second = sandbox.plain(2)
    request_id = sandbox.revoke(first)
    before = call("GET", "/order/certificate?limit=1000").json
    sandbox._options += ["--orders", "3", "--seed", "9"]
    sandbox.restart()
    call.close()
    assert call("GET", "/order/certificate?limit=1000").json == before
    assert sandbox.revoke(second) == request_id + 1
    assert len(sandbox.access_log()) == 2
