"""What tools/pulumi/engine.py keeps in the cache, whatever happens to it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.machine import PINNED
from support.processes import wait_for_text, wait_until_ended

if TYPE_CHECKING:
    from support.machine import Machine


def test_what_the_first_run_built_is_taken_with_the_language_host_of_now(
    machine: Machine, tmp_path: Path
) -> None:
    machine.put_go()
    del machine.environment["XDG_CACHE_HOME"]
    first = machine.run()
    assert first.stdout.startswith(
        (f"{tmp_path}/.cache/digicert-pulumi/", f"{tmp_path}/Library/Caches/digicert-pulumi/")
    )

    second = machine.run()
    assert second.stdout == first.stdout
    assert second.stderr == f"engine: Pulumi {PINNED} in {first.stdout}"

    host = machine.tools / "language_host.py"
    host.write_text(host.read_text() + "# changed\n")
    third = machine.run("--quiet")
    assert third.stdout != first.stdout
    assert third.stderr == ""
    assert (Path(third.stdout.strip(), "pulumi-language-python")).read_text() == host.read_text()
    assert machine.builds() == 1


def test_a_broken_cli_in_the_cache_is_told_removed_and_built_again(machine: Machine) -> None:
    machine.put_go()
    cli = Path(machine.run().stdout.strip(), "pulumi")
    cli.write_text("")

    run = machine.run()

    assert run.returncode == 0
    assert run.stderr.startswith(f"engine: not used: {cli} ")
    assert machine.builds() == 2
    assert machine.run("--quiet").stderr == ""


def test_two_runs_at_once_build_once(machine: Machine) -> None:
    machine.put_go(FAKE_GO_SECONDS="5")

    with machine.start() as first:
        wait_for_text(machine.go_pids)
        second = machine.run()
        output, _ = first.communicate()

    assert second.stdout == output != ""
    assert second.stderr.startswith("engine: waiting for another run\n")
    assert machine.builds() == 1


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGTERM, signal.SIGHUP)),
    ],
)
def test_an_interrupted_build_leaves_no_process_and_nothing_half_made(
    machine: Machine, number: signal.Signals
) -> None:
    machine.put_go(FAKE_GO_SECONDS="60")

    with machine.start() as run:
        pids = [int(pid) for pid in wait_for_text(machine.go_pids).split()]
        run.send_signal(number)
        output, errors = run.communicate(timeout=120)

    assert (run.returncode, output) == (128 + number, "")
    assert errors.splitlines()[1:] == ["engine: interrupted"]
    wait_until_ended(*pids)
    assert machine.kept() == []


def test_an_interrupted_build_that_does_not_end_is_killed(machine: Machine) -> None:
    machine.put_go(FAKE_GO_SECONDS="60", FAKE_GO_IS_STUBBORN="")

    with machine.start(END_SECONDS=0.1) as run:
        pids = [int(pid) for pid in wait_for_text(machine.go_pids).split()]
        run.terminate()
        run.communicate(timeout=120)

    wait_until_ended(*pids)
    assert machine.kept() == []


def test_what_a_killed_run_left_is_not_used_and_removed(machine: Machine) -> None:
    machine.put_go(FAKE_GO_SECONDS="60")
    with machine.start() as run:
        pids = [int(pid) for pid in wait_for_text(machine.go_pids).split()]
        run.kill()
        run.wait()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        run.communicate()
    assert machine.kept() == ["unfinished"]
    machine.put_go(FAKE_GO_SECONDS="0")

    assert machine.run().returncode == 0
    assert machine.kept() == ["bin", "built"]


def test_a_cache_that_cannot_be_written_is_told_in_a_line(machine: Machine) -> None:
    machine.cache.touch()

    run = machine.run()

    assert run.returncode == 1
    assert run.stderr.startswith("engine: ")
    assert str(machine.cache) in run.stderr
    assert run.stderr.count("\n") == 1
