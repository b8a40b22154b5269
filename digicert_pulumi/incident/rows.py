"""Read the rows of an incident from a CSV; report all errors at once."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from digicert_pulumi.incident.cells import original
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, MAX_ID, ORDER_FIELDS
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.runtime.masking import holds_a_key, masked
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


NOT_READ = ("wait_for_decision",)
"""The argument of an `OrderRevocation` that is none for thousands: whoever waits for decisions holds up the others."""

COLUMNS = {
    field.python_name: field.name for field in ORDER_FIELDS.values() if field.python_name not in NOT_READ
}
"""The columns that are read, which are the arguments of an `OrderRevocation`, and its properties."""

CERTIFICATE_COLUMNS = ("serial_number", "certificate_id", "thumbprint")
"""The columns that name a certificate, by which its order is found."""

FILLED = ("order_id", "comments", "revocation_reason")
"""The columns that a plan or a report fills in where the file leaves them to the command."""

ADDED = {"result_outcome", "plan_expected", "found_by"}
"""The columns by which a file is known for a report or a plan of an earlier run, or for what `find` wrote."""

_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

_MADE_A_NUMBER = re.compile(r"\d+([.,]\d+)?E\+?\d+|\d+[.,]0*", re.IGNORECASE)
"""What a spreadsheet makes of an id in a column of numbers: `1E+08`, `100000001.0`."""

_SEPARATOR = re.compile(r'"?sep=(?P<separator>[,;\t|])"?')
"""The line before the header by which Excel tells the separator."""

_NAMING = {"serial_number": "serialNumber", "certificate_id": "certificateId", "order_id": "orderId"}
"""The columns that name a certificate by a field of `CertificateRevocation`."""

_THUMBPRINT = re.compile(r"[0-9A-F]{40}")

_SHOWN = 20
"""Characters of a long cell that are shown."""

Inputs = dict[str, Any]
"""The arguments of an `OrderRevocation`, in canonical form."""


class Named(NamedTuple):
    """A certificate as a row names it.

    Attributes:
        serial_number: Its serial number, as `orders.serial_number.canonical` writes it.
        certificate_id: Its id.
        thumbprint: Its SHA-1 thumbprint, hexadecimal in capital letters.
        order_id: The order that it is expected on.
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
    """A row's certificate has no order that may be revoked for it. The message says why."""


OrderOf = Callable[[Named], int]
"""Gives the order of a certificate; raises UnresolvedError if there is none."""


class BadRowsError(Exception):
    """The file cannot be used. Nothing was sent.

    Attributes:
        problems: What is wrong, each in one line that says where.
    """

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = [printable(masked(problem), None) for problem in problems]
        super().__init__("\n".join(f"{path}: {problem}" for problem in self.problems))


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
        delimiter: What separates its cells.
        named: The certificates by which rows name their orders.
    """

    header: list[str]
    rows: list[Row] = field(default_factory=list)
    orders: dict[int, Inputs] = field(default_factory=dict)
    delimiter: str = ","
    named: list[Named] = field(default_factory=list)

    @property
    def columns(self) -> list[str]:
        """The header as it is understood: `Order ID` is `order_id`."""
        return _columns(self.header)


def _columns(header: list[str]) -> list[str]:
    return ["_".join(name.lower().split()) for name in header]


def read(
    path: Path, *, defaults: Mapping[str, str] | None = None, order_of: OrderOf | None = None
) -> Incident:
    """Read a file and check every row with the rules of the resource itself.

    Args:
        path: A CSV with a header, in UTF-8, with commas, semicolons or tabs; or the ids of orders, one a line.
        defaults: What counts where a row has no such cell, by column.
        order_of: Gives the order of a row that names a certificate. Without it such a row gets the order that it names,
            or else a number of its own, so that the rest of the file can be checked.

    Raises:
        BadRowsError: Something is wrong with it, and all of that is told, or it cannot be read.
    """
    text, above = _text(path)
    delimiter = above or max(",;\t", key=lambda each: _likeness(text, each))
    records = _records(path, text, delimiter, 2 if above else 1)
    line, header = next(records, (1, []))
    if len(header) == 1 and header[0].isascii() and header[0].isdecimal():
        records = chain([(line, header)], records)
        header = ["order_id"]
    is_ours = not ADDED.isdisjoint(_columns(header))
    incident = Incident([original(name) for name in header] if is_ours else header, delimiter=delimiter)
    given = dict(defaults or {})
    if problems := [f"line {line}: {problem}" for problem in _wrong_columns(incident.columns, given)]:
        raise BadRowsError(path, problems)
    reading = _Reading(incident, given, order_of)
    for line, written in records:
        cells = [original(cell) for cell in written] if is_ours else written
        problems += [f"line {line}: {problem}" for problem in reading.add(line, cells)]
    if not incident.rows and not problems:
        problems = [f"line {line}: there is no row below the header"]
    if problems:
        raise BadRowsError(path, problems)
    return incident


def _text(path: Path) -> tuple[str, str]:
    """Return what is in the file from its header on, and the separator that Excel's line above it names."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise BadRowsError(path, [str(error.strerror)]) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadRowsError(path, [f"line {line}: is not UTF-8; save the file as 'CSV UTF-8'"]) from None
    first, _, rest = text.partition("\n")
    named = _SEPARATOR.fullmatch(first.rstrip("\r"))
    return (rest, named["separator"]) if named else (text, "")


