"""Write the output of a run: CSVs with a row for every row of the file, and tables."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from digicert_pulumi.incident import run_files
from digicert_pulumi.incident.comparison import APPROVED_BEFORE
from digicert_pulumi.incident.outcomes import FAILED, NOT_REACHED, OUTCOMES, STANDS, Outcome
from digicert_pulumi.incident.rows import CERTIFICATE_COLUMNS, COLUMNS, FILLED, BadRowsError, read
from digicert_pulumi.incident.survey import LEFT_OUT, PLANS, UNREAD
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.text.cells import escaped
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from digicert_pulumi.incident.outcomes import Outcomes
    from digicert_pulumi.incident.rows import Incident, Row
    from digicert_pulumi.incident.survey import Finding

RESULT = (
    "result_outcome",
    "result_request_id",
    "result_status",
    "result_revoked",
    "result_why",
    "result_processor",
    "result_processor_comment",
    "result_date_processed",
)
"""The columns that a report adds to those of the file."""

PLANNED = (
    "plan_expected",
    "plan_common_name",
    "plan_organization",
    "plan_product",
    "plan_order_status",
    "plan_valid_till",
    "plan_revocation",
    "plan_why",
)
"""The columns that a plan adds to those of the file."""

_SHOWN = 10
"""Maximum number of orders that a table lists with their reasons."""

_CELL = 40
"""Maximum length of a cell in a table, in characters."""


class Known(Protocol):
    """The known outcomes of a run's orders."""

    def __getitem__(self, order_id: int, /) -> Outcome:
        """Return the outcome of an order."""


def lost_outcomes(path: Path, outcomes: Outcomes) -> list[int]:
    """Return the orders whose outcomes an existing report has and the run no longer knows, as after stacks were removed."""
    try:
        earlier = read(path)
    except BadRowsError:  # there is no report
        return []
    if RESULT[0] not in earlier.columns:
        return []
    place = earlier.columns.index(RESULT[0])
    reported = {row.order_id: row.cells[place] for row in earlier.rows}
    return [
        order_id
        for order_id in outcomes.orders
        if (
            reported.get(order_id, NOT_REACHED) not in ("", NOT_REACHED)
            and outcomes[order_id].kind == NOT_REACHED
        )
        or (reported.get(order_id) in STANDS and outcomes[order_id].kind == FAILED)
    ]


def write_report(path: Path, incident: Incident, outcomes: Known) -> None:
    """Write a report: the outcome of each row's order."""

    def result(order_id: int) -> Sequence[object]:
        outcome = outcomes[order_id]
        revoked = str(outcome.revoked).lower()
        return (
            outcome.kind,
            outcome.request_id,
            outcome.status,
            revoked,
            outcome.why,
            outcome.processor,
            outcome.processor_comment,
            outcome.date_processed,
        )

    _write(path, incident, RESULT, result)


def outcomes_in(incident: Incident) -> dict[int, Outcome]:
    """Return the outcomes in a report, by order; empty if the file isn't a report."""
    places = {name: place for place, name in enumerate(incident.columns) if name in RESULT}
    if RESULT[0] not in places:
        return {}

    def outcome(row: Row) -> Outcome:
        cells = {name: row.cells[place] for name, place in places.items()}
        request_id = cells.get("result_request_id", "")
        return Outcome(
            kind=cells["result_outcome"] or NOT_REACHED,
            why=cells.get("result_why", ""),
            request_id=int(request_id) if request_id.isascii() and request_id.isdecimal() else None,
            status=cells.get("result_status") or None,
            revoked=cells.get("result_revoked", "").lower() == "true",
            processor=cells.get("result_processor", ""),
            processor_comment=cells.get("result_processor_comment", ""),
            date_processed=cells.get("result_date_processed", ""),
        )

    return {row.order_id: outcome(row) for row in incident.rows}


def earlier_outcomes(path: Path) -> dict[int, Outcome]:
    """Return the outcomes in an existing report, by order; empty if there is no report."""
    try:
        return outcomes_in(read(path))
    except BadRowsError:  # there is no report
        return {}


def write_plan(path: Path, incident: Incident, found: Mapping[int, Finding]) -> None:
    """Write a plan: what a run would do with each row's order, and what the revocation would affect."""

    def planned(order_id: int) -> Sequence[object]:
        finding = found[order_id]
        shown = finding.shown
        if shown is None:
            return finding.expected, *[None] * (len(PLANNED) - 2), finding.why
        return (
            finding.expected,
            shown.common_name,
            shown.organization,
            shown.product,
            shown.status,
            shown.valid_till,
            shown.revocation,
            finding.why,
        )

    _write(path, incident, PLANNED, planned)


