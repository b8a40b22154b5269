"""Ctrl-C, SIGTERM, and a Pulumi CLI that is killed."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.processes import wait_until, wait_until_ended
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001
MANY = 12
SLOW = "2"
"""Requests a minute."""
AT_ONCE = 5
"""How many requests leave at once at this pace; the others wait for minutes."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A CertCentral that makes every request that it is asked for."""
    with Sandbox(tmp_path, answers={"revocation_already_requested": "accept"}) as lenient:
        yield lenient


def providers(mark: str) -> list[int]:
    """The provider processes that have a mark in their environment."""

    def is_one(process: Path) -> bool:
        try:
            return (
                b"pulumi.dynamic" in (process / "cmdline").read_bytes()
                and mark.encode() in (process / "environ").read_bytes()
            )
        except OSError:
            return False

    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if is_one(process)]


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_ctrl_c_ends_a_wait_and_keeps_the_request(
    stack: Stack, sandbox: Sandbox, number: signal.Signals
) -> None:
    stack.declare(order_id=ORDER, comments="Key leaked.", wait_for_decision=3600)
    up = stack.start_up()
    wait_until(lambda: any("status%5D=pending" in call["path"] for call in sandbox.access_log()), seconds=60)
    up.send_signal(number)
    output, _ = up.communicate(timeout=60)
    [request] = sandbox.revoke_requests(ORDER)
    kept = f"order {ORDER}: request {request['id']} exists, but the wait for its decision was cancelled"
    assert kept in output
    assert stack.state()["requestId"] == request["id"]


def test_a_provider_whose_cli_was_killed_sends_nothing_more_and_ends(
    stack: Stack, sandbox: Sandbox, tmp_path: Path
) -> None:
    orders = sandbox.plain(MANY)
    stack.declare_each({f"r{order}": {"order_id": order, "comments": "Leaked."} for order in orders})
    stack.configure({"digicert:requestsPerMinute": SLOW})
    stack.environment["MARK_OF_THIS_TEST"] = mark = str(tmp_path)
    up = stack.start_up("--parallel", "64")
    wait_until(lambda: len(sandbox.access_log()) >= AT_ONCE, seconds=60)
    # A CLI that is killed while it writes its state leaves half a file, and nothing to go on with.
    wait_until(lambda: stack.seconds_since_saved() > 1, seconds=60)
    alive = providers(mark)
    assert alive
    up.kill()
    up.communicate()
    wait_until_ended(*alive)
    assert len(sandbox.writes()) < MANY

    stack.unlock()
    stack.configure({"digicert:requestsPerMinute": "20000"})
    assert stack.up().code == 0
    assert [len(sandbox.revoke_requests(order)) for order in orders] == [1] * MANY
