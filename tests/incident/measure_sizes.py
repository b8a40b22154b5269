"""How long a stack of the incident example takes by its size, with and without a checkpoint after every step.

`python tests/incident/measure_sizes.py 50 100 200 400 800` prints a table: the first update, one that finds nothing to
do, the CPU that the first one took, and the largest of its processes. The sandbox has no limiter and answers at once,
and nothing is paced, so that all of it is the engine, the program and the provider. Above 1,000 orders there is only the
second kind: the first takes too long.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from support.engine import engine_bin, pulumi_env  # noqa: E402
from support.sandbox import Sandbox  # noqa: E402

from digicert_pulumi.incident import stacks  # noqa: E402
from digicert_pulumi.incident.record import Record  # noqa: E402

MOST_WITH_CHECKPOINTS = 1000
UNPACED = {"DIGICERT_REQUESTS_PER_MINUTE": "60000"}


def measure(folder: Path, size: int, *, checkpoints: bool) -> str:
    """Measure two updates of one stack and return a row of the table."""
    with Sandbox(folder, orders=size * 5 // 4 + 100) as sandbox:
        os.environ.update(
            pulumi_env(
                folder / "home",
                folder / "backend",
                DIGICERT_API_KEY=sandbox.user_key,
                DIGICERT_BASE_URL=sandbox.base_url,
                PULUMI_SKIP_CHECKPOINTS=str(not checkpoints).lower(),
                **UNPACED,
            )
        )
        orders = {
            order_id: {"order_id": order_id, "comments": "Key leaked, incident 42."}
            for order_id in sandbox.plain(size)
        }
        measured = stacks.Stacks(engine_bin(), folder / "orders", Record(folder / "events.jsonl"), print)
        measured.create("size-1-of-1")
        seconds = []
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(2):
            started = time.monotonic()
            ended = measured.up("size-1-of-1", orders, lambda _: None, lambda _: None)
            seconds.append(time.monotonic() - started)
            if len(seconds) == 1:
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
            assert ended.done == orders.keys()
    [state] = (folder / "backend").rglob("stacks/**/size-1-of-1.json")
    cells = [
        str(size),
        "at each step" if checkpoints else "at the end",
        f"{seconds[0]:.1f}",
        f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f}",
        f"{after.ru_maxrss / 1024:.0f}",
        f"{seconds[1]:.1f}",
        f"{state.stat().st_size / 1e6:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure the sizes that are given, each in a process of its own."""
    say(
        "| orders | state written | first `up`, s | CPU, s | largest process, MB | unchanged `up`, s | state, MB |"
    )
    say("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    for size in map(int, sys.argv[1:]):
        for checkpoints in (True, False):
            if checkpoints and size > MOST_WITH_CHECKPOINTS:
                continue
            with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1) as process:
                say(process.submit(measure, Path(folder), size, checkpoints=checkpoints).result())


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
