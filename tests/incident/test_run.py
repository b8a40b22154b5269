"""A run on the real engine: every order that can be requested is, once, and the report says what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from incident.machine import COMMENTS

if TYPE_CHECKING:
    from incident.machine import Machine
    from support.sandbox import Sandbox

pytestmark = pytest.mark.engine

UNKNOWN = 999999999


def test_a_mixed_run_over_three_stacks_requests_each_plain_order_once(
    machine: Machine, sandbox: Sandbox
) -> None:
    plain = sandbox.plain(52)
    opened = [sandbox.find("revoke_pending"), sandbox.find("revoke_submitted")]
    revoked = [sandbox.find("revoked"), sandbox.find("revoked_without_request")]
    reissue, code_signing = sandbox.find("reissue_pending"), sandbox.find("code_signing")
    failing = plain.pop()
    sandbox.add_faults({"fault": "status", "status": 500, "endpoint": "revoke_order", "order_id": failing})
    expected = (
        dict.fromkeys(plain, "requested")
        | dict.fromkeys(opened, "adopted")
        | dict.fromkeys(revoked, "already revoked")
        | dict.fromkeys([reissue, code_signing, UNKNOWN], "refused")
        | {failing: "failed"}
    )
    machine.environment["DIGICERT_SETTLE_TIMEOUT"] = "0.2"
    machine.write(expected, ("Order ID", "comments", "revocation_reason", "Host"), "keyCompromise", "a, b")

    planned = machine.run("plan")
    assert planned.code == 0
    assert "52 requests in 1 stack: at least 16 s at 200 calls a minute" in planned.out
    assert {row["Order ID"]: row["expected"] for row in machine.report("plan")} == {
        str(order_id): {
            "requested": "to be requested",
            "failed": "to be requested",
            "adopted": "to be adopted",
        }.get(outcome, outcome)
        for order_id, outcome in expected.items()
    }
    [row] = [row for row in machine.report("plan") if row["Order ID"] == str(plain[0])]
    shown = ("common_name", "organization", "product", "order_status", "revocation", "Host")
    assert [row[name] for name in shown] == [
        "www.example.com",
        "Example, Inc.",
        "Multi-Domain SSL",
        "issued",
        "none",
        "a, b",
    ]
    assert sandbox.writes() == []

    done = machine.run("run", "--stack-size", "20", "--yes")
    assert done.code == 1
    assert done.out.splitlines()[-11:-5] == [
        "requested               51",
        "adopted                  2",
        "already revoked          2",
        "refused                  3",
        "failed                   1",
        "orders                  59",
    ]
    rows = {int(row["Order ID"]): row for row in machine.report()}
    assert {order_id: row["outcome"] for order_id, row in rows.items()} == expected
    puts = [call["path"] for call in sandbox.writes() if call["status"] != 500]
    assert sorted(puts) == [f"/services/v2/order/certificate/{order_id}/revoke" for order_id in sorted(plain)]
    for order_id in plain:
        [request] = sandbox.revoke_requests(order_id)
        assert (request["comments"], request["revocation_reason"]) == (COMMENTS, "keyCompromise")
        row = rows[order_id]
        assert (row["request_id"], row["status"], row["revoked"]) == (str(request["id"]), "pending", "false")
    assert {row["revoked"] for row in rows.values() if row["outcome"] == "already revoked"} == {"true"}
    assert rows[UNKNOWN]["why"].startswith(f"order {UNKNOWN}: DigiCert does not know this order")
    assert rows[reissue]["why"].startswith(f"order {reissue} has a pending reissue")
    assert "not for a TLS certificate but for 'Code Signing'" in rows[code_signing]["why"]
    assert f"order {failing}" in rows[failing]["why"]


def test_a_run_that_is_started_again_does_what_is_new_and_a_report_tells_what_became_of_the_requests(
    machine: Machine, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(3)
    machine.write(orders[:1])
    assert machine.run("run", "--yes", "--stack-size", "1").code == 0
    earlier = len(sandbox.access_log())
    again = machine.run("run", "--yes", "--stack-size", "1")
    assert again.code == 0
    assert "done                     1" in again.out
    assert len(sandbox.access_log()) == earlier

    machine.write(reversed(orders))
    assert machine.run("run", "--yes", "--stack-size", "1").code == 0
    assert [row["order_id"] for row in machine.report()] == [str(order_id) for order_id in reversed(orders)]
    assert machine.outcomes() == dict.fromkeys(orders, "requested")
    assert len(sandbox.writes()) == len(orders)
    stacks = machine.folder.parent / "backend" / ".pulumi" / "stacks" / "digicert-incident"
    assert [path.name for path in stacks.glob("*.json")] == ["incident-42-1-of-1.json"]

    [[first], [second], _] = [sandbox.revoke_requests(order_id) for order_id in orders]
    sandbox.approve(first["id"])
    sandbox.reject(second["id"], "Not this one.")
    assert machine.run("report", "--refresh").code == 0
    rows = {int(row["order_id"]): row for row in machine.report()}
    shown = [
        [rows[order_id][name] for name in ("outcome", "status", "revoked", "why")] for order_id in orders
    ]
    assert shown == [
        ["requested", "approved", "true", ""],
        ["requested", "rejected", "false", f"request {second['id']} was rejected: Not this one."],
        ["requested", "pending", "false", ""],
    ]


def test_nothing_is_sent_where_nobody_confirms(machine: Machine, sandbox: Sandbox) -> None:
    machine.write(sandbox.plain(2))
    done = machine.run("run")
    assert done.code == 1
    assert done.err.endswith("error: nothing was sent\n")
    assert sandbox.writes() == []


def test_a_key_that_is_refused_ends_the_run_in_one_line(machine: Machine, sandbox: Sandbox) -> None:
    machine.environment["DIGICERT_API_KEY"] = "key-of-nobody"
    machine.write(sandbox.plain(2))
    done = machine.run("run", "--yes")
    assert done.code == 1
    assert "DigiCert denied access" in done.err.splitlines()[-1]


def test_a_run_that_is_interrupted_and_then_killed_goes_on_where_it_was(
    machine: Machine, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(24)
    machine.write(orders)
    interrupted = machine.start("run", "--yes")
    machine.wait_for_puts(4)
    machine.interrupt(interrupted)
    assert machine.end(interrupted).code == 130
    requested = [order_id for order_id, outcome in machine.outcomes().items() if outcome == "requested"]
    assert 4 <= len(requested) < len(orders)
    assert [order_id for order_id in orders if sandbox.revoke_requests(order_id)] == requested

    killed = machine.start("run", "--yes")
    machine.wait_for_puts(len(requested) + 4)
    machine.kill(killed)
    done = machine.run("run", "--yes")
    assert done.code == 0
    assert "does not run any more, so its lock is taken away" in done.err
    assert set(machine.outcomes().values()) <= {"requested", "adopted"}
    assert [len(sandbox.revoke_requests(order_id)) for order_id in orders] == [1] * len(orders)
