"""The output of a run: CSVs with a row for every row of the file, and tables."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from digicert_pulumi.incident import files
from digicert_pulumi.incident.cells import harmless
from digicert_pulumi.incident.outcomes import FAILED, NOT_REACHED, OUTCOMES, STANDS, Outcome
from digicert_pulumi.incident.rows import CERTIFICATE_COLUMNS, COLUMNS, FILLED, BadRowsError, read
from digicert_pulumi.incident.survey import LEFT_OUT, PLANS, UNREAD
from digicert_pulumi.runtime.masking import masked
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
"""What a report adds to the columns of the file."""

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
"""What a plan adds to them."""

_SHOWN = 10
"""How many of the orders with a reason a table shows."""

_CELL = 40
"""Characters of a cell that a table shows."""


class Known(Protocol):
    """What is known of the orders of a run."""

    def __getitem__(self, order_id: int, /) -> Outcome:
        """Return what became of an order."""


def forgets(path: Path, outcomes: Outcomes) -> list[int]:
    """Return the orders of which a report that is there tells more than is known now, as when stacks were removed."""
    try:
        earlier = read(path)
    except BadRowsError:  # there is none
        return []
    if RESULT[0] not in earlier.columns:
        return []
    place = earlier.columns.index(RESULT[0])
    told = {row.order_id: row.cells[place] for row in earlier.rows}
    return [
        order_id
        for order_id in outcomes.orders
        if (
            told.get(order_id, NOT_REACHED) not in ("", NOT_REACHED)
            and outcomes[order_id].kind == NOT_REACHED
        )
        or (told.get(order_id) in STANDS and outcomes[order_id].kind == FAILED)
    ]


def write_report(path: Path, incident: Incident, outcomes: Known) -> None:
    """Write what became of each row's order."""

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
    """Return what a report tells of each order; nothing where the file is none."""
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
    """Return what a report tells that is there; nothing where there is none."""
    try:
        return outcomes_in(read(path))
    except BadRowsError:  # there is none
        return {}


def write_plan(path: Path, incident: Incident, found: Mapping[int, Finding]) -> None:
    """Write what a run would do with each row's order, and what its revocation would hit."""

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
    # So that the file is one for the next run, for which nothing has to be found or given any more.
    filled = [
        name
        for name in FILLED
        if name not in incident.columns and any(inputs.get(name) for inputs in incident.orders.values())
    ]
    # A report may be the file of the next run; what an earlier one added is not carried along.
    kept = [place for place, name in enumerate(incident.columns) if name and name not in (*RESULT, *PLANNED)]
    content = io.StringIO()
    writer = csv.writer(content, delimiter=incident.delimiter)
    writer.writerow([*filled, *(harmless(incident.header[place]) for place in kept), *added])
    for row in incident.rows:
        inputs = incident.orders[row.order_id]
        shown = [_shown(value) for value in values(row.order_id)]
        cells = [
            row.cells[place] or (inputs.get(name) if (name := incident.columns[place]) in FILLED else "")
            for place in kept
        ]
        first = [inputs.get(name) for name in filled]
        writer.writerow([*(harmless(str(cell or "")) for cell in (*first, *cells)), *shown])
    files.write(path, f"\ufeff{content.getvalue()}")  # with the mark by which Excel knows UTF-8


def _shown(value: object) -> str:
    """Return a value as a cell: DigiCert's texts are other people's."""
    return "" if value is None else harmless(printable(masked(str(value)), None))


def plan_table(incident: Incident, found: Mapping[int, Finding], forgotten: int) -> str:
    """Return how many orders will meet what, and the first ones that are refused or could not be read.

    Args:
        incident: The file.
        found: What is found of every order of the file.
        forgotten: How many orders are in the stacks and not in the file any more.
    """
    counts = Counter(finding.expected for finding in found.values())
    left_out = [
        (order_id, f"{kind}: {finding.why}")
        for kind in (*LEFT_OUT, UNREAD)
        for order_id, finding in found.items()
        if finding.expected == kind
    ]
    return _table(incident, PLANS, counts, {"to be forgotten": forgotten}, left_out)


def result_table(incident: Incident, outcomes: Outcomes) -> str:
    """Return how many orders met what, how far their requests are, and the first ones with something to know."""
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
    lines += [f"{line}{own_cells(incident, order_id)}" for order_id, line in troubles[:_SHOWN]]
    if len(troubles) > _SHOWN:
        lines += [f"... and {len(troubles) - _SHOWN:,} more"]
    return "\n".join(lines)


def own_cells(incident: Incident, order_id: int) -> str:
    """Return what the user's own columns say of an order: by them a person knows it."""
    said = []
    for place, name in enumerate(incident.columns):
        cells = dict.fromkeys(row.cells[place] for row in incident.rows if row.order_id == order_id)
        if (
            shown := ", ".join(filter(None, cells))
            if name and name not in (*COLUMNS, *CERTIFICATE_COLUMNS, *RESULT, *PLANNED)
            else ""
        ):
            said.append(f"{printable(incident.header[place], _CELL)}: {printable(shown, _CELL)}")
    return f" ({'; '.join(said)})" if said else ""
