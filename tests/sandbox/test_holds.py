"""Held answers: what a test needs to kill a caller around its call."""

from contextlib import closing
from threading import Thread

import pytest
from sandbox.talk import Caller, Reply
from support.sandbox import Sandbox


class Revoking(Thread):
    """A caller that waits for its answer in another thread."""

    def __init__(self, sandbox: Sandbox, order_id: int) -> None:
        super().__init__(daemon=True)
        self.sandbox = sandbox
        self.order_id = order_id
        self.reply: Reply | None = None
        self.start()

    def run(self) -> None:
        with closing(Caller(self.sandbox)) as call:
            self.reply = call.revoke(self.order_id)


@pytest.mark.parametrize(("when", "held"), [("before", 0), ("after", 1)])
def test_a_call_is_held_until_it_is_released(shared: Sandbox, when: str, held: int) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults({"fault": "hold", "when": when, "endpoint": "revoke_order", "count": 1})
    caller = Revoking(shared, order_id)
    (hold,) = shared.wait_for_hold()
    assert (hold["method"], hold["endpoint"], hold["when"]) == ("PUT", "revoke_order", when)
    assert hold["path"].endswith(f"/order/certificate/{order_id}/revoke")
    assert len(shared.revoke_requests(order_id)) == held
    assert caller.is_alive()
    shared.release()
    caller.join(10)
    assert caller.reply is not None
    assert caller.reply.status == 201
    assert shared.holds() == []
    assert len(shared.revoke_requests(order_id)) == 1


def test_a_call_that_is_held_after_processing_is_in_the_access_log_already(sandbox: Sandbox) -> None:
    sandbox.add_faults({"fault": "hold", "count": 1})
    caller = Revoking(sandbox, sandbox.find("ov"))
    sandbox.wait_for_hold()
    assert [(line["status"], line["fault"]) for line in sandbox.writes()] == [(201, "hold_after")]
    sandbox.release()
    caller.join(10)
    assert len(sandbox.writes()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_held_call_is_processed_once_though_its_caller_is_gone(
    shared: Sandbox, ask: Caller, when: str
) -> None:
    order_id = shared.plain(1)[0]
    shared.add_faults({"fault": "hold", "when": when, "endpoint": "revoke_order", "count": 1})
    path = f"/services/v2/order/certificate/{order_id}/revoke"
    ask.connection.request("PUT", path, b"{}", {"X-DC-DEVKEY": shared.user_key})
    shared.wait_for_hold()
    ask.close()
    shared.release()
    assert ask("GET", f"/order/certificate/{order_id}").status == 200
    assert len(shared.revoke_requests(order_id)) == 1


def test_one_of_several_calls_is_released(shared: Sandbox) -> None:
    first, second = shared.plain(2)
    shared.add_faults({"fault": "hold", "endpoint": "revoke_order", "count": 2})
    callers = [Revoking(shared, first), Revoking(shared, second)]
    holds = shared.wait_for_hold(2)
    shared.call("DELETE", f"/holds/{holds[0]['id']}")
    assert [hold["id"] for hold in shared.holds()] == [holds[1]["id"]]
    shared.release()
    for caller in callers:
        caller.join(10)
    assert [caller.reply and caller.reply.status for caller in callers] == [201, 201]


@pytest.mark.parametrize(("when", "requests", "status"), [("before", 0, None), ("after", 1, 201)])
def test_the_process_stops_cleanly_while_it_holds(
    sandbox: Sandbox, call: Caller, when: str, requests: int, status: int | None
) -> None:
    order_id = sandbox.find("ov")
    sandbox.add_faults({"fault": "hold", "when": when})
    path = f"/services/v2/order/certificate/{order_id}/revoke"
    call.connection.request("PUT", path, b"{}", {"X-DC-DEVKEY": sandbox.user_key})
    sandbox.wait_for_hold()
    sandbox.stop()
    assert sandbox._process.returncode == 0
    assert sandbox.errors() == ""
    assert len(sandbox.revoke_requests(order_id)) == requests
    assert [line["status"] for line in sandbox.writes()] == [status]
