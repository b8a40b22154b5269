"""Lines for the user, whatever becomes of standard error."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from digicert_pulumi.runtime import messages

if TYPE_CHECKING:
    import pytest


def test_a_standard_error_that_is_closed_or_full_costs_the_line_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = io.StringIO()
    closed.close()
    # What is left in the buffer fails once more when the file is closed.
    with contextlib.suppress(OSError), Path("/dev/full").open("w") as full:
        for broken in (closed, full):
            monkeypatch.setattr(sys, "stderr", broken)
            messages.warning("order 5: what is lost.")
            messages.info("order 5: what is lost.")
        monkeypatch.undo()
