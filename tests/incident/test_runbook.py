"""The way from a leaked key to the proof, with the commands of docs/incident.md as they stand there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.chromium import Chromium
from support.engine import ROOT

if TYPE_CHECKING:
    from incident.machine import Machine
    from support.sandbox import Sandbox


def commands() -> list[str]:
    page = (ROOT / "docs" / "incident.md").read_text(encoding="utf-8")
    section = page.partition("## From the leak to the proof")[2].partition("\n## ")[0]
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
@pytest.mark.parametrize(
    "look",
    [pytest.param(False, marks=pytest.mark.slow), pytest.param(True, marks=pytest.mark.browser)],
    ids=["", "browser"],
)
def test_from_the_leaked_key_to_the_proof(machine: Machine, sandbox: Sandbox, *, look: bool) -> None:
    order, other = sandbox.find("duplicates"), sandbox.plain(1)[0]
    certificate, ids = sandbox.order(order)["certificate"], sandbox.certificate_ids(order)
    (machine.folder / "leaked.key").write_text(sandbox.private_key(certificate["id"]))
    find, plan, run, approve, report, evidence, clean = commands()

    def type_(command: str) -> None:
        key = sandbox.admin_key if " approve " in command else sandbox.user_key
        done = typed(machine, command, key)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr

    type_(find)
    with sandbox.tls_server(ids[-1]) as server:  # one of its duplicates
        forbid(machine, f"localhost:{server.port}")
        type_(plan)
        [row] = machine.report("plan")
        assert row["plan_expected"] == "refused"
        assert f"localhost:{server.port}" in row["plan_why"]
        assert sandbox.writes() == []
        [another] = sandbox.certificate_ids(other)
        server.swap(sandbox.pem_all(another), sandbox.private_key(another))
        type_(run)
    type_(approve)
    assert len(sandbox.writes()) == 2
    assert sandbox.order(order)["status"] == "revoked"
    type_(report)
    type_(evidence)
    type_(clean)

    [row] = machine.report()
    assert (row["order_id"], row["revocation_reason"]) == (str(order), "keyCompromise")
    assert row["expected_common_name"] == certificate["common_name"]
    assert row["found_serial_number"] == certificate["serial_number"]
    assert (row["result_outcome"], row["result_status"], row["result_revoked"]) == (
        "requested", "approved", "true",
    )  # fmt: skip
    assert row["result_processor"] == "Ada Example <admin@example.com>"
    assert row["result_processor_comment"] == "Checked with the owners."
    assert row["result_date_processed"]
    assert not (machine.folder / "incident-42.run").exists()
    page = machine.folder / "incident-42.html"
    assert certificate["serial_number"] in page.read_text(encoding="utf-8")
    if look:
        with Chromium(machine.folder / "profile") as browser:
            browser.open(page.as_uri())
            assert (
                browser.run("document.getElementById('shown').value")
                == f"{len(ids)} of {len(ids)} certificates"
            )
            assert browser.run(filtered(certificate["serial_number"])) == f"1 of {len(ids)} certificates"
            assert browser.run("document.querySelector('p.yes').textContent")
            assert browser.errors == []


def forbid(machine: Machine, host: str) -> None:
    """Add the column `must_not_be_served_by` to the file, as one does in a spreadsheet."""
    header, *rows = machine.csv.read_text(encoding="utf-8-sig").splitlines()
    lines = [f"{header},must_not_be_served_by", *(f"{row},{host}" for row in rows)]
    machine.csv.write_text("\n".join(lines), encoding="utf-8")


def filtered(words: str) -> str:
    """What a page says once these words are typed into the filter of its table."""
    return (
        f"(f => (f.value = '{words}', f.dispatchEvent(new Event('input')), document.getElementById('shown').value))"
        "(document.getElementById('filter'))"
    )
