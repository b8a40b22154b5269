"""The fault campaign: inject every fault, crash and race with the real Pulumi CLI, and print a table of the results.

    python tools/chaos/campaign.py                       run everything, and print the tables
    python tools/chaos/campaign.py --write               also write them into docs/faults.md and results.json
    python tools/chaos/campaign.py --front-end native    run YAML programs only, on the native provider
    python tools/chaos/campaign.py kill                  run only the rows that contain this text

It exits with 1 unless every order has exactly one request, and nothing was lost, duplicated, wrong or leaked.
The scenarios are in tests/chaos: they use the tests' helpers, and a few of them also run as tests.
"""

from __future__ import annotations

import argparse
import json
import platform
import shlex
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
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from chaos.between import EVENTS, before_refresh, before_up  # noqa: E402
from chaos.scenarios import all_scenarios, too_late  # noqa: E402
from chaos.verdict import Verdict  # noqa: E402
from support import provider  # noqa: E402

from tools.markdown import replace_between, table  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chaos.between import Seen
    from chaos.scenarios import Scenario

DOCUMENT = ROOT / "docs" / "faults.md"
RESULTS = Path(__file__).with_name("results.json")
LEAST_RUNS = 200
LANGUAGES = {"dynamic": "Python", "native": "YAML"}
"""The front ends, each with the language of its programs."""


@dataclass
class Row:
    """A row of the table of faults.

    Attributes:
        fault: The fault.
        requests: The expected number of requests for each order.
        moments: The moments at which the fault was injected.
        verdict: The counts.
    """

    fault: str
    requests: int
    moments: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)


