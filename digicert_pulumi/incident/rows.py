"""Read the rows of an incident from a CSV, and report all errors at once."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, MAX_ID, ORDER_FIELDS
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.runtime.masking import holds_a_key, masked
from digicert_pulumi.text.cells import unescaped
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


NOT_READ = ("wait_for_decision",)
"""The arguments of an `OrderRevocation` that aren't columns: waiting for a decision would hold up the other orders."""

COLUMNS = {
    field.python_name: field.name for field in ORDER_FIELDS.values() if field.python_name not in NOT_READ
}
"""The columns that are read, with the properties of an `OrderRevocation` that they set."""

CERTIFICATE_COLUMNS = ("serial_number", "certificate_id", "thumbprint")
"""The columns that name a certificate instead of an order."""

FILLED = ("order_id", "comments", "revocation_reason")
"""The columns that a plan or a report fills in if the file doesn't have them."""

ADDED = {"result_outcome", "plan_expected", "found_by"}
"""The columns that identify a report or a plan of an earlier run, or a file that `find` wrote."""

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

_SPREADSHEET_NUMBER = re.compile(r"\d+([.,]\d+)?E\+?\d+|\d+[.,]0*", re.IGNORECASE)
"""An id that a spreadsheet turned into a number: `1E+08`, `100000001.0`."""

_SEPARATOR = re.compile(r'"?sep=(?P<separator>[,;\t|])"?')
"""The line before the header in which Excel names the separator."""

_HOSTS = "must_not_be_served_by"
"""The column of which an order has the values of all its rows."""

_NAMING = {"serial_number": "serialNumber", "certificate_id": "certificateId", "order_id": "orderId"}
"""The columns that name a certificate by a field of `CertificateRevocation`."""

_THUMBPRINT = re.compile(r"[0-9A-F]{40}")

_SHOWN = 20
"""Maximum length of a cell in an error message, in characters."""

Inputs = dict[str, Any]
"""The arguments of an `OrderRevocation`, in canonical form."""


class Named(NamedTuple):
    """A certificate that a row names.

    Attributes:
        serial_number: Its serial number, as `orders.serial_number.canonical` writes it.
        certificate_id: Its id.
        thumbprint: Its SHA-1 thumbprint, hexadecimal in capital letters.
        order_id: The order that should hold it.
    """

    serial_number: str | None = None
    certificate_id: int | None = None
    thumbprint: str | None = None
    order_id: int | None = None

    def __str__(self) -> str:
        if self.certificate_id is not None:
            return f"certificate {self.certificate_id}"
        if self.serial_number:
            return f"the certificate with the serial number {self.serial_number}"
        return f"the certificate with the thumbprint {self.thumbprint}"


class UnresolvedError(Exception):
    """A row's certificate has no order, or its order can't be revoked for it. The message explains why."""


OrderOf = Callable[[Named], int]
"""Returns the order of a certificate; raises UnresolvedError if there is none."""


class BadRowsError(Exception):
    """The file can't be used. Nothing was sent.

    Attributes:
        problems: One line for each problem, with its place in the file.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = [printable(masked(problem), None) for problem in problems]
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


@dataclass(frozen=True)
class Row:
    """One row of the file.

    Attributes:
        line: The number of its first line in the file.
        order_id: Its order.
        cells: Its cells without surrounding spaces, as many as the header has.
    """

    line: int
    order_id: int
    cells: list[str]


@dataclass
class Incident:
    """The content of a file.

    Attributes:
        header: The header, as written in the file.
        rows: The rows, in the order of the file. Rows with the same order and inputs are one revocation.
        orders: The inputs of the revocations, by order.
        delimiter: The separator of cells.
        named: The certificates that rows name instead of orders.
    """

    header: list[str]
    rows: list[Row] = field(default_factory=list)
    orders: dict[int, Inputs] = field(default_factory=dict)
    delimiter: str = ","
    named: list[Named] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The normalized header: `Order ID` is `order_id`."""
        return _columns(self.header)


def _columns(header: list[str]) -> list[str]:
    return ["_".join(name.lower().split()) for name in header]


