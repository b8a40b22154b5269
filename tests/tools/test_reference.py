"""The reference is what the docstrings say, and names every code."""

from __future__ import annotations

import re
import subprocess
import sys

from support.engine import ROOT

from digicert_pulumi.revoking.rules import REFUSALS

PROGRAM = ROOT / "tools" / "reference" / "reference.py"


def test_the_reference_is_current() -> None:
    done = subprocess.run([sys.executable, PROGRAM, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_refusal_has_a_code_with_a_meaning() -> None:
    source = "".join(path.read_text() for path in (ROOT / "digicert_pulumi").rglob("*.py"))
    codes = set(re.findall(r'Refuse\(\s*"([a-z-]+)"', source))
    guards = {code for code in REFUSALS if code.startswith("unexpected-")}
    assert codes | guards == REFUSALS.keys()
