"""`make up` and its companions: in any order, any number of times, interrupted or killed anywhere."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from support.engine import QUICK, ROOT, engine_bin
from support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 300

FAKE_CLI = """\
#!/bin/sh
echo "$*" >>calls
case "$*" in
*"stack init"*) mkdir -p .quickstart/backend/.pulumi/stacks/p; echo {} >.quickstart/backend/.pulumi/stacks/p/quickstart.json ;;
*"stack output"*) echo '{"request_id": 1}' ;;
esac
case "$*" in *"$(cat block)"*) ;; *) exit 0 ;; esac
trap 'echo ended >>calls; exit 1' INT
touch blocked
while [ ! -e go ]; do sleep 0.05; done
"""
"""A Pulumi CLI that notes what it is called with, and waits for the file `go` in the command that `block` names."""

FAKE_SANDBOX = """\
import os, sys, time
if os.path.exists("../dies"):
    sys.exit("certcentral-sandbox: error: no space left")
open("../runs", "w").close()
time.sleep(600)
"""
"""A sandbox that never answers, and tells that it runs."""


class Clone:
    """As much of a clone of the project as the quickstart needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = folder / ".quickstart"
        self.engine = folder / "engine"
        self.environment = dict(os.environ)
        for part in ("tools/quickstart", "examples/quickstart"):
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Pulumi.yaml", folder)
        self._sandboxes: set[int] = set()

    def fake_cli(self, block: str = "nothing") -> None:
        """Use a fake CLI, which waits in this command."""
        self.engine.mkdir(exist_ok=True)
        (self.engine / "pulumi").write_text(FAKE_CLI)
        (self.engine / "pulumi").chmod(0o755)
        (self.folder / "block").write_text(block)

    def start(self, command: str) -> subprocess.Popen[str]:
        """Start a command of the quickstart."""
        script = self.folder / "tools" / "quickstart" / "quickstart.py"
        return subprocess.Popen(
            [sys.executable, script, "--engine", self.engine, command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Wait for a command's end: its exit code, and what it said."""
        said, _ = process.communicate(timeout=SECONDS)
        assert "Traceback" not in said, said
        if (self.made / "sandbox.pid").exists():
            self.sandbox()
        return process.returncode, said

    def run(self, command: str) -> tuple[int, str]:
        """Run a command of the quickstart to its end."""
        return self.end(self.start(command))

    def sandbox(self) -> int:
        """The sandbox's process."""
        pid = int(wait_until((self.made / "sandbox.pid").read_text, seconds=60))
        self._sandboxes.add(pid)
        return pid

    def ask_sandbox(self, method: str, path: str, body: object = None) -> Any:
        """Call the sandbox's operator door."""
        origin = (self.made / "sandbox.log").read_text().split()[2].removesuffix("/services/v2")
        key = json.loads((self.made / "keys.json").read_text())["admin_key"]
        content = None if body is None else json.dumps(body).encode()
        url = f"{origin}/sandbox{path}"
        request = urllib.request.Request(url, content, {"X-DC-DEVKEY": key}, method=method)  # noqa: S310  # loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
            return json.loads(answer.read() or "null")

    def requests_for_revocation(self) -> list[tuple[int]]:
        """The requests to revoke the order, out of the sandbox's state."""
        with contextlib.closing(sqlite3.connect(self.made / "sandbox.sqlite")) as database:
            sql = "SELECT id FROM requests WHERE order_id = 100000001 AND type = 'revoke'"
            return database.execute(sql).fetchall()

    def calls(self) -> list[str]:
        """What the fake CLI was called for."""
        return (self.folder / "calls").read_text().replace("--non-interactive ", "").splitlines()

    def wait_for(self, name: str) -> None:
        """Wait for a file."""
        wait_until((self.folder / name).exists, seconds=60)

    def is_clean(self) -> bool:
        """Whether nothing is left: no file, no process."""
        return not self.made.exists() and not any(map(lives, self._sandboxes))

    def close(self) -> None:
        """Leave no process behind, whatever failed."""
        (self.folder / "go").touch()
        kill_all(*filter(lives, self._sandboxes))


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    made = Clone(tmp_path)
    yield made
    made.close()


@pytest.mark.engine
@pytest.mark.slow
def test_killed_and_repeated_it_ends_with_one_request_and_down_leaves_nothing(clone: Clone) -> None:
    clone.engine = engine_bin()
    clone.environment |= QUICK
    program = clone.folder / "examples" / "quickstart" / "__main__.py"
    whole = program.read_text()
    session = clone.folder / "session"
    program.write_text("")
    assert clone.run("up")[0] == 0
    program.write_text(
        f"import os, pathlib\npathlib.Path({str(session)!r}).write_text(str(os.getsid(0)))\n{whole}"
    )
    clone.ask_sandbox("POST", "/faults", [{"fault": "hold", "endpoint": "revoke_order", "when": "after"}])
    killed = clone.start("up")
    wait_until(lambda: clone.ask_sandbox("GET", "/holds")["holds"], seconds=120)
    kill_all(killed.pid, *members_of(int(session.read_text())), clone.sandbox())
    killed.communicate(timeout=SECONDS)

    both = [clone.start("up"), clone.start("up")]
    for code, said in map(clone.end, both):
        assert code == 0, said
        assert '"status": "pending"' in said
    assert len(clone.requests_for_revocation()) == 1
    assert clone.run("approve")[0] == 0
    code, said = clone.run("reject")
    assert (code, said.count("\n")) == (1, 1)
    assert "is already decided" in said
    kill_all(clone.sandbox())
    code, said = clone.run("refresh")
    assert code == 0, said
    assert re.search(r"revoked +: false => true", said)
    assert clone.run("down")[0] == 0
    assert clone.is_clean()
    assert not list(clone.folder.glob("Pulumi.*.yaml"))
    assert clone.run("down") == (0, "There is nothing to remove.\n")


def members_of(session: int) -> list[int]:
    return [pid for pid, of, _ in processes() if of == session]


def lives(pid: int) -> bool:
    """Whether a process lives: an orphan that ended and for which nobody waits is still listed."""
    return any(of == pid and not state.startswith("Z") for of, _, state in processes())


def processes() -> list[tuple[int, int, str]]:
    """The id, the session and the state of each."""
    command = ["/bin/ps", "-A", "-o", "pid=,sess=,stat="]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [(int(pid), int(session), state) for pid, session, state in rows]


def kill_all(*pids: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("command", "number"),
    [
        ("up --yes", signal.SIGINT),
        ("stack output", signal.SIGTERM),
        pytest.param("stack init", signal.SIGINT, marks=pytest.mark.slow),
        pytest.param("preview", signal.SIGTERM, marks=pytest.mark.slow),
    ],
)
def test_interrupted_anywhere_it_ends_in_one_line_and_the_next_run_is_whole(
    clone: Clone, command: str, number: signal.Signals
) -> None:
    clone.fake_cli(block=command)
    running = clone.start("up")
    clone.wait_for("blocked")
    running.send_signal(number)
    code, said = clone.end(running)
    assert code == 128 + number
    assert said.endswith("interrupted; run the command again, or `make down` to remove everything\n")
    assert clone.calls()[-1] == "ended", "the CLI ended by itself, before the quickstart"

    clone.fake_cli()
    assert clone.run("up")[0] == 0
    assert "orderId: 100000001" in (clone.made / "Pulumi.quickstart.yaml").read_text()
    assert clone.run("down")[0] == 0
    assert clone.is_clean()


@pytest.mark.parametrize("word", ["", pytest.param("config:\n", marks=pytest.mark.slow), "keys"])
def test_half_a_setup_is_made_again(clone: Clone, word: str) -> None:
    clone.fake_cli()
    clone.made.mkdir()
    (clone.made / "keys.new").write_text("{")
    if word != "keys":
        (clone.made / "Pulumi.quickstart.yaml").write_text(word)
    (clone.made / "sandbox.pid").write_text(str(os.getpid()))  # of one that is gone
    assert clone.run("up")[0] == 0
    assert "orderId: 100000001" in (clone.made / "Pulumi.quickstart.yaml").read_text()
    assert clone.run("down")[0] == 0
    assert clone.is_clean()


def test_a_run_that_is_killed_leaves_its_cli_at_work_and_the_next_one_waits_for_it(clone: Clone) -> None:
    clone.fake_cli(block="up --yes")
    killed = clone.start("up")
    clone.wait_for("blocked")
    kill_all(killed.pid)
    down = clone.start("down")
    assert down.stdout is not None
    assert down.stdout.readline() == "waiting for another run of the quickstart to end\n"
    assert "destroy --yes --skip-preview --remove" not in clone.calls()
    (clone.folder / "go").touch()
    assert clone.end(down)[0] == 0
    killed.communicate(timeout=SECONDS)
    assert clone.is_clean()


def test_a_run_that_waits_for_another_can_be_interrupted(clone: Clone) -> None:
    clone.fake_cli(block="preview")
    first = clone.start("up")
    clone.wait_for("blocked")
    second = clone.start("down")
    assert second.stdout is not None
    second.stdout.readline()
    second.send_signal(signal.SIGINT)
    assert clone.end(second)[0] == 130
    (clone.folder / "go").touch()
    assert clone.end(first)[0] == 0
    assert clone.run("down")[0] == 0
    assert clone.is_clean()


@pytest.fixture
def silent_sandbox(clone: Clone, tmp_path: Path) -> Path:
    """In the place of the sandbox, one that never answers, until this folder is removed."""
    folder = tmp_path / "instead"
    module = folder / "certcentral_sandbox"
    module.mkdir(parents=True)
    for package in (module.parent, module):
        (package / "__init__.py").touch()
    (module / "__main__.py").write_text(FAKE_SANDBOX)
    clone.environment["PYTHONPATH"] = str(folder)
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_ends_while_the_sandbox_starts_leaves_none_behind(
    clone: Clone, silent_sandbox: Path, number: signal.Signals
) -> None:
    clone.fake_cli()
    running = clone.start("up")
    clone.wait_for("runs")
    left = clone.sandbox()
    running.send_signal(number)
    clone.end(running)
    shutil.rmtree(silent_sandbox)
    assert clone.run("up")[0] == 0
    assert clone.sandbox() != left
    assert not lives(left)
    assert clone.run("down")[0] == 0
    assert clone.is_clean()


@pytest.mark.usefixtures("silent_sandbox")
def test_a_sandbox_that_does_not_start_is_one_line_and_down_removes_what_there_is(clone: Clone) -> None:
    clone.fake_cli()
    (clone.folder / "dies").touch()
    assert clone.run("up") == (
        1,
        "error: the sandbox did not start: certcentral-sandbox: error: no space left\n",
    )
    assert clone.run("down")[0] == 0
    assert clone.is_clean()


def test_what_comes_before_up_says_so_in_one_line_and_makes_nothing(clone: Clone) -> None:
    clone.fake_cli()
    for command in ("approve", "reject", "refresh"):
        code, said = clone.run(command)
        assert (code, said.count("\n")) == (1, 1)
        assert said.endswith("run `make up` first\n")
    assert clone.run("down") == (0, "There is nothing to remove.\n")


def test_down_removes_a_stack_that_cannot_be_destroyed(clone: Clone) -> None:
    clone.fake_cli()
    assert clone.run("up")[0] == 0
    (clone.engine / "pulumi").write_text("#!/bin/sh\nexit 1\n")
    code, said = clone.run("down")
    assert code == 0
    assert "pulumi destroy failed" in said
    assert clone.is_clean()
