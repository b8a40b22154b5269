"""The rows of an incident: read from a CSV, and every one valid, or all that is wrong with them at once."""

from __future__ import annotations

import csv
import difflib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from digicert_pulumi.dynamic.inputs import ORDER_FIELDS, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _column(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


COLUMNS = {_column(name): name for name in ORDER_FIELDS}
"""The columns that are read, which are the arguments of an `OrderRevocation`, and its properties."""

REQUIRED = ("order_id", "comments")

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

Inputs = dict[str, Any]
"""The arguments of an `OrderRevocation`, in canonical form."""


class BadRowsError(Exception):
    """The file cannot be used. Nothing was sent.

    Attributes:
        problems: What is wrong, each in one line that says where.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        super().__init__("\n".join(f"{path}: {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Row:
    """One row of the file.

    Attributes:
        line: The line in the file on which it begins.
        order_id: The order that it is about.
        cells: Its cells as they stand in the file, but for spaces around them; as many as the header has.
    """

    line: int
    order_id: int
    cells: list[str]


@dataclass
class Incident:
    """What a file asks for.

    Attributes:
        header: The header of the file, as it stands there.
        rows: Its rows, in its order. Rows that ask for the same of the same order are one revocation.
        orders: What is to be declared, by order.
    """

    header: list[str]
    rows: list[Row] = field(default_factory=list)
    orders: dict[int, Inputs] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The header as it is understood: `Order ID` is `order_id`."""
        return ["_".join(name.lower().split()) for name in self.header]


def read(path: Path) -> Incident:
    """Read a file and check every row with the rules of the resource itself.

    Args:
        path: A CSV with a header, in UTF-8, with commas, semicolons or tabs.

    Raises:
        BadRowsError: Something is wrong with it; all of it is told.
        OSError: It cannot be read.
    """
    records = _records(path)
    line, header = next(records, (1, []))
    incident = Incident(header)
    if problems := [f"line {line}: {problem}" for problem in _wrong_columns(incident.columns)]:
        raise BadRowsError(path, problems)
    first_lines: dict[int, int] = {}
    for line, cells in records:
        problems += [f"line {line}: {problem}" for problem in _add(incident, first_lines, line, cells)]
    if not incident.rows and not problems:
        problems = [f"line {line}: there is no row below the header"]
    if problems:
        raise BadRowsError(path, problems)
    return incident


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give the records that are not empty, each with the line on which it begins."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadRowsError(path, [f"line {line}: is not UTF-8; save the file as 'CSV UTF-8'"]) from None
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadRowsError(path, [f"line {line}: is no CSV ({error})"]) from None


def _wrong_columns(columns: list[str]) -> Iterator[str]:
    for name in REQUIRED:
        if name not in columns:
            yield f"there is no column {name} in the header, which has: {', '.join(columns) or 'nothing'}"
    for name in sorted({name for name in columns if name and columns.count(name) > 1}):
        yield f"the column {name} is there twice"
    for name in columns:
        # A misspelt column would be taken for one of the user's own, and an order revoked without its reason.
        meant = "revocation_reason" if name == "reason" else _resembled(name)
        if name not in COLUMNS and meant and meant not in columns:
            yield f"the column {name} is not known; call it {meant} if that is meant, or else something else"


def _resembled(name: str) -> str | None:
    return next(iter(difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.85)), None)


def _add(incident: Incident, first_lines: dict[int, int], line: int, cells: list[str]) -> Iterator[str]:
    """Add a record to the incident, or say what is wrong with it."""
    width = len(incident.header)
    if any(cells[width:]):
        yield f"has {len(cells)} cells, and the header {width}: quote what holds a comma"
        return
    cells = (cells + [""] * width)[:width]
    named = zip(incident.columns, cells, strict=True)
    declared = {COLUMNS[name]: _value(name, text) for name, text in named if name in COLUMNS and text}
    parsed = parse(declared)
    yield from (f"{_column(name)} {reason}" for name, reason in parsed.failures)
    order_id = parsed.order_id
    if order_id is None or parsed.failures:
        return
    inputs = {_column(name): value for name, value in parsed.properties.items()}
    first = first_lines.setdefault(order_id, line)
    if incident.orders.setdefault(order_id, inputs) != inputs:
        yield f"order {order_id} is on line {first} already, with something else asked for"
        return
    incident.rows.append(Row(line, order_id, cells))


def _value(name: str, text: str) -> str | bool:
    return _FLAGS.get(text.lower(), text) if name == "skip_approval" else text