@dataclass
class Campaign:
    """The results of a campaign.

    Attributes:
        rows: The table of faults.
        seen: The table of what a user sees.
        unpreventable: The result of a crash if DigiCert shows the request too late.
        broken: The scenarios that failed to finish, each with its reason.
    """

    rows: dict[str, Row] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    unpreventable: Verdict = field(default_factory=Verdict)
    broken: list[str] = field(default_factory=list)

    @property
    def total(self) -> Verdict:
        """The sum of all rows."""
        return sum((row.verdict for row in self.rows.values()), Verdict())

    def is_flawless(self) -> bool:
        """Whether no scenario failed and no flaw was found."""
        return (
            not self.broken
            and all(row.verdict.is_flawless(row.requests) for row in self.rows.values())
            and not any(seen.flaws for seen in self.seen)
            and not any(
                asdict(self.unpreventable)[name] for name in ("lost", "wrong", "leaked", "tracebacks")
            )
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign. Returns 0 if it found no flaw."""
    options = _options(arguments)
    found: dict[str, Mapping[str, Any]] = {}
    is_good = True
    for front_end in options.front_end:
        provider.front_end = front_end
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder:
                campaign = _run(options, Path(folder))
        except KeyboardInterrupt:
            return 130
        found[front_end] = _as_data(campaign, _command(options), (time.monotonic() - began) / 60)
        enough = bool(options.only) or campaign.total.runs >= LEAST_RUNS
        is_good &= campaign.is_flawless() and enough
    print("\n\n".join(_tables(found).values()))
    for problem in [line for each in found.values() for line in each["broken"]]:
        print(problem)
    if options.write:
        _write(json.loads(RESULTS.read_text()) | found)
    return 0 if is_good else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "only", nargs="*", help="run only rows whose fault or moment contains one of these texts"
    )
    parser.add_argument(
        "--front-end",
        choices=LANGUAGES,
        action="append",
        help="provider to test (default: both, one after the other)",
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="number of concurrent lifecycles (default: %(default)s)"
    )
    parser.add_argument("--write", action="store_true", help="write the tables into docs/faults.md")
    options = parser.parse_args(arguments)
    options.front_end = options.front_end or [*LANGUAGES]
    return options


def _command(options: argparse.Namespace) -> str:
    """Return the command that reproduces the results."""
    front_end = ["--front-end", *options.front_end] if len(options.front_end) == 1 else []
    if not front_end and not options.only:
        return "make chaos"
    only = [shlex.quote(text) for text in options.only]
    return " ".join(["python tools/chaos/campaign.py", *front_end, *only])


def _run(options: argparse.Namespace, folder: Path) -> Campaign:
    campaign = Campaign()
    jobs: list[tuple[str, Callable[[Path], Any], Callable[[Any], None]]] = []
    for scenario in all_scenarios():
        campaign.rows.setdefault(scenario.fault, Row(scenario.fault, scenario.requests))
        jobs.append(
            (f"{scenario.fault}: {scenario.moment}", scenario.run, partial(_count, campaign, scenario))
        )
    for event in EVENTS:
        for when, observe in (("before up", before_up), ("before refresh", before_refresh)):
            jobs.append((f"between: {event.name}, {when}", partial(observe, event), campaign.seen.append))
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
    except Exception as error:  # noqa: BLE001 - the other jobs continue, and the campaign fails
        traceback.print_exc()
        # Only the first line: the results are committed, and a traceback has paths of this machine.
        reason = str(error).strip().partition("\n")[0]
        campaign.broken.append(f"{name} did not finish: {type(error).__name__}: {reason}")
    print(f"{time.monotonic() - began:5.0f} s  {name}", flush=True)


def _count(campaign: Campaign, scenario: Scenario, verdict: Verdict) -> None:
    row = campaign.rows[scenario.fault]
    row.moments.append(scenario.moment)
    row.verdict += verdict
    if not verdict.is_flawless(scenario.requests):
        print(f"FLAW: {scenario.fault}: {scenario.moment}: {verdict}", flush=True)


def _as_data(campaign: Campaign, command: str, minutes: float) -> dict[str, Any]:
    return {
        "command": command,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "minutes": round(minutes, 1),
        "versions": f"Pulumi SDK {version('pulumi')}, Python {platform.python_version()}, {platform.system()}",
        "rows": [asdict(row) for row in campaign.rows.values()],
        "between": [asdict(seen) for seen in campaign.seen],
        "too late": asdict(campaign.unpreventable),
        "broken": campaign.broken,
    }


def _tables(found: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the tables in Markdown, by the name of their place in the document.

    Args:
        found: The results of each front end.
    """
    return {
        "campaign": _campaign_table(found),
        "between": _between_table(next(iter(found.values()))["between"]),
        "too late": _too_late_table(found),
    }


def _campaign_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    summaries = []
    verdicts: dict[str, dict[str, Verdict]] = {}
    for front_end, each in found.items():
        counted = {row["fault"]: Verdict(**row["verdict"]) for row in each["rows"]}
        total = sum(counted.values(), Verdict())
        summaries.append(
            f"{LANGUAGES[front_end]} programs ({front_end} provider): `{each['command']}`, {each['date'][:10]}: {total.runs} "
            f"disturbed lifecycles in {each['minutes']:.0f} minutes, {total.tracebacks} tracebacks. {each['versions']}."
        )
        for fault, verdict in counted.items():
            verdicts.setdefault(fault, {})[front_end] = verdict
    head = (
        "fault",
        *(f"runs, {LANGUAGES[front_end]}" for front_end in found),
        *("requests per order", "lost", "duplicated", "wrong state", "leaked key"),
    )
    rows = [
        (
            fault,
            *(by_front_end[each].runs if each in by_front_end else "" for each in found),
            *_columns(sum(by_front_end.values(), Verdict()))[1:],
        )
        for fault, by_front_end in verdicts.items()
    ]
    return "\n\n".join([*summaries, table(head, rows)])


def _columns(verdict: Verdict) -> tuple[object, ...]:
    each = verdict.requests / verdict.runs if verdict.runs else 0
    return (verdict.runs, f"{each:g}", verdict.lost, verdict.duplicated, verdict.wrong, verdict.leaked)


def _between_table(seen: Iterable[Mapping[str, Any]]) -> str:
    head = ("between", "event", "what the user sees", "resulting state", "total requests")
    rows = [
        (
            row["between"],
            row["event"],
            "<br>".join(map(_code, row["lines"])) or "no line",
            row["state"],
            row["sent"],
        )
        for row in seen
    ]
    return table(head, rows)


def _code(line: str) -> str:
    """Format a line of output as code in a table cell."""
    fence = "``" if "`" in line else "`"
    pad = " " if "`" in line else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def _too_late_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    head = (
        "programs",
        "runs",
        "requests per order",
        "states without the first request, or users without a warning",
    )
    verdicts = {front_end: Verdict(**each["too late"]) for front_end, each in found.items()}
    rows = [
        (LANGUAGES[front_end], *_columns(verdict)[:2], verdict.wrong)
        for front_end, verdict in verdicts.items()
        if verdict.runs
    ]
    return table(head, rows)


def _write(found: Mapping[str, Mapping[str, Any]]) -> None:
    for name, text in _tables(found).items():
        replace_between(DOCUMENT, name, text)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