def read(
    path: Path, *, defaults: Mapping[str, str] | None = None, order_of: OrderOf | None = None
) -> Incident:
    """Read a file, and check every row with the resource's own rules.

    Args:
        path: A CSV with a header, in UTF-8, with commas, semicolons or tabs; or a list of order ids, one on each line.
        defaults: The values for rows without a cell in a column, by column.
        order_of: Returns the order of a certificate that a row names. Without it, such a row gets the order that it
            names, or a unique placeholder, so that the rest of the file can be checked.

    Raises:
        BadRowsError: The file has problems, which the error lists, or can't be read.
    """
    text, above = _text(path)
    delimiter = above or max(",;\t", key=lambda each: _likeness(text, each))
    records = _records(path, text, delimiter, 2 if above else 1)
    line, header = next(records, (1, []))
    if len(header) == 1 and header[0].isascii() and header[0].isdecimal():
        records = chain([(line, header)], records)
        header = ["order_id"]
    is_ours = not ADDED.isdisjoint(_columns(header))
    incident = Incident([unescaped(name) for name in header] if is_ours else header, delimiter=delimiter)
    defaults = dict(defaults or {})
    if problems := [f"line {line}: {problem}" for problem in _wrong_columns(incident.columns, defaults)]:
        raise BadRowsError(path, problems)
    reading = _Reading(incident, defaults, order_of)
    for line, written in records:
        cells = [unescaped(cell) for cell in written] if is_ours else written
        problems += [f"line {line}: {problem}" for problem in reading.add(line, cells)]
    if not incident.rows and not problems:
        problems = [f"line {line}: there are no rows below the header"]
    if problems:
        raise BadRowsError(path, problems)
    return incident


