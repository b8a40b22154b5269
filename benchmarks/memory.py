"""How much memory a process took."""

from __future__ import annotations

import re
from pathlib import Path

_HIGH_WATER = re.compile(r"VmHWM:\s+(\d+) kB")


def peak_kilobytes(process: int) -> int:
    """Tell the most memory that the process ever had; 0 where the system does not tell."""
    file = Path(f"/proc/{process}/status")
    found = _HIGH_WATER.search(file.read_text()) if file.exists() else None
    return int(found[1]) if found else 0
