"""An administrator's machine: a report of a run, and the commands that decide on its requests."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from incident.machine import Commands
from support.engine import ROOT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from support.sandbox import Sandbox


class Desk(Commands):
    """A folder with the report of a run, and an administrator's key.

    Attributes:
        report: The report of the run.
        sandbox: The account.
    """

    def __init__(self, folder: Path, sandbox: Sandbox, **settings: str) -> None:
        self.report = folder / "incident-42-report.csv"
        self.sandbox = sandbox
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "DIGICERT_API_KEY": sandbox.admin_key,
            "DIGICERT_BASE_URL": sandbox.base_url,
            "DIGICERT_REQUESTS_PER_MINUTE": "60000",
            "DIGICERT_RETRY_TIMEOUT": "1",
            **settings,
        }
        super().__init__(folder / "incident-42.csv", sandbox, environment, seconds=300)

    def ask(self, count: int) -> dict[int, int]:
        """Have the standard user ask for revocations, and write their report; the requests by order."""
        asked = {order: self.sandbox.revoke(order, user=True) for order in self.sandbox.plain(count)}
        self.write(asked)
        return asked

    def write(self, requests: Mapping[int, int | None]) -> None:
        """Write the file of a run and its report."""
        with self.csv.open("w", newline="", encoding="utf-8") as file:
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

    def kill(self, process: subprocess.Popen[str]) -> None:
        """`kill -9`."""
        process.kill()
        process.communicate()

    def rows(self) -> dict[int, dict[str, str]]:
        """The rows of the report, by order."""
        with self.report.open(newline="", encoding="utf-8-sig") as file:
            return {int(row["order_id"]): row for row in csv.DictReader(file)}

    def decisions(self) -> list[str]:
        """The paths of the PUTs that decided something."""
        return [line["path"] for line in self.sandbox.writes() if line["status"] == 204]
