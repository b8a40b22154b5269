"""What is said of a run: CSVs with a row for every row of the file, and tables to read."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from runner.outcomes import FAILED, OUTCOMES, REFUSED
from runner.survey import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from runner.outcomes import Outcomes
    from runner.rows import Incident
    from runner.survey import Finding

RESULT = ("outcome", "request_id", "status", "revoked", "why")
"""What a report adds to the columns of the file."""

PLANNED = (
    "expected",
    "common_name",
    "organization",
    "product",
    "order_status",
    "valid_till",
    "revocation",
    "why",
)
"""What a plan adds to them."""

_SHOWN = 10
"""How many of the orders with a reason a table shows."""


def write_report(path: Path, incident: Incident, outcomes: Outcomes) -> None:
    """Write what became of each row's order."""

    def result(order_id: int) -> Sequence[object]:
        outcome = outcomes[order_id]
        revoked = str(outcome.revoked).lower()
        return outcome.kind, outcome.request_id, outcome.status, revoked, outcome.why

    _write(path, incident, RESULT, result)


def write_plan(path: Path, incident: Incident, found: Mapping[int, Finding]) -> None:
    """Write what a run would do with each row's order, and what its revocation would hit."""

    def planned(order_id: int) -> Sequence[object]:
        finding = found.get(order_id)
        if finding is None:
            return "done", *[None] * (len(PLANNED) - 1)
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
    # A report may be the file of the next run; what an earlier one added is not carried along.
    kept = [place for place, name in enumerate(incident.columns) if name and name not in (*RESULT, *PLANNED)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(incident.header[place] for place in kept), *added])
        for row in incident.rows:
            writer.writerow([*(row.cells[place] for place in kept), *values(row.order_id)])


def plan_table(incident: Incident, found: Mapping[int, Finding]) -> str:
    """Return how many orders will meet what, and the first ones that are refused."""
    counts = Counter(finding.expected for finding in found.values())
    counts["done"] = len(incident.orders) - len(found)
    refused = [finding.why for finding in found.values() if finding.expected == "refused"]
    return _table(["done", *EXPECTED.values()], counts, [f"refused: {why}" for why in refused])


def result_table(incident: Incident, outcomes: Outcomes) -> str:
    """Return how many orders met what, and the first ones that were refused or failed."""
    counts = outcomes.counts()
    troubles = [
        outcomes[order_id] for order_id in incident.orders if outcomes[order_id].kind in (REFUSED, FAILED)
    ]
    return _table(OUTCOMES, counts, [f"{outcome.kind}: {outcome.why}" for outcome in troubles])


def _table(kinds: Iterable[str], counts: Mapping[str, int], troubles: Sequence[str]) -> str:
    lines = [f"{kind:<18}{counts[kind]:>8,}" for kind in kinds if counts[kind]]
    lines += [f"{'orders':<18}{sum(counts.values()):>8,}", *troubles[:_SHOWN]]
    if len(troubles) > _SHOWN:
        lines += [f"... and {len(troubles) - _SHOWN:,} more"]
    return "\n".join(lines)
