"""The files in which results are kept, each with the command and the day that it comes from."""

from __future__ import annotations

import json
import platform
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from digicert_pulumi._version import VERSION

if TYPE_CHECKING:
    from pathlib import Path


class Results:
    """A folder of results.

    Args:
        folder: Where they are; it is made.
        command: What a user runs to get them anew.
    """

    def __init__(self, folder: Path, command: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._command = command

    def write(self, name: str, conditions: str, rows: list[dict[str, Any]]) -> None:
        """Write the rows of a measurement.

        Args:
            name: The measurement.
            conditions: Under what it was made, in a sentence.
            rows: What was measured.
        """
        document = {
            "command": self._command,
            "date": datetime.now(timezone.utc).date().isoformat(),
            "version": VERSION,
            "python": platform.python_version(),
            "conditions": conditions,
            "rows": rows,
        }
        (self.folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")

    def read(self, name: str) -> dict[str, Any] | None:
        """Read a measurement; None where there is none."""
        file = self.folder / f"{name}.json"
        document: dict[str, Any] | None = json.loads(file.read_text()) if file.exists() else None
        return document
