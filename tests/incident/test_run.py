"""A run on the real engine: every order that can be requested is, once, and the report says what became of each."""

from __future__ import annotations

import os
import pty
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from incident.machine import COMMENTS, PACE

from digicert_pulumi.incident.run_files import locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from incident.machine import Machine
    from support.sandbox import Sandbox

pytestmark = pytest.mark.engine

UNKNOWN = 999999999

OTHER_WORDS = "those of a shell that has stacks with secrets"
"""A passphrase."""


def test_a_mixed_run_over_two_stacks_requests_each_plain_order_once(
    machine: Machine, sandbox: Sandbox
) -> None:
    plain = sandbox.plain(12)
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

    pace = machine.environment.pop(PACE)
    planned = machine.run("plan")
    machine.environment[PACE] = pace
    assert planned.code == 0
    assert "12 requests in 1 stack: at least 4 s at 200 calls a minute" in planned.out
    assert {row["Order ID"]: row["plan_expected"] for row in machine.report("plan")} == {
        str(order_id): {
            "requested": "to be requested",
            "failed": "to be requested",
            "adopted": "to be adopted",
        }.get(outcome, outcome)
        for order_id, outcome in expected.items()
    }
    [row] = [row for row in machine.report("plan") if row["Order ID"] == str(plain[0])]
    shown = ("common_name", "organization", "product", "order_status", "revocation")
    assert [row["Host"], *(row[f"plan_{name}"] for name in shown)] == [
        "a, b",
        "www.example.com",
        "Example, Inc.",
        "Multi-Domain SSL",
        "issued",
        "none",
    ]
    assert sandbox.writes() == []

    done = machine.run("run", "--stack-size", "10", "--yes")
    assert done.code == 1
    assert done.out.splitlines()[-15:-5] == [
        "requested               11",
        "adopted                  2",
        "already revoked          2",
        "refused                  3",
        "failed                   1",
        "orders                  19",
        "request approved         1",
        "request pending         12",
        "request submitted        1",
        "orders revoked           2",
    ]
    rows = {int(row["Order ID"]): row for row in machine.report()}
    assert {order_id: row["result_outcome"] for order_id, row in rows.items()} == expected
    puts = [call["path"] for call in sandbox.writes() if call["status"] != 500]
    assert sorted(puts) == [f"/services/v2/order/certificate/{order_id}/revoke" for order_id in sorted(plain)]
    for order_id in plain:
        [request] = sandbox.revoke_requests(order_id)
        assert (request["comments"], request["revocation_reason"]) == (COMMENTS, "keyCompromise")
        row = rows[order_id]
        assert tuple(row[f"result_{name}"] for name in ("request_id", "status", "revoked")) == (
            str(request["id"]),
            "pending",
            "false",
        )
    assert {row["result_revoked"] for row in rows.values() if row["result_outcome"] == "already revoked"} == {
        "true"
    }
    assert rows[UNKNOWN]["result_why"].startswith(f"order {UNKNOWN}: DigiCert does not know this order")
    assert rows[reissue]["result_why"].startswith(f"order {reissue} has a pending reissue")
    assert "not for a TLS certificate but for 'Code Signing'" in rows[code_signing]["result_why"]
    assert f"order {failing}" in rows[failing]["result_why"]
    assert "pulumi up" not in done.err + "".join(row["result_why"] for row in rows.values())


@pytest.mark.slow
def test_orders_that_cannot_be_read_fail_by_themselves(machine: Machine, sandbox: Sandbox) -> None:
    forbidden, garbled, *plain = sandbox.plain(4)
    sandbox.add_faults(
        {"fault": "refusal", "refusal": "missing_permission", "endpoint": "get_order", "order_id": forbidden},
        {"fault": "html", "status": 200, "endpoint": "get_order", "order_id": garbled},
    )
    machine.environment["DIGICERT_BATCH_READS"] = "false"
    machine.write([forbidden, garbled, *plain])
    done = machine.run("run", "--yes")
    assert done.code == 1
    assert "the preview cannot show" not in done.err
    assert machine.outcomes() == dict.fromkeys(plain, "requested") | {forbidden: "refused", garbled: "failed"}
    whys = [row["result_why"] for row in machine.report()[:2]]
    assert [why.partition(": ")[0] for why in whys] == [f"order {forbidden}", f"order {garbled}"]
    assert len(sandbox.writes()) == len(plain)


