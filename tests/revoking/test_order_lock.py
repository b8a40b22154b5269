"""The lock for an order: shared by processes, with the notes of what was sent."""

from __future__ import annotations

import subprocess
import sys
import time
from math import inf
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from digicert_pulumi.certcentral import Interrupted
from digicert_pulumi.revoking.order_lock import OrderLocks, Sent

if TYPE_CHECKING:
    from pathlib import Path

SENT = Sent(None, "")

HOLD = """\
import sys, time
from pathlib import Path
from digicert_pulumi.revoking.order_lock import OrderLocks, Sent
with OrderLocks(Path(sys.argv[1])).hold(5) as held:
    held.leaves(Sent(None, ""))
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def locks(tmp_path: Path, told: list[str]) -> OrderLocks:
    return OrderLocks(tmp_path / "orders", told.append)


def holder(folder: Path) -> subprocess.Popen[str]:
    """Another process, in which order 5 is held and a PUT for it has left."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_waits_until_the_order_is_let_go(tmp_path: Path) -> None:
    other = holder(tmp_path)
    interrupted = iter([False, True])
    waiting = OrderLocks(tmp_path, interrupted=lambda: next(interrupted))
    with pytest.raises(Interrupted, match=r"^order 5: not sent"), waiting.hold(5):
        pass
    other.communicate()
    with waiting.hold(5) as held:
        assert 0 <= held.since_put < inf


def test_a_killed_process_holds_nothing_and_its_put_is_in_doubt(tmp_path: Path, locks: OrderLocks) -> None:
    other = holder(tmp_path / "orders")
    other.kill()
    other.communicate()
    with locks.hold(5) as held:
        assert 0 < held.in_doubt(1000) <= 1000
        held.is_answered()
        assert held.in_doubt(1000) == 0
    with locks.hold(6) as held:
        assert (held.since_put, held.in_doubt(1000)) == (inf, 0)


def test_a_put_without_an_answer_is_one_of_its_run_whichever_process_looks_and_whatever_became_of_the_notes(
    tmp_path: Path,
) -> None:
    sender, sibling, stranger = (OrderLocks(tmp_path, run=run) for run in ("one", "one", "other"))
    with sender.hold(5) as held:
        held.leaves(SENT)
    for locks, unanswered in ((sibling, True), (stranger, False)):
        with locks.hold(5) as held:
            assert held.is_unanswered is unanswered
    with stranger.hold(5) as held:
        held.leaves(SENT)
        held.is_answered()
        assert not held.is_unanswered
    with sibling.hold(5) as held:
        assert held.is_unanswered
    (tmp_path / "5.json").write_bytes(b"")
    with sender.hold(5) as held:
        assert held.is_unanswered
        held.is_answered()
        assert not held.is_unanswered


def test_what_was_read_while_a_put_was_on_its_way_is_older_than_the_put(
    locks: OrderLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    with locks.hold(5) as held:
        held.leaves(SENT)
        monkeypatch.setattr(time, "time", lambda: now + 3)
        held.is_answered()
    monkeypatch.setattr(time, "time", lambda: now + 4)
    with locks.hold(5) as held:
        assert held.since_put == pytest.approx(1)


def test_a_put_is_in_doubt_for_its_time_whatever_the_clock_does(
    locks: OrderLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    with locks.hold(5) as held:
        held.leaves(SENT)
    for later, doubt in ((0, 100), (40, 60), (101, 0), (-3600, 0), (365 * 86_400, 0)):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        with locks.hold(5) as held:
            assert held.in_doubt(100) == pytest.approx(doubt, abs=10)
            assert held.since_put >= 0


@pytest.mark.parametrize("content", [b"", b"\0" * 40, b"[]", b'{"5": {"at": "now"}}'])
def test_notes_that_cannot_be_read_outdate_every_reading(
    locks: OrderLocks, tmp_path: Path, content: bytes
) -> None:
    with locks.hold(5) as held:
        held.leaves(SENT)
    (tmp_path / "orders" / "5.json").write_bytes(content)
    with OrderLocks(tmp_path / "orders").hold(5) as held:
        assert held.since_put < 10
        held.leaves(SENT)
        assert held.in_doubt(100) > 0


def test_without_a_place_for_locks_the_user_is_told_once_and_threads_still_exclude_each_other(
    tmp_path: Path, told: list[str]
) -> None:
    (tmp_path / "file").write_text("")
    locks = OrderLocks(tmp_path / "file" / "orders", told.append)
    for order in (5, 6):
        with locks.hold(order) as held:
            held.leaves(SENT)
    with locks.hold(5) as held:
        assert held.since_put < inf
    [line] = told
    assert line.startswith("orders cannot be locked on this machine")


def test_old_notes_are_dropped(locks: OrderLocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locks.hold(5) as held:
        held.leaves(SENT)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * 86_400)
    with locks.hold(5 + 1024) as held:
        held.leaves(SENT)
    assert b'"5"' not in (tmp_path / "orders" / "5.json").read_bytes()


def test_what_a_put_asked_for_is_known_to_other_processes_until_it_made_nothing(tmp_path: Path) -> None:
    sent = Sent(7, "digest", frozenset({1, 2}))
    with OrderLocks(tmp_path, run="one").hold(5) as held:
        held.leaves(sent)
        held.stays_unanswered()
    with OrderLocks(tmp_path, run="two").hold(5) as held:
        assert held.sent == sent
        held.is_answered(3)
        assert held.sent == replace(sent, request_id=3)
        held.leaves(sent)
        held.is_answered()
        assert held.sent is None


def test_what_a_put_asked_for_is_forgotten_after_a_day(
    locks: OrderLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locks.hold(5) as held:
        held.leaves(SENT)
        a_day_later = time.time() + 86_401
        monkeypatch.setattr("time.time", lambda: a_day_later)
        assert held.sent is None
