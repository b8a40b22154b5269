"""Escape cells so that a spreadsheet doesn't run them as formulas, and unescape them when reading."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet runs as a formula, including the full-width signs of East Asian spreadsheets, after any apostrophes.

Cells that start with apostrophes are escaped too, so that unescaping restores them.
"""


def escaped(cell: str) -> str:
    """Return a cell as it is written to a file: escaped if a spreadsheet would run it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescaped(cell: str) -> str:
    """Return the cell that `escaped` escaped."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