def test_a_run_that_is_started_again_does_what_is_new_and_a_report_tells_what_became_of_the_requests(
    machine: Machine, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(3)
    machine.write(orders[:1])
    machine.environment["PULUMI_CONFIG_PASSPHRASE"] = OTHER_WORDS
    assert machine.run("run", "--yes", "--stack-size", "1").code == 0
    del machine.environment["PULUMI_CONFIG_PASSPHRASE"]
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
    refreshed = machine.run("report", "--refresh")
    assert refreshed.code == 1
    assert "info: " not in refreshed.err
    rows = {int(row["order_id"]): row for row in machine.report()}
    shown = [
        [rows[order_id][f"result_{name}"] for name in ("outcome", "status", "revoked", "why")]
        for order_id in orders
    ]
    rejection = f"order {orders[1]}: request {second['id']} was rejected: Not this one.; to send a new request, change the comments"
    assert shown == [
        ["requested", "approved", "true", ""],
        ["rejected", "rejected", "false", rejection],
        ["requested", "pending", "false", ""],
    ]

    machine.write(orders[1:], comments="The key is public.")
    planned = machine.run("plan")
    assert planned.out.splitlines()[:5] == [
        "to be asked again        1",
        "recorded only            1",
        "orders                   2",
        "to be forgotten          1",
        "1 request in 1 stack: at least 0 s at 60000 calls a minute",
    ]
    assert [bool(row["plan_common_name"]) for row in machine.report("plan")] == [True, False]
    earlier = len(sandbox.writes())
    assert machine.run("run", "--yes", "--forget").code == 0
    assert len(sandbox.writes()) == earlier + 1
    assert machine.outcomes() == dict.fromkeys(orders[1:], "requested")
    assert sandbox.revoke_requests(orders[1])[-1]["comments"] == "The key is public."


@pytest.mark.slow
def test_a_stack_whose_rows_are_all_removed_is_emptied(machine: Machine, sandbox: Sandbox) -> None:
    orders = sandbox.plain(2)
    machine.write(orders)
    assert machine.run("run", "--yes", "--stack-size", "1").code == 0
    machine.write(orders[:1])
    done = machine.run("run", "--yes")
    assert done.code == 1
    assert done.err.endswith(
        "set --forget to remove them from the stacks, or set another --name; nothing was sent\n"
    )
    done = machine.run("run", "--yes", "--forget")
    assert done.code == 0
    assert "to be forgotten          1" in done.out
    assert "1 of 1 order · " in done.err
    again = machine.run("plan")
    assert again.out.splitlines()[:2] == ["done                     1", "orders                   1"]

    stacks = machine.folder.parent / "backend" / ".pulumi" / "stacks" / "digicert-incident"
    for stack in stacks.glob("*.json"):
        assert machine.pulumi("stack", "rm", "--force", "--yes", stack.stem).code == 0
    assert not list(stacks.glob("*.json"))
    assert len(sandbox.writes()) == len(orders)

    report = machine.folder / "incident-42-report.csv"
    earlier = report.read_bytes()
    shutil.rmtree(machine.folder / "incident-42.run")
    done = machine.run("report")
    assert done.code == 1
    assert done.err.startswith(
        f"error: {report} has outcomes of 1 order that the stacks no longer hold, such as {orders[0]}, "
    )
    assert report.read_bytes() == earlier


@pytest.mark.slow
def test_a_stack_that_was_made_with_the_user_s_own_passphrase_is_opened_with_it(
    machine: Machine, sandbox: Sandbox
) -> None:
    assert machine.pulumi("stack", "init", "incident-42-1-of-1", passphrase=OTHER_WORDS).code == 0
    machine.environment["PULUMI_CONFIG_PASSPHRASE"] = OTHER_WORDS
    machine.write(sandbox.plain(1))
    assert machine.run("run", "--yes").code == 0


@pytest.mark.slow
def test_a_refresh_that_fails_is_told_and_the_report_says_what_is_old(
    machine: Machine, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(2)
    machine.write(orders)
    assert machine.run("run", "--yes").code == 0
    machine.environment["DIGICERT_API_KEY"] = "key-of-nobody"
    done = machine.run("report", "--refresh")
    assert done.code == 1
    assert done.err.startswith("error: 2 orders could not be refreshed, so the report may be out of date: ")
    assert "DigiCert denied access" in done.err
    for row in machine.report():
        assert row["result_outcome"] == "requested"
        assert row["result_why"].startswith("not refreshed: ")

    machine.environment["DIGICERT_API_KEY"] = sandbox.user_key
    machine.environment["DIGICERT_BATCH_READS"] = "false"
    sandbox.add_faults({"fault": "status", "status": 500, "endpoint": "get_order", "order_id": orders[0]})
    done = machine.run("report", "--refresh")
    assert done.code == 1
    assert "error: 1 order could not be refreshed" in done.err
    first, second = (row["result_why"] for row in machine.report())
    assert (first.partition(":")[0], second) == ("not refreshed", "")


@pytest.mark.slow
def test_a_lock_whose_holder_is_not_known_stays_until_the_user_says_that_it_is_lost(
    machine: Machine, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(8)
    machine.write(orders)
    assert machine.run("run", "--yes", "--stack-size", "4").code == 0
    held = machine.lock("incident-42-1-of-2")
    for order_id in orders:
        [request] = sandbox.revoke_requests(order_id)
        sandbox.approve(request["id"])

    done = machine.run("report", "--refresh")
    assert done.code == 1
    assert f" is locked by root@{socket.gethostname()} (pid 999999, since 2026-03-01T10:00:00Z)" in done.err
    old = [row for row in machine.report() if row["result_why"]]
    new = [row for row in machine.report() if row["result_revoked"] == "true"]
    assert old
    assert new
    assert len(old) + len(new) == len(orders)
    assert held.exists()

    done = machine.run("report", "--refresh", "--lost", socket.gethostname())
    assert done.code == 0
    assert not held.exists()
    assert {row["result_revoked"] for row in machine.report()} == {"true"}


def test_a_second_start_on_the_machine_is_turned_away(machine: Machine, sandbox: Sandbox) -> None:
    machine.write(sandbox.plain(1))
    folder = machine.folder / "incident-42.run"
    folder.mkdir()
    with locked(folder):
        done = machine.run("run", "--yes")
    assert done.code == 1
    assert done.err == (
        f"error: another start of this run is still running on this machine and uses {folder}; try again when it has "
        "ended\n"
    )
    assert sandbox.access_log() == []


def test_an_argument_that_cannot_be_used_is_one_line(machine: Machine, sandbox: Sandbox) -> None:
    machine.write(sandbox.plain(1))
    names = {name: f"error: {name!r} cannot be the name of a run; " for name in ("a/b", "x y", ".", "n" * 81)}
    for option, value, words in (
        *(("--name", name, error) for name, error in names.items()),
        ("--machines", "9" * 400, "--machines"),
        ("--stack-size", "1e3", "--stack-size"),
        ("--output", "missing/plan.csv", "--output"),
    ):
        done = machine.run("plan", option, value)
        assert done.code == 2
        assert words in done.err
        assert done.err.count("\n") == 1
    assert sandbox.access_log() == []


def test_a_share_is_understood_as_the_provider_understands_it(machine: Machine, sandbox: Sandbox) -> None:
    machine.environment["DIGICERT_REQUEST_SHARE"] = "1.0 / 4"
    machine.write(sandbox.plain(1))
    planned = machine.run("plan", "--machines", "2")
    assert planned.code == 0
    assert "at 7500 calls a minute" in planned.out


def test_nothing_is_sent_where_nobody_confirms(machine: Machine, sandbox: Sandbox) -> None:
    machine.write(sandbox.plain(1))
    done = machine.run("run")
    assert done.code == 1
    assert done.err.endswith("error: nothing was sent\n")
    keyboard, terminal = pty.openpty()
    try:
        asking = machine.start("run", stdin=terminal)
        os.write(keyboard, b"\x04")  # Ctrl-D
        done = machine.end(asking)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert done.code == 1
    assert done.err.endswith("error: nothing was sent\n")
    assert sandbox.writes() == []


def test_the_program_says_what_drives_it(machine: Machine) -> None:
    assert machine.pulumi("stack", "init", "by-hand").code == 0
    done = machine.pulumi("preview")
    assert done.code != 0
    assert (
        "this stack belongs to an incident; update it with `digicert-pulumi incident run`"
        in done.out + done.err
    )


def test_a_key_that_is_refused_ends_the_run_in_one_line(machine: Machine, sandbox: Sandbox) -> None:
    machine.environment["DIGICERT_API_KEY"] = "key-of-nobody"
    machine.write(sandbox.plain(2))
    done = machine.run("run", "--yes")
    assert done.code == 1
    assert "DigiCert denied access" in done.err.splitlines()[-1]


def stopped(
    machine: Machine, sandbox: Sandbox, orders: list[int], stop: Callable[[subprocess.Popen[str]], None]
) -> list[int]:
    """Stop a run in the middle, which then says what it has done; the orders that were requested."""
    machine.write(orders)
    del machine.environment[PACE]  # or it would be over before it is stopped
    running = machine.start("run", "--yes")
    machine.wait_for_puts(4)
    stop(running)
    assert machine.end(running).code == 130
    requested = [order_id for order_id, outcome in machine.outcomes().items() if outcome == "requested"]
    assert 4 <= len(requested) < len(orders)
    assert [order_id for order_id in orders if sandbox.revoke_requests(order_id)] == requested
    return requested


@pytest.mark.slow
def test_a_run_that_is_terminated_says_what_it_has_done(machine: Machine, sandbox: Sandbox) -> None:
    stopped(machine, sandbox, sandbox.plain(24), subprocess.Popen.terminate)


def test_a_run_that_is_interrupted_and_then_killed_goes_on_where_it_was(
    machine: Machine, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(24)
    requested = stopped(machine, sandbox, orders, machine.interrupt)
    killed = machine.start("run", "--yes")
    machine.wait_for_puts(len(requested) + 4)
    machine.kill(killed)
    machine.environment[PACE] = "60000"
    done = machine.run("run", "--yes")
    assert done.code == 0
    assert ": removing the stale lock of " in done.err
    assert set(machine.outcomes().values()) <= {"requested", "adopted"}
    assert [len(sandbox.revoke_requests(order_id)) for order_id in orders] == [1] * len(orders)
