"""Escape cells so that a spreadsheet runs no formula, and unescape them when reading."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet takes for a formula, with the full-width signs of East Asian ones, behind apostrophes or not."""


def harmless(cell: str) -> str:
    """Return a cell as it is written."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def original(cell: str) -> str:
    """Return the cell that was written so."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
