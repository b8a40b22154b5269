"""The commands of an incident, and a machine that one runs on: its own Pulumi home, its own files."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support import nursery
from support.engine import QUICK, pulumi_env
from support.processes import wait_until

from digicert_pulumi.incident.stacks import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from support.sandbox import Sandbox
    from typing_extensions import Self

COMMENTS = "Key leaked, incident 42."
PACE = "DIGICERT_REQUESTS_PER_MINUTE"


@dataclass(frozen=True)
class Done:
    """What a command did and said.

    Attributes:
        code: Its exit code.
        out: Its standard output.
        err: Its standard error.
    """

    code: int
    out: str
    err: str


class Commands:
    """Runs the commands of an incident.

    Attributes:
        csv: The file of the orders.
        environment: What its commands run with.
    """

    def __init__(
        self, csv_file: Path, sandbox: Sandbox, environment: Mapping[str, str], seconds: float
    ) -> None:
        self.csv = csv_file
        self.environment = dict(environment)
        self._keys = (sandbox.user_key, sandbox.admin_key)
        self._seconds = seconds

    def start(self, command: str, *options: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """Start a command, as a shell does: in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "digicert_pulumi.cli", "incident", command, str(self.csv), *options],
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Done:
        """Wait until a command has ended."""
        out, err = process.communicate(timeout=self._seconds)
        return self._done(process.returncode, out, err)

    def run(self, command: str, *options: str) -> Done:
        """Run a command to its end."""
        arguments = ["incident", command, str(self.csv), *options]
        done = nursery.run("digicert_pulumi.cli", arguments, self.environment, self.csv.parent)
        return self._done(done.returncode, done.stdout, done.stderr)

    def _done(self, code: int, out: str, err: str) -> Done:
        assert "Traceback" not in err
        assert not [key for key in self._keys if key in out + err]
        return Done(code, out, err)


class Machine(Commands):
    """A machine. Whatever it started has ended when it is left.

    Attributes:
        folder: The folder of its files.
    """

    def __init__(
        self, folder: Path, sandbox: Sandbox, backend: str, *, seconds: float = 120, **environment: str
    ) -> None:
        self.folder = folder
        settings = {
            "PULUMI_BACKEND_URL": backend,
            "DIGICERT_API_KEY": sandbox.user_key,
            "DIGICERT_BASE_URL": sandbox.base_url,
            "DIGICERT_RETRY_TIMEOUT": "1",
            **environment,
        }
        home = pulumi_env(folder / "home", folder / "unused", **QUICK)
        super().__init__(folder / "incident-42.csv", sandbox, home | settings, seconds)
        del self.environment["PULUMI_CONFIG_PASSPHRASE"]  # none is asked for
        self._sandbox = sandbox
        self._family: set[tuple[int, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Not what has got the number of one that ended: it may be a process of another test.
        for pid, _ in self._family & {(pid, started) for pid, _, started in _running()}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def write(
        self,
        orders: Iterable[int],
        columns: Sequence[str] = ("order_id", "comments"),
        *more: str,
        comments: str = COMMENTS,
    ) -> None:
        """Write the file: a row for each order, with the same further cells."""
        with self.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([order_id, comments, *more] for order_id in orders)

    def pulumi(self, *arguments: str, passphrase: str = "") -> Done:
        """Run the CLI in the folder of the stacks' program, as its user may by hand."""
        program = self.folder / "incident-42.run" / "program"
        shutil.copytree(PROGRAM, program, dirs_exist_ok=True)
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],  # noqa: S607 - the one on this machine's PATH
            cwd=program,
            env=self.environment | {"PULUMI_CONFIG_PASSPHRASE": passphrase},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def lock(self, stack: str) -> Path:
        """Lock a stack on the file backend, as a process does of which nothing is known but that it names this host."""
        backend = Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://"))
        lock = backend / ".pulumi" / "locks" / "organization" / "digicert-incident" / stack / "a.json"
        lock.parent.mkdir(parents=True, exist_ok=True)
        holder = {"pid": 999999, "username": "root", "hostname": socket.gethostname()}
        lock.write_text(json.dumps(holder | {"timestamp": "2026-03-01T10:00:00Z"}))
        return lock

    def kill(self, process: subprocess.Popen[str]) -> None:
        """`kill -9`; what it had started finds its own end, and has it when this machine is left."""
        self._family |= _descendants(process.pid)
        process.kill()
        process.communicate()

    def interrupt(self, process: subprocess.Popen[str]) -> None:
        """Ctrl-C, which a terminal sends to all that a command started."""
        os.killpg(process.pid, signal.SIGINT)

    def wait_for_puts(self, count: int) -> None:
        """Wait until the sandbox got so many revocations."""
        wait_until(lambda: len(self._sandbox.writes()) >= count, seconds=60)

    def report(self, kind: str = "report") -> list[dict[str, str]]:
        """The rows of the report, or of the plan."""
        path = self.folder / f"incident-42-{kind}.csv"
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    def outcomes(self) -> dict[int, str]:
        """The outcome of each order in the report."""
        return {int(row["order_id"]): row["result_outcome"] for row in self.report()}


def _running() -> list[tuple[int, int, str]]:
    """The id, the parent and the start of each process."""
    shown = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,ppid=,lstart="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 2) for line in shown.splitlines())
    return [(int(pid), int(parent), started.strip()) for pid, parent, started in rows]


def _descendants(pid: int) -> set[tuple[int, str]]:
    processes = _running()
    family = {pid}
    while more := {child for child, parent, _ in processes if parent in family} - family:
        family |= more
    return {(child, started) for child, _, started in processes if child in family - {pid}}
