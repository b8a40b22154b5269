"""What the processes of a run did, read from their events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from digicert_pulumi.incident.record import Record

if TYPE_CHECKING:
    from pathlib import Path


def call(method: str, order: int, status: int | None) -> str:
    event = {
        "event": "call",
        "method": method,
        "path": "/",
        "status": status,
        "order": order,
        "request": None,
    }
    return f"{json.dumps(event)}\n"


EVENTS = call("GET", 7, 200) + call("PUT", 7, 503) + "no event\n" + call("PUT", 8, 201)
FAILURE = {
    "event": "failed",
    "urn": "urn:a",
    "operation": "create",
    "code": "fate-unknown",
    "fate": "unknown",
}


def test_the_calls_are_read_as_the_file_grows(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    record = Record(file)
    assert (record.count(), record.sent) == (0, set())
    file.write_text(EVENTS)
    assert (record.count(), record.sent) == (3, {8})
    more = call("PUT", 9, 204)
    with file.open("a") as written:
        written.write(more[:20])
        written.flush()
        assert record.count() == 3
        written.write(more[20:])
    assert (record.count(), record.sent) == (4, {8, 9})


def test_what_a_power_cut_left_blank_hides_no_call(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("\0" * 4096 + EVENTS)
    record = Record(file)
    assert (record.count(), record.sent) == (3, {8})


def test_a_failure_is_given_once(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(f"{json.dumps(FAILURE)}\n")
    record = Record(file)
    assert record.failure("urn:b") is None
    assert record.failure("urn:a") == FAILURE
    assert record.failure("urn:a") is None


def test_a_warning_that_is_about_a_preview_is_known_by_its_event(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    record = Record(file)
    line = "nothing is shown: order 7: no answer"
    assert not record.is_about_a_preview(f"warning: {line}")
    file.write_text(f"{json.dumps({'event': 'warned', 'urn': 'urn:a', 'code': 'not-shown', 'line': line})}\n")
    assert record.is_about_a_preview(f"warning: {line}")
    assert not record.is_about_a_preview("warning: order 8: no answer")