def _write(
    path: Path, incident: Incident, added: Sequence[str], values: Callable[[int], Sequence[object]]
) -> None:
    # Fill these columns in, so that the file can be the input of the next run without options.
    filled = [
        name
        for name in FILLED
        if name not in incident.columns and any(inputs.get(name) for inputs in incident.orders.values())
    ]
    # The file may be an earlier report or plan: drop the columns that it added.
    kept = [place for place, name in enumerate(incident.columns) if name and name not in (*RESULT, *PLANNED)]
    content = io.StringIO()
    writer = csv.writer(content, delimiter=incident.delimiter)
    writer.writerow([*filled, *(escaped(incident.header[place]) for place in kept), *added])
    for row in incident.rows:
        inputs = incident.orders[row.order_id]
        shown = [_shown(value) for value in values(row.order_id)]
        cells = [
            row.cells[place] or (inputs.get(name) if (name := incident.columns[place]) in FILLED else "")
            for place in kept
        ]
        first = [inputs.get(name) for name in filled]
        writer.writerow([*(escaped(str(cell or "")) for cell in (*first, *cells)), *shown])
    run_files.write(path, f"\ufeff{content.getvalue()}")  # the byte order mark, so that Excel detects UTF-8


def _shown(value: object) -> str:
    """Return a value as a cell. Texts from DigiCert aren't trusted, so they are escaped."""
    return "" if value is None else escaped(printable(masked(str(value)), None))


def plan_table(incident: Incident, found: Mapping[int, Finding], forgotten: int) -> str:
    """Return a table of a plan: the number of orders with each plan, and the first that a person should look at.

    Args:
        incident: The file.
        found: The finding for every order of the file.
        forgotten: How many orders are in the stacks but no longer in the file.
    """
    counts = Counter(finding.expected for finding in found.values())
    # Those that are left out come first, and those that need nothing come last.
    lines = [
        (order_id, f"{kind}: {finding.why}")
        for kind in dict.fromkeys((*LEFT_OUT, UNREAD, APPROVED_BEFORE, *PLANS))
        for order_id, finding in found.items()
        if finding.expected == kind and finding.why
    ]
    return _table(incident, PLANS, counts, {"to be forgotten": forgotten}, lines)


def result_table(incident: Incident, outcomes: Outcomes) -> str:
    """Return a table of outcomes: counts by outcome and by request status, and the first orders with a reason."""
    known = {order_id: outcomes[order_id] for order_id in incident.orders}
    statuses = Counter(f"request {printable(each.status, 40)}" for each in known.values() if each.status)
    revoked = sum(each.revoked for each in known.values())
    lines = [(order_id, f"{each.kind}: {each.why}") for order_id, each in known.items() if each.why]
    further = {**dict(sorted(statuses.items())), "orders revoked": revoked}
    return _table(incident, OUTCOMES, outcomes.counts(), further, lines)


def _table(
    incident: Incident,
    kinds: Iterable[str],
    counts: Mapping[str, int],
    further: Mapping[str, int],
    troubles: Sequence[tuple[int, str]],
) -> str:
    numbers = {kind: counts[kind] for kind in kinds if counts[kind]}
    numbers |= {"orders": sum(counts.values())} | {name: number for name, number in further.items() if number}
    lines = [f"{name:<18}{number:>8,}" for name, number in numbers.items()]
    lines += [f"{line}{user_cells(incident, order_id)}" for order_id, line in troubles[:_SHOWN]]
    if len(troubles) > _SHOWN:
        lines += [f"... and {len(troubles) - _SHOWN:,} more"]
    return "\n".join(lines)


def user_cells(incident: Incident, order_id: int) -> str:
    """Return the cells of the user's own columns for an order, which help a person to identify it."""
    cells_shown = []
    for place, name in enumerate(incident.columns):
        cells = dict.fromkeys(row.cells[place] for row in incident.rows if row.order_id == order_id)
        if (
            shown := ", ".join(filter(None, cells))
            if name and name not in (*COLUMNS, *CERTIFICATE_COLUMNS, *RESULT, *PLANNED)
            else ""
        ):
            cells_shown.append(f"{printable(incident.header[place], _CELL)}: {printable(shown, _CELL)}")
    return f" ({'; '.join(cells_shown)})" if cells_shown else ""
