"""Fuzz the provider with a server that answers anything, and check that the fuzzer detects every removed fix.

    python tools/chaos/answers.py              search for a plan that breaks a promise, and print the result
    python tools/chaos/answers.py --mends      remove one fix ("mend") after another, and print which ones are detected
    python tools/chaos/answers.py --write      also write the results into docs/faults.md

The server, the plans and the promises are in tests/arbitrary_answers. A fix is removed in a copy of the package. With
`--write`, each result is stored immediately in mends.json, the source of the table in docs/faults.md. A run starts with
the fixes that have no result or weren't detected, so an interrupted run can be resumed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from arbitrary_answers.mends import MENDS  # noqa: E402
from support.tree import copy_tree  # noqa: E402

from tools.markdown import replace_between, table  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arbitrary_answers.mends import Mend

DOCUMENT = ROOT / "docs" / "faults.md"
RESULTS = Path(__file__).with_name("mends.json")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the search.

    Returns:
        0 if the unchanged package breaks no promise; with `--mends`, 0 if every removed fix is detected.
    """
    options = _options(arguments)
    return _without_mends(options) if options.mends else _whole(options)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("only", nargs="*", help="run only fixes whose name contains one of these texts")
    parser.add_argument("--mends", action="store_true", help="remove one fix after another")
    parser.add_argument(
        "--lives", type=int, default=400, help="plans to run for each seed (default: %(default)s)"
    )
    parser.add_argument("--seeds", type=int, default=2, help="number of seeds (default: %(default)s)")
    parser.add_argument(
        "--workers", type=int, default=2, help="number of concurrent searches (default: %(default)s)"
    )
    parser.add_argument("--write", action="store_true", help="write the results into docs/faults.md")
    return parser.parse_args(arguments)


def _whole(options: argparse.Namespace) -> int:
    with ThreadPoolExecutor(options.workers) as pool:
        seeds = range(1, options.seeds + 1)
        found = list(pool.map(lambda seed: _hunt(ROOT, seed, options.lives), seeds))
    broken = [each for each in found if each["broken"]]
    for each in broken:
        print(json.dumps(each, indent=1))
    lives = sum(each["lives"] for each in found)
    minutes = sum(each["seconds"] for each in found) / 60
    line = (
        f"`make chaos`, {_today()}: {lives} lives of up to three orders from {len(seeds)} seeds, "
        f"{minutes:.0f} minutes: {len(broken) or 'none'} broke a promise."
    )
    print(line)
    if options.write:
        replace_between(DOCUMENT, "arbitrary answers", line)
    return 1 if broken else 0


def _without_mends(options: argparse.Namespace) -> int:
    known = json.loads(RESULTS.read_text())
    mends = [mend for mend in MENDS if not options.only or any(text in mend.name for text in options.only)]
    before = {name: (bool(each["promise"]), each["date"]) for name, each in known.items()}
    mends.sort(key=lambda mend: before.get(mend.name, (False, "")))
    writing = threading.Lock()

    def search(mend: Mend) -> bool:
        found = _without(mend, options)
        broken = found.pop("broken")
        print(f"{mend.name}: {found}\n    {(broken or ['not found'])[0]}", flush=True)
        if options.write:
            with writing:
                _keep(mend.name, found)
        return bool(broken)

    with ThreadPoolExecutor(options.workers) as pool:
        return 0 if all(list(pool.map(search, mends))) else 1


def _keep(name: str, found: dict[str, Any]) -> None:
    """Store the result of a fix with the results of the others, and write the table."""
    known = json.loads(RESULTS.read_text()) | {name: found}
    RESULTS.write_text(json.dumps({m.name: known[m.name] for m in MENDS if m.name in known}, indent=1) + "\n")
    replace_between(DOCUMENT, "mends", mends_table(known))


def _without(mend: Mend, options: argparse.Namespace) -> dict[str, Any]:
    """Search for a promise that the package breaks without a fix."""
    with tempfile.TemporaryDirectory(prefix="mends-") as folder:
        copy_tree(Path(folder))
        for edit in mend.without:
            file = Path(folder, edit.file)
            text = file.read_text()
            if text.count(edit.old) != 1:
                sys.exit(f"{mend.name}: {edit.file} does not contain {edit.old!r} exactly once")
            file.write_text(text.replace(edit.old, edit.new))
        seconds = lives = 0
        for seed in range(1, options.seeds + 1):
            found = _hunt(Path(folder), seed, options.lives)
            seconds, lives = seconds + found["seconds"], lives + found["lives"]
            if found["broken"]:
                break
        # If the unchanged package breaks the same promise, the removed fix isn't the cause.
        if found["broken"] and (broken := _run(ROOT, "--plan", found["plan"])["broken"]):
            sys.exit(f"with all its fixes, the package breaks a promise: {broken}\n    {found['plan']}")
        return {
            "promise": found["broken"][0].partition(":")[0] if found["broken"] else None,
            "date": _today(),
            "seed": found["seed"],
            "lives": lives,
            "seconds": round(seconds),
            "plan": found["plan"],
            "broken": found["broken"],
        }


def _hunt(folder: Path, seed: int, lives: int) -> dict[str, Any]:
    return _run(folder, "--seed", str(seed), "--lives", str(lives))


def _run(folder: Path, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.arbitrary_answers.hunt", *arguments]
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False, env=_environment()
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def mends_table(found: Mapping[str, dict[str, Any]]) -> str:
    """Return a table with the result of every removed fix."""
    note = (
        "`python tools/chaos/answers.py --mends --write`. A life is one plan, run to its end. Lives and seconds include those of\n"
        "seeds that found nothing. Seconds depend on the machine."
    )
    head = ("removed fix", "broken promise", "date", "seed", "lives until detection", "seconds")
    return f"{note}\n\n{table(head, (_row(mend, found.get(mend.name)) for mend in MENDS))}"


def _row(mend: Mend, found: dict[str, Any] | None) -> tuple[object, ...]:
    if found is None:
        return (mend.name, "not run yet", "", "", "", "")
    promise = f"*{found['promise']}*" if found["promise"] else "**not found**"
    seconds = "not measured" if found["seconds"] is None else found["seconds"]
    return (mend.name, promise, found["date"], found["seed"], found["lives"], seconds)


def _today() -> str:
    return f"{datetime.now(timezone.utc):%Y-%m-%d}"


if __name__ == "__main__":
    sys.exit(main())
