"""What a run leaves is removed in the end: the report stays, and DigiCert hears nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from incident.machine import Machine
    from support.sandbox import Sandbox

pytestmark = pytest.mark.engine


def test_the_stacks_and_the_folder_go_and_the_report_stays(machine: Machine, sandbox: Sandbox) -> None:
    orders = sandbox.plain(4)
    machine.write(orders)
    assert machine.run("run", "--yes", "--stack-size", "2").code == 0
    calls = len(sandbox.access_log())
    asked = machine.run("clean")
    assert asked.code == 1
    assert asked.err.splitlines()[-1] == "error: nothing was removed"
    lock = machine.lock("incident-42-2-of-2")
    done = machine.run("clean", "--yes")
    assert done.code == 1
    assert "error: incident-42-2-of-2 is locked by " in done.err
    assert "; stop that process first, or set --lost" in done.err
    assert "1 stack and the folder are left" in done.err
    assert (machine.folder / "incident-42.run").is_dir()
    lock.unlink()
    done = machine.run("clean", "--yes")
    assert done.code == 0, done.err
    assert "incident-42-2-of-2\n" in done.out
    assert "incident-42-1-of-2" not in done.out
    assert not (machine.folder / "incident-42.run").exists()
    assert "of-2" not in machine.pulumi("stack", "ls").out
    again = machine.run("clean", "--yes")
    assert again.code == 0, again.err
    assert "there are no stacks" in again.out
    assert machine.outcomes() == dict.fromkeys(orders, "requested")
    assert len(sandbox.access_log()) == calls
