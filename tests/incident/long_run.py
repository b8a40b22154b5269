"""Runs that take minutes, because they keep to DigiCert's real rate limit: `pytest tests/incident/long_run.py`."""

from __future__ import annotations

import socket
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from incident.machine import Machine
from incident.s3 import CREDENTIALS, s3_backend
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engine

STRICTEST = ("--limit", "1000/300", "--limit", "100/5")
"""What DigiCert documents, with the longer of the two windows that it ever named."""


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Sandbox]:
    """An account whose rate limit is in force."""
    with Sandbox(tmp_path, *STRICTEST, "--latency", "50", orders=2000) as started:
        yield started


def statuses(sandbox: Sandbox) -> Counter[int]:
    return Counter(call["status"] for call in sandbox.access_log())


def test_stack_after_stack_keeps_within_the_rate_limit(tmp_path: Path, limited: Sandbox) -> None:
    backend = tmp_path / "backend"
    backend.mkdir()
    orders = limited.plain(1200)
    with Machine(tmp_path / "machine", limited, backend.as_uri(), seconds=1800) as machine:
        machine.write(orders)
        assert machine.run("run", "--yes", "--stack-size", "400").code == 0
        assert machine.outcomes() == dict.fromkeys(orders, "requested")
    assert len(limited.writes()) == len(orders)
    assert statuses(limited)[429] == 0
    assert len(limited.access_log()) < 1.25 * len(orders)


def test_a_machine_takes_over_from_one_that_was_killed(tmp_path: Path, limited: Sandbox) -> None:
    orders = limited.plain(700)
    with (
        s3_backend(tmp_path) as backend,
        Machine(tmp_path / "one", limited, backend, seconds=1800, **CREDENTIALS) as one,
        Machine(tmp_path / "two", limited, backend, seconds=1800, **CREDENTIALS) as two,
    ):
        for machine in (one, two):
            machine.write(orders)
        first, second = (machine.start("run", "--yes", "--machines", "2") for machine in (one, two))
        one.wait_for_puts(100)
        one.kill(first)
        # Both have one host name here, as containers may: only the user can say that it is the other one that is gone.
        two.interrupt(second)
        assert two.end(second).code == 130
        assert two.run("run", "--yes", "--machines", "2", "--lost", socket.gethostname()).code == 0
        assert set(two.outcomes()) == set(orders)
        assert set(two.outcomes().values()) <= {"requested", "adopted"}
    assert [len(limited.revoke_requests(order_id)) for order_id in orders] == [1] * len(orders)
    assert statuses(limited)[429] == 0
