"""Store results in files, each with the command that produced it and the date."""

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
        folder: The folder. It is created if necessary.
        command: The command that reproduces the results.
    """

    def __init__(self, folder: Path, command: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._command = command

    def write(self, name: str, conditions: str, rows: list[dict[str, Any]]) -> None:
        """Write the rows of a measurement.

        Args:
            name: The measurement.
            conditions: A description of the conditions.
            rows: The results.
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
        """Return a measurement; None if there is none."""
        file = self.folder / f"{name}.json"
        document: dict[str, Any] | None = json.loads(file.read_text()) if file.exists() else None
        return document
