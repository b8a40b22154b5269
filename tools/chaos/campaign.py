"""The fault campaign: every fault, crash and race, through the real Pulumi CLI, and a table of what was left.

    python tools/chaos/campaign.py            run all of it, print the table
    python tools/chaos/campaign.py --write    and write it into docs/faults.md, its source beside this program
    python tools/chaos/campaign.py kill       run the rows that hold this text

It ends with 1 unless every order has exactly one request, and nothing was lost, duplicated, wrong or leaked.
The scenarios are in tests/chaos, because they stand on the tests' support and a few of them run with the tests.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from chaos.between import EVENTS, before_refresh, before_up  # noqa: E402
from chaos.scenarios import all_scenarios, too_late  # noqa: E402
from chaos.verdict import Verdict  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from chaos.between import Seen
    from chaos.scenarios import Scenario

DOCUMENT = ROOT / "docs" / "faults.md"
RESULTS = Path(__file__).with_name("results.json")
LEAST_RUNS = 200


@dataclass
class Row:
    """A row of the table of faults.

    Attributes:
        fault: The fault.
        requests: How many requests an order may have.
        moments: When it struck.
        verdict: What was counted.
    """

    fault: str
    requests: int
    moments: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)


@dataclass
class Campaign:
    """What a campaign found.

    Attributes:
        rows: The table of faults.
        seen: The table of what a user sees.
        unpreventable: What a crash leaves when DigiCert shows the request too late.
        broken: The scenarios that did not come to an end, each with its reason.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    unpreventable: Verdict = field(default_factory=Verdict)
    broken: list[str] = field(default_factory=list)

    @property
    def total(self) -> Verdict:
        """All rows in one."""
        return sum((row.verdict for row in self.rows.values()), Verdict())

    def is_flawless(self) -> bool:
        """Whether everything is as it has to be."""
        return (
            not self.broken
            and all(row.verdict.is_flawless(row.requests) for row in self.rows.values())
            and not any(seen.flaws for seen in self.seen)
            and not any(
                asdict(self.unpreventable)[name] for name in ("lost", "wrong", "leaked", "tracebacks")
            )
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 0 when everything is as it has to be."""
    options = _options(arguments)
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
            campaign = _run(options, Path(folder))
    except KeyboardInterrupt:
        return 130
    minutes = (time.monotonic() - began) / 60
    tables = _tables(campaign, minutes)
    print("\n\n".join(tables.values()))
    for problem in campaign.broken:
        print(problem)
    if options.write:
        _write(campaign, tables, minutes)
    enough = bool(options.only) or campaign.total.runs >= LEAST_RUNS
    return 0 if campaign.is_flawless() and enough else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("only", nargs="*", help="texts, one of which a row's fault or moment must hold")
    parser.add_argument("--workers", type=int, default=2, help="lifecycles at a time (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/faults.md")
    options = parser.parse_args(arguments)
    if options.write and options.only:
        parser.error("only a whole campaign is written")
    return options


def _run(options: argparse.Namespace, folder: Path) -> Campaign:
    campaign = Campaign()
    jobs: list[tuple[str, Callable[[Path], Any], Callable[[Any], None]]] = []
    for scenario in all_scenarios():
        campaign.rows.setdefault(scenario.fault, Row(scenario.fault, scenario.requests))
        jobs.append(
            (f"{scenario.fault}: {scenario.moment}", scenario.run, partial(_count, campaign, scenario))
        )
    for event in EVENTS:
        for when, look in (("before up", before_up), ("before refresh", before_refresh)):
            jobs.append((f"between: {event.name}, {when}", partial(look, event), campaign.seen.append))
    jobs.append(("crash, request seen too late", too_late, partial(setattr, campaign, "unpreventable")))
    chosen = [job for job in jobs if not options.only or any(text in job[0] for text in options.only)]
    with ThreadPoolExecutor(options.workers) as pool:
        attempts = [
            pool.submit(_attempt, campaign, name, partial(run, folder / str(number)), keep)
            for number, (name, run, keep) in enumerate(chosen)
        ]
        try:
            wait(attempts)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    campaign.rows = {fault: row for fault, row in campaign.rows.items() if row.moments}
    campaign.seen.sort(key=lambda seen: (seen.between, seen.event))
    return campaign


def _attempt(campaign: Campaign, name: str, run: Callable[[], Any], keep: Callable[[Any], None]) -> None:
    began = time.monotonic()
    try:
        keep(run())
    except Exception as error:  # noqa: BLE001 - the others go on, and the campaign fails
        traceback.print_exc()
        # The results are kept in the repository: without the paths of a traceback.
        reason = str(error).strip().partition("\n")[0]
        campaign.broken.append(f"{name} did not come to an end: {type(error).__name__}: {reason}")
    print(f"{time.monotonic() - began:5.0f} s  {name}", flush=True)


def _count(campaign: Campaign, scenario: Scenario, verdict: Verdict) -> None:
    row = campaign.rows[scenario.fault]
    row.moments.append(scenario.moment)
    row.verdict += verdict
    if not verdict.is_flawless(scenario.requests):
        print(f"FLAW: {scenario.fault}: {scenario.moment}: {verdict}", flush=True)


def _tables(campaign: Campaign, minutes: float) -> dict[str, str]:
    """The tables in Markdown, by the name of their place in the document."""
    return {
        "campaign": _campaign_table(campaign, minutes),
        "between": _between_table(campaign.seen),
        "too late": _too_late_table(campaign.unpreventable),
    }


def _campaign_table(campaign: Campaign, minutes: float) -> str:
    total = campaign.total
    said = (
        f"`make chaos`, {datetime.now(timezone.utc):%Y-%m-%d}: {total.runs} disturbed lifecycles in "
        f"{minutes:.0f} minutes, {total.tracebacks} tracebacks. Pulumi SDK {version('pulumi')}, "
        f"Python {platform.python_version()}, {platform.system()}."
    )
    head = ("fault", "runs", "requests per order", "lost", "duplicated", "wrong state", "leaked key")
    rows = [(row.fault, *_columns(row.verdict)) for row in campaign.rows.values()]
    return f"{said}\n\n{_markdown(head, rows)}"


def _columns(verdict: Verdict) -> tuple[object, ...]:
    each = verdict.requests / verdict.runs if verdict.runs else 0
    return (verdict.runs, f"{each:g}", verdict.lost, verdict.duplicated, verdict.wrong, verdict.leaked)


def _between_table(seen: Iterable[Seen]) -> str:
    head = ("between", "what happened", "what the user sees", "the state then", "requests sent in all")
    rows = [
        (row.between, row.event, "<br>".join(map(_code, row.lines)) or "no line", row.state, row.sent)
        for row in seen
    ]
    return _markdown(head, rows)


def _code(line: str) -> str:
    """A line of output as code in a cell of a table."""
    fence = "``" if "`" in line else "`"
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def _too_late_table(verdict: Verdict) -> str:
    head = ("runs", "requests per order", "states that do not name the first request, or users not told")
    return _markdown(head, [(*_columns(verdict)[:2], verdict.wrong)])


def _markdown(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _write(campaign: Campaign, tables: dict[str, str], minutes: float) -> None:
    text = DOCUMENT.read_text()
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table}\n\n{end}{after}"
    DOCUMENT.write_text(text)
    found = {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "minutes": round(minutes, 1),
        "rows": [asdict(row) for row in campaign.rows.values()],
        "between": [asdict(seen) for seen in campaign.seen],
        "too late": asdict(campaign.unpreventable),
        "broken": campaign.broken,
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