def _likeness(text: str, delimiter: str) -> tuple[int, int]:
    """Tell how much a text looks like ours with a separator: how many columns it has that are read, and how many in all."""
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        header = next((cells for cells in lines if any(map(str.strip, cells))), [])
    except csv.Error:
        return 0, 0
    return len({*COLUMNS, *CERTIFICATE_COLUMNS} & {*_columns(header)}), len(header)


def _records(path: Path, text: str, delimiter: str, line: int) -> Iterator[tuple[int, list[str]]]:
    """Give the records that are not empty, each with the line on which it begins; the first of the text is `line`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    above = line
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield line, stripped
            line = reader.line_num + above
    except csv.Error as error:
        raise BadRowsError(path, [f"line {line}: is no CSV ({error})"]) from None


def _wrong_columns(columns: list[str], given: Mapping[str, str]) -> Iterator[str]:
    has = f"in the header, which has: {', '.join(columns) or 'nothing'}"
    if not {"order_id", *CERTIFICATE_COLUMNS} & {*columns}:
        yield f"there is no column order_id {has}; {', '.join(CERTIFICATE_COLUMNS)} also name an order"
    if "comments" not in columns and "comments" not in given:
        yield f"there is no column comments {has}; add it, or give --comments"
    for name in sorted({name for name in columns if name and columns.count(name) > 1}):
        yield f"the column {name} is there twice"
    for name in columns:
        if name in NOT_READ:
            yield f"the column {name} is for single orders: a run does not wait for decisions; leave it out"
            continue
        # A misspelt column would be taken for one of the user's own, and an order revoked without its reason.
        meant = "revocation_reason" if name == "reason" else _resembled(name)
        if name not in COLUMNS and meant and meant not in columns:
            yield f"the column {name} is not known; call it {meant} if that is meant, or else something else"


def _resembled(name: str) -> str | None:
    return next(iter(difflib.get_close_matches(name, COLUMNS, n=1, cutoff=0.85)), None)


class _Reading:
    """The rows of a file, one after the other.

    Args:
        incident: Gets them.
        given: What counts where a row has no such cell, by column.
        order_of: Gives the order of a row that names a certificate; see `read`.
    """

    def __init__(self, incident: Incident, given: Mapping[str, str], order_of: OrderOf | None) -> None:
        self._incident = incident
        self._given = given
        self._order_of = order_of or self._preliminary
        self._first_lines: dict[int, int] = {}
        self._numbers: dict[Named, int] = {}

    def add(self, line: int, cells: list[str]) -> Iterator[str]:
        """Add a record to the incident, or say what is wrong with it."""
        incident = self._incident
        width = len(incident.header)
        if any(cells[width:]):
            yield f"has {len(cells)} cells, and the header {width}: quote what holds a comma"
            return
        cells = (cells + [""] * width)[:width]
        if misplaced := [
            name for name, cell in zip(incident.header, cells, strict=True) if holds_a_key(cell)
        ]:
            yield f"{misplaced[0]} holds the API key, which would then stand in files and at DigiCert; take it out"
            return
        texts = {name: cell for name, cell in zip(incident.columns, cells, strict=True) if name and cell}
        declared: dict[str, Any] = {
            COLUMNS[name]: _value(name, text)
            for name, text in {**self._given, **texts}.items()
            if name in COLUMNS
        }
        if problem := _unreadable(str(declared.get("orderId", ""))):
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
        if incident.orders.setdefault(order_id, inputs) != inputs:
            yield f"order {order_id} is on line {first} already, with something else asked for"
            return
        incident.rows.append(Row(line, order_id, cells))

    def _preliminary(self, named: Named) -> int:
        if named.order_id is not None:
            return named.order_id
        return self._numbers.setdefault(named, MAX_ID - len(self._numbers))


def _named(texts: Mapping[str, str]) -> Named | None:
    """Return the certificate that a row names; None if it names none.

    Raises:
        ValueError: What names it can't be read.
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
        raise ValueError("thumbprint must be the SHA-1 of a certificate, 40 hexadecimal digits")
    known = parsed.known
    return Named(known("serialNumber"), known("certificateId"), thumbprint or None, known("orderId"))


def _unreadable(order_id: str) -> str | None:
    """Tell what is wrong with an id that is no order's and that the resource's rules would not name so well."""
    if _MADE_A_NUMBER.fullmatch(order_id):
        return f"{_short(order_id)!r} is what a spreadsheet made of it; format the column as text and enter the ids again"
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