def _text(path: Path) -> tuple[str, str]:
    """Return the text of the file from its header on, and the separator from Excel's line above the header, if any."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadRowsError(path, [str(error.strerror)]) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadRowsError(path, [f"line {line} is not UTF-8; save the file as 'CSV UTF-8'"]) from None
    first, _, rest = text.partition("\n")
    named = _SEPARATOR.fullmatch(first.rstrip("\r"))
    return (rest, named["separator"]) if named else (text, "")


def _likeness(text: str, delimiter: str) -> tuple[int, int]:
    """Return how well a separator fits a text: the number of known columns in the header, and of all columns."""
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = next((cells for cells in lines if any(map(str.strip, cells))), [])
    except csv.Error:
        return 0, 0
    return len({*COLUMNS, *CERTIFICATE_COLUMNS} & {*_columns(header)}), len(header)


def _records(path: Path, text: str, delimiter: str, line: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the non-empty records, each with the number of its first line. The text starts on line `line`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    above = line
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + above
    except csv.Error as error:
        raise BadRowsError(path, [f"line {line} is not valid CSV ({error})"]) from None


def _wrong_columns(columns: list[str], defaults: Mapping[str, str]) -> Iterator[str]:
    has = f"the columns are {', '.join(columns)}" if columns else "the header is empty"
    if not {"order_id", *CERTIFICATE_COLUMNS} & {*columns}:
        yield f"the column order_id is missing ({has}); add it, or one of {', '.join(CERTIFICATE_COLUMNS)}"
    if "comments" not in columns and "comments" not in defaults:
        yield f"the column comments is missing ({has}); add it, or set --comments"
    for name in sorted({name for name in columns if name and columns.count(name) > 1}):
        yield f"the header has the column {name} twice; rename or remove one"
    for name in columns:
        if name in NOT_READ:
            yield f"the column {name} is not supported: a run does not wait for decisions; remove the column"
            continue
        # A misspelled column would count as one of the user's own, and the order would be revoked without its value.
        suggestion = "revocation_reason" if name == "reason" else _similar(name)
        if name not in COLUMNS and suggestion and suggestion not in columns:
            yield (
                f"the column {name} is unknown; did you mean {suggestion}? Rename it, or give a column of your own a "
                "less similar name"
            )


def _similar(name: str) -> str | None:
    return next(iter(difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.85)), None)


class _Reading:
    """Adds the rows of a file to an incident, one by one.

    Args:
        incident: The incident.
        defaults: The values for rows without a cell in a column, by column.
        order_of: Returns the order of a certificate that a row names; see `read`.
    """

    def __init__(self, incident: Incident, defaults: Mapping[str, str], order_of: OrderOf | None) -> None:
        self._incident = incident
        self._defaults = defaults
        self._order_of = order_of or self._preliminary
        self._first_lines: dict[int, int] = {}
        self._numbers: dict[Named, int] = {}

    def add(self, line: int, cells: list[str]) -> Iterator[str]:
        """Add a record to the incident, or yield its problems."""
        incident = self._incident
        width = len(incident.header)
        if any(cells[width:]):
            yield f"has {len(cells)} cells, but the header has {width}; quote cells that contain the separator"
            return
        cells = (cells + [""] * width)[:width]
        if misplaced := [
            name for name, cell in zip(incident.header, cells, strict=True) if holds_a_key(cell)
        ]:
            yield f"{misplaced[0]} holds the API key, which would be stored in files and sent to DigiCert; remove it"
            return
        texts = {name: cell for name, cell in zip(incident.columns, cells, strict=True) if name and cell}
        declared: dict[str, Any] = {
            COLUMNS[name]: _value(name, text)
            for name, text in {**self._defaults, **texts}.items()
            if name in COLUMNS
        }
        if problem := _order_id_problem(str(declared.get("orderId", ""))):
            yield f"order_id {problem}"
            return
        try:
            named = _named(texts)
            if named:
                incident.named.append(named)
                declared["orderId"] = self._order_of(named)
        except (UnresolvedError, ValueError) as error:
            yield str(error)
            return
        yield from self._declare(line, cells, declared)

    def _declare(self, line: int, cells: list[str], declared: dict[str, Any]) -> Iterator[str]:
        incident = self._incident
        parsed = parse(declared)
        yield from (f"{ORDER_FIELDS[each.name].python_name} {each.reason}" for each in parsed.failures)
        order_id = parsed.order_id
        if order_id is None or parsed.failures:
            return
        inputs = {ORDER_FIELDS[name].python_name: value for name, value in parsed.properties.items()}
        first = self._first_lines.setdefault(order_id, line)
        known = incident.orders.setdefault(order_id, inputs)
        if hosts := [*dict.fromkeys((*known.get(_HOSTS, ()), *inputs.get(_HOSTS, ())))]:
            known[_HOSTS] = inputs[_HOSTS] = hosts
        if differing := [name for name in COLUMNS if known.get(name) != inputs.get(name)]:
            yield (
                f"order {order_id} is already on line {first}, with another value of {' and of '.join(differing)}; "
                "give both rows the same values, or remove one of them"
            )
            return
        incident.rows.append(Row(line, order_id, cells))

    def _preliminary(self, named: Named) -> int:
        if named.order_id is not None:
            return named.order_id
        return self._numbers.setdefault(named, MAX_ID - len(self._numbers))


def _named(texts: Mapping[str, str]) -> Named | None:
    """Return the certificate that a row names; None if it doesn't name one.

    Raises:
        ValueError: A cell that names it can't be read.
    """
    if not {*CERTIFICATE_COLUMNS} & texts.keys():
        return None
    declared = {
        CERTIFICATE_FIELDS[name].name: texts[column] for column, name in _NAMING.items() if column in texts
    }
    parsed = parse({**declared, "comments": "-"}, CERTIFICATE_FIELDS)
    if parsed.failures:
        failure = parsed.failures[0]
        raise ValueError(f"{CERTIFICATE_FIELDS[failure.name].python_name} {failure.reason}")
    thumbprint = re.sub(r"[\s:-]", "", texts.get("thumbprint", "")).upper()
    if thumbprint and not _THUMBPRINT.fullmatch(thumbprint):
        raise ValueError("thumbprint must be a certificate's SHA-1 thumbprint, 40 hexadecimal digits")
    known = parsed.known
    return Named(known("serialNumber"), known("certificateId"), thumbprint or None, known("orderId"))


def _order_id_problem(order_id: str) -> str | None:
    """Return what is wrong with an order id that a spreadsheet damaged or that is too large; None if it is neither.

    The resource's own rules find every other problem.
    """
    if _SPREADSHEET_NUMBER.fullmatch(order_id):
        return (
            f"{_short(order_id)!r} is not an id: a spreadsheet turned it into a number; format the column as text, "
            "and enter the ids again"
        )
    most = str(MAX_ID)
    if order_id.isascii() and order_id.isdecimal() and (len(order_id), order_id) > (len(most), most):
        return f"{_short(order_id)} is too large"
    return None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _value(name: str, text: str) -> str | bool:
    if name == "order_id" and text.isdecimal():
        return text.lstrip("0") or "0"
    return _FLAGS.get(text.lower(), text) if name == "skip_approval" else text
