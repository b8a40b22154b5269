"""An administrator decides on the requests of a run: those alone, each once, whatever breaks on the way."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from incident.deciding import Desk
from support.processes import wait_until
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from pathlib import Path

COMMENT = "Checked with the owner."


@pytest.fixture
def desk(tmp_path: Path, sandbox: Sandbox) -> Desk:
    return Desk(tmp_path, sandbox)


def statuses(sandbox: Sandbox, order_id: int) -> list[str]:
    return [request["status"] for request in sandbox.revoke_requests(order_id)]


def test_the_requests_of_the_report_are_approved_and_no_other_one(desk: Desk, sandbox: Sandbox) -> None:
    *orders, other = sandbox.plain(6)
    asked: dict[int, int | None] = {order: sandbox.revoke(order, user=True) for order in orders[1:]}
    desk.write({**asked, orders[0]: None})
    sandbox.revoke(other, user=True)
    done = desk.run("approve", "--yes", "--comment", COMMENT)
    assert done.code == 0, done.err
    assert [statuses(sandbox, order) for order in asked] == [["approved"]] * 4
    assert statuses(sandbox, other) == ["pending"]
    assert statuses(sandbox, orders[0]) == []
    assert len(sandbox.writes()) == 4
    rows = desk.rows()
    for order in asked:
        assert rows[order]["result_outcome"] == "requested"
        assert rows[order]["result_status"] == "approved"
        assert rows[order]["result_revoked"] == "true"
        assert rows[order]["result_processor"] == "Ada Example <admin@example.com>"
        assert rows[order]["result_processor_comment"] == COMMENT
        assert rows[order]["result_date_processed"].endswith("+00:00")
    assert rows[orders[0]]["result_outcome"] == "refused"
    assert rows[orders[0]]["result_processor"] == ""


def test_an_approval_that_revokes_no_order_is_told(desk: Desk, sandbox: Sandbox) -> None:
    alive, [other] = sandbox.find("duplicates"), sandbox.plain(1)
    request = sandbox.revoke_primary(alive, user=True)
    desk.write({alive: request, other: sandbox.revoke(other, user=True)})
    done = desk.run("approve", "--yes")
    assert done.code == 1, done.err
    assert f"approved, but not in DigiCert's list of revoked orders: order {alive};" in done.out
    assert [desk.rows()[order]["result_revoked"] for order in (alive, other)] == ["false", "true"]


def test_a_rejection_says_in_the_report_that_the_certificates_live_on(desk: Desk, sandbox: Sandbox) -> None:
    asked = desk.ask(2)
    done = desk.run("reject", "--yes", "--comment", COMMENT)
    assert done.code == 0, done.err
    for order, request in asked.items():
        row = desk.rows()[order]
        assert (row["result_outcome"], row["result_status"]) == ("rejected", "rejected")
        assert row["result_why"] == (
            f"order {order}: request {request} was rejected: {COMMENT}; to send a new request, change the comments"
        )
        assert row["result_revoked"] == "false"
        assert sandbox.order(order)["status"] == "issued"


def test_nothing_is_decided_without_a_yes(desk: Desk, sandbox: Sandbox) -> None:
    desk.ask(2)
    done = desk.run("approve")
    assert done.code == 1
    assert "to be decided            2" in done.out
    assert done.err.splitlines()[-2:] == [
        "confirmation needs a terminal; set --yes to continue without it",
        "error: nothing was sent",
    ]
    assert sandbox.writes() == []


def test_a_key_of_no_administrator_decides_nothing(desk: Desk, sandbox: Sandbox) -> None:
    desk.ask(2)
    desk.environment["DIGICERT_API_KEY"] = sandbox.user_key
    done = desk.run("approve", "--yes")
    assert done.code == 1
    assert "only an administrator can approve or reject requests" in done.err
    assert sandbox.writes() == []


def test_a_request_of_the_keys_own_user_takes_an_explicit_word(desk: Desk, sandbox: Sandbox) -> None:
    first, second = sandbox.plain(2)
    own, foreign = sandbox.revoke(first), sandbox.revoke(second, user=True)
    desk.write({first: own, second: foreign})
    done = desk.run("approve", "--yes")
    assert done.code == 1
    assert f"request {own} was made by this key's own user; nothing was sent" in done.out
    assert "allow_own_request=True" not in done.out
    assert (statuses(sandbox, first), statuses(sandbox, second)) == (["pending"], ["approved"])
    assert desk.run("approve", "--yes", "--allow-own-requests").code == 0
    assert statuses(sandbox, first) == ["approved"]
    assert len(desk.decisions()) == 2


def test_what_somebody_else_decided_is_told_with_who_and_why(desk: Desk, sandbox: Sandbox) -> None:
    (one, rejected), (_, approved), (_, _) = desk.ask(3).items()
    sandbox.reject(rejected, "Still in use.")
    sandbox.approve(approved)
    done = desk.run("approve", "--yes")
    assert done.code == 1
    assert f"request {rejected} is already rejected, and a decision cannot be changed" in done.out
    assert len(sandbox.writes()) == 1
    row = desk.rows()[one]
    assert (row["result_outcome"], row["result_processor_comment"]) == ("rejected", "Still in use.")
    assert row["result_processor"] == "Ada Example <admin@example.com>"


def test_a_request_about_another_order_is_refused(desk: Desk, sandbox: Sandbox) -> None:
    first, second = sandbox.plain(2)
    desk.write({first: sandbox.revoke(second, user=True)})
    done = desk.run("approve", "--yes")
    assert done.code == 1
    assert f"is about order {second}, not the expected one; nothing was sent" in done.out
    assert sandbox.writes() == []


def test_a_request_that_the_list_does_not_show_is_read_singly(desk: Desk, sandbox: Sandbox) -> None:
    desk.ask(2)
    [unknown, order] = [99999999, sandbox.plain(1)[0]]
    desk.write({order: unknown})
    done = desk.run("approve", "--yes")
    assert done.code == 1
    assert f"request {unknown}" in done.out
    assert sandbox.writes() == []


def test_without_a_report_there_is_nothing_to_decide(desk: Desk) -> None:
    desk.write({1: 1})
    desk.report.unlink()
    done = desk.run("approve", "--yes")
    assert done.code == 2
    assert "run `digicert-pulumi incident report` first" in done.err


# What was not processed is waited for for seven seconds.
@pytest.mark.parametrize("when", [pytest.param("before", marks=pytest.mark.slow), "after"])
def test_a_decision_without_an_answer_is_made_once(desk: Desk, sandbox: Sandbox, when: str) -> None:
    asked = desk.ask(5)
    desk.environment["DIGICERT_SETTLE_TIMEOUT"] = "0.2"
    sandbox.add_faults({"fault": "drop", "when": when, "endpoint": "update_request_status", "count": 2})
    first = desk.run("approve", "--yes")
    assert first.code == (1 if when == "before" else 0)
    assert desk.run("approve", "--yes").code == 0
    assert [statuses(sandbox, order) for order in asked] == [["approved"]] * 5
    assert len(sandbox.writes()) == (7 if when == "before" else 5)
    assert not [line for line in sandbox.writes() if line["status"] == 400]


@pytest.mark.slow
def test_a_thousand_are_approved_once_each_though_the_command_is_killed_ten_times(tmp_path: Path) -> None:
    chance = random.Random(42)  # noqa: S311 - when to kill is no secret
    with Sandbox(tmp_path, orders=1500) as sandbox:
        desk = Desk(tmp_path, sandbox, DIGICERT_SETTLE_TIMEOUT="0.2")
        asked = desk.ask(1000)
        before = len(sandbox.access_log())
        for _ in range(10):
            decided = len(sandbox.writes())
            process = desk.start("approve", "--yes", "--comment", COMMENT)
            wait_until(lambda: len(sandbox.writes()) > decided + 5)  # noqa: B023
            time.sleep(chance.random() * 0.1)
            assert process.poll() is None
            desk.kill(process)
        done = desk.run("approve", "--yes", "--comment", COMMENT)
        assert done.code == 0, done.out + done.err
        calls = sandbox.access_log()[before:]
        puts = [line["path"] for line in calls if line["method"] == "PUT" and line["status"] == 204]
        assert sorted(puts) == sorted(f"/services/v2/request/{request}/status" for request in asked.values())
        assert len(calls) <= 1300
        rows = desk.rows().values()
        assert {row["result_status"] for row in rows} == {"approved"}
        assert {row["result_revoked"] for row in rows} == {"true"}
        assert {row["result_processor"] for row in rows} == {"Ada Example <admin@example.com>"}
        assert {row["result_processor_comment"] for row in rows} == {COMMENT}
