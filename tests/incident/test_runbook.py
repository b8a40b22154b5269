"""The way from a leaked key to the report, with the commands of docs/incident.md as they stand there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT

if TYPE_CHECKING:
    from incident.machine import Machine
    from support.sandbox import Sandbox


def commands() -> list[str]:
    page = (ROOT / "docs" / "incident.md").read_text(encoding="utf-8")
    section = page.partition("## From the leak to the report")[2].partition("\n## ")[0]
    return re.findall(r"^\$ (digicert-pulumi .*)$", section, re.MULTILINE)


def typed(machine: Machine, command: str, key: str) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody does who types it, and answers its question with yes."""
    path = os.pathsep.join([str(Path(sys.executable).parent), machine.environment["PATH"]])
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, b"yes\n")
        return subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=machine.folder,
            env=machine.environment | {"DIGICERT_API_KEY": key, "PATH": path},
            stdin=terminal,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    finally:
        os.close(keyboard)
        os.close(terminal)


@pytest.mark.engine
def test_a_leaked_key_becomes_revoked_certificates_and_a_report(machine: Machine, sandbox: Sandbox) -> None:
    machine.environment["DIGICERT_REQUESTS_PER_MINUTE"] = "60000"
    [order] = sandbox.plain(1)
    certificate = sandbox.order(order)["certificate"]
    (machine.folder / "leaked.key").write_text(sandbox.private_key(certificate["id"]))
    printed = commands()
    steps = [command.split()[1:3] for command in printed]
    assert [step[1] if step[0] == "incident" else step[0] for step in steps] == [
        "find", "plan", "run", "approve", "report", "evidence", "clean",
    ]  # fmt: skip
    for command in printed:
        key = sandbox.admin_key if " approve " in command else sandbox.user_key
        done = typed(machine, command, key)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
    assert len(sandbox.writes()) == 2
    assert sandbox.order(order)["status"] == "revoked"
    [row] = machine.report()
    assert row["order_id"] == str(order)
    assert row["revocation_reason"] == "keyCompromise"
    assert row["expected_common_name"] == certificate["common_name"]
    assert row["found_serial_number"] == certificate["serial_number"]
    assert (row["result_outcome"], row["result_status"], row["result_revoked"]) == (
        "requested", "approved", "true",
    )  # fmt: skip
    assert row["result_processor"] == "Ada Example <admin@example.com>"
    assert row["result_processor_comment"] == "Checked with the owners."
    assert row["result_date_processed"]
    assert not (machine.folder / "incident-42.run").exists()
    assert certificate["serial_number"] in (machine.folder / "incident-42.html").read_text(encoding="utf-8")
    machine.csv.unlink()
    machine.report()  # stays
