"""Several machines on one S3 backend: its locks keep them apart, and no order is asked for twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from incident.machine import Machine
from incident.s3 import CREDENTIALS, s3_backend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture
def machines(tmp_path: Path, sandbox: Sandbox) -> Iterator[list[Machine]]:
    """Two machines that know of each other only through an S3 bucket."""
    with (
        s3_backend(tmp_path) as backend,
        Machine(tmp_path / "one", sandbox, backend, **CREDENTIALS) as one,
        Machine(tmp_path / "two", sandbox, backend, **CREDENTIALS) as two,
    ):
        yield [one, two]


def test_two_machines_side_by_side_request_every_order_once(
    machines: list[Machine], sandbox: Sandbox
) -> None:
    orders = sandbox.plain(30)
    options = ("--yes", "--machines", "2")
    for machine in machines:
        machine.write(orders)
    started = [machine.start("run", *options) for machine in machines]
    done = [machine.end(process) for machine, process in zip(machines, started, strict=True)]
    assert [each.code for each in done] == [0, 0]
    for machine in machines:
        assert set(machine.outcomes()) == set(orders)
        assert set(machine.outcomes().values()) == {"requested"}
    assert len(sandbox.writes()) == len(orders)
    assert [len(sandbox.revoke_requests(order_id)) for order_id in orders] == [1] * len(orders)
