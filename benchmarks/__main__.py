"""Run the benchmarks, store the results as JSON, and write the plots and tables of the documentation."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks import counting, languages, overhead, page, simulation, startup  # noqa: E402  # the path comes first
from benchmarks.results import Results  # noqa: E402

PARTS = ("calls", "startup", "overhead", "incident", "growth")


def main() -> None:
    """Run the selected parts."""
    options = _options()
    only = options.only or PARTS
    results = Results(options.results, _command(options))
    for part in PARTS:
        if part in only:
            began = time.monotonic()
            print(f"{part} ...", end=" ", flush=True)
            globals()[f"_{part}"](results, options.size)
            print(f"{time.monotonic() - began:.0f} s", flush=True)
    page.draw(results)
    if options.page:
        page.write(results, options.page)
    if options.readme:
        page.summarize(results, options.readme)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--quick", dest="size", action="store_const", const="quick", help="run for at most a minute"
    )
    sizes.add_argument(
        "--tiny", dest="size", action="store_const", const="tiny", help="run for a few seconds"
    )
    parser.set_defaults(size="full")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="part to run; can be repeated (default: all)"
    )
    parser.add_argument("--results", type=Path, help="folder for the results")
    parser.add_argument("--page", type=Path, help="page whose tables to update")
    parser.add_argument("--readme", type=Path, help="page whose summary to update")
    options = parser.parse_args()
    if options.results is None:
        if options.size != "full":
            parser.error("the repository stores full results only; set --results to another folder")
        options.results = ROOT / "benchmarks" / "results"
        options.page = options.page or ROOT / "docs" / "benchmarks.md"
        options.readme = options.readme or ROOT / "README.md"
    return options


def _command(options: argparse.Namespace) -> str:
    """Return the command that reproduces the results."""
    size = [] if options.size == "full" else [f"--{options.size}"]
    only = [word for part in options.only or [] for word in ("--only", part)]
    return " ".join(["python -m benchmarks", *size, *only])


def _calls(results: Results, size: str) -> None:
    accounts, numbers = {
        "full": ((1000, 20_000, 200_000), (1, 10, 100, 1000)),
        "quick": ((1000,), (1, 10, 100)),
        "tiny": ((200,), (1, 5)),
    }[size]
    rows: list[dict[str, Any]] = []
    for row in counting.measure(accounts, numbers, with_certmesh=size == "full"):
        rows.append(row)
        results.write("calls", counting.CONDITIONS, rows)


def _startup(results: Results, size: str) -> None:
    starts, commands = {"full": (30, 12), "quick": (5, 1), "tiny": (1, 1)}[size]
    results.write("startup", startup.CONDITIONS, startup.measure(starts))
    results.write("languages", languages.CONDITIONS, languages.measure(commands))


def _overhead(results: Results, size: str) -> None:
    if size == "tiny":
        return
    stacks = [(10, 1, True)] if size == "quick" else [(100, 5, True), (1000, 1, True), (1000, 1, False)]
    done: list[dict[str, Any]] = []
    for number, rounds, checkpoints in stacks:
        rows: list[dict[str, Any]] = []
        for rows in overhead.measure(number, rounds, checkpoints=checkpoints):
            results.write("overhead", overhead.CONDITIONS, done + rows)
        done += rows


def _incident(results: Results, size: str) -> None:
    account, orders, stack = {
        "full": (100_000, 83_267, 7500),
        "quick": (3000, 2000, 500),
        "tiny": (400, 200, 100),
    }[size]
    rows: list[dict[str, Any]] = []
    for limit in (simulation.STRICTER, simulation.NEWER):
        rows.append(simulation.ideal("requests loop", 3, orders, limit))
        rows.append(simulation.ideal("certmesh", 3, orders, limit))
        rows.append(simulation.ideal("four calls an order", 4, orders, limit))
        for size_of_stacks in (None, stack):
            rows.append(simulation.run(account, orders, limit, stack=size_of_stacks))
            results.write("incident", simulation.CONDITIONS, rows)


def _growth(results: Results, size: str) -> None:
    accounts, numbers = {
        "full": ((1000, 20_000, 200_000), (1, 10, 100, 1000, 10_000)),
        "quick": ((1000, 20_000), (1, 10, 100, 1000)),
        "tiny": ((200,), (1, 10)),
    }[size]
    rows = [
        simulation.run(account, number, simulation.STRICTER)
        for account in accounts
        for number in numbers
        if number <= account
    ]
    results.write("growth", simulation.CONDITIONS, rows)


main()
