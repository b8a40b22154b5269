"""Measure the memory of a process."""

from __future__ import annotations

import re
from pathlib import Path

_HIGH_WATER = re.compile(r"VmHWM:\s+(\d+) kB")


def peak_kilobytes(process: int) -> int:
    """Return the peak memory of a process; 0 if the system doesn't report it."""
    file = Path(f"/proc/{process}/status")
    found = _HIGH_WATER.search(file.read_text()) if file.exists() else None
    return int(found[1]) if found else 0
