"""An administrator's machine: a report of a run, and the commands that decide on its requests."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from incident.machine import Done
from support import nursery
from support.engine import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from support.sandbox import Sandbox


@dataclass
class Desk:
    """A folder with the report of a run, and an administrator's key.

    Attributes:
        folder: The folder.
        sandbox: The account.
        settings: Further environment of the commands.
    """

    folder: Path
    sandbox: Sandbox
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The file of the run."""
        return self.folder / "incident-42.csv"

    @property
    def report(self) -> Path:
        """The report of the run."""
        return self.folder / "incident-42-report.csv"

    def ask(self, count: int) -> dict[int, int]:
        """Have the standard user ask for revocations, and write their report; the requests by order."""
        asked = {order: self.sandbox.revoke(order, user=True) for order in self.sandbox.plain(count)}
        self.write(asked)
        return asked

    def write(self, requests: Mapping[int, int | None]) -> None:
        """Write the file of a run and its report."""
        with self.file.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(
                [["order_id", "comments"], *([order, "Key leaked."] for order in requests)]
            )
        added = ["outcome", "request_id", "status", "revoked", "why"]
        header = ["order_id", "comments", *(f"result_{name}" for name in added)]
        with self.report.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for order, request in requests.items():
                result = ["requested", request, "pending"] if request else ["refused", "", ""]
                writer.writerow([order, "Key leaked.", *result, "false", ""])

    def _environment(self, key: str | None) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "DIGICERT_API_KEY": key or self.sandbox.admin_key,
            "DIGICERT_BASE_URL": self.sandbox.base_url,
            "DIGICERT_REQUESTS_PER_MINUTE": "60000",
            "DIGICERT_RETRY_TIMEOUT": "1",
            **self.settings,
        }

    def start(self, verb: str, *options: str) -> subprocess.Popen[str]:
        """Start a command that a test disturbs."""
        return subprocess.Popen(
            [sys.executable, "-m", "digicert_pulumi.cli", "incident", verb, str(self.file), *options],
            env=self._environment(None),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Done:
        """Wait until a command has ended."""
        out, err = process.communicate(timeout=300)
        return self._done(process.returncode, out, err)

    def run(self, verb: str, *options: str, key: str | None = None) -> Done:
        """Run a command to its end."""
        arguments = ["incident", verb, str(self.file), *options]
        done = nursery.run("digicert_pulumi.cli", arguments, self._environment(key), self.folder)
        return self._done(done.returncode, done.stdout, done.stderr)

    def _done(self, code: int, out: str, err: str) -> Done:
        assert "Traceback" not in err
        assert self.sandbox.admin_key not in out + err
        return Done(code, out, err)

    def kill(self, process: subprocess.Popen[str]) -> None:
        """`kill -9`."""
        process.send_signal(signal.SIGKILL)
        process.communicate()

    def rows(self) -> dict[int, dict[str, str]]:
        """The rows of the report, by order."""
        with self.report.open(newline="", encoding="utf-8-sig") as file:
            return {int(row["order_id"]): row for row in csv.DictReader(file)}

    def decisions(self) -> list[str]:
        """The paths of the PUTs that decided something."""
        return [line["path"] for line in self.sandbox.writes() if line["status"] == 204]
