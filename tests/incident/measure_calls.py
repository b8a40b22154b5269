"""What an incident costs whose rows are serial numbers, and its approval: `python tests/incident/measure_calls.py`.

1,000 serial numbers in an account of 20,000 orders, on the real engine; then an administrator approves, killed ten times on the way.
The sandbox has no limiter and nothing is paced, because only calls count.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from incident.machine import Machine  # noqa: E402
from support.processes import wait_until  # noqa: E402
from support.sandbox import Sandbox  # noqa: E402

ACCOUNT, NUMBERS, KILLS = 20_000, 1000, 10


def main(folder: Path) -> None:
    """Print a row for each command."""
    (folder / "backend").mkdir()
    unpaced = {"DIGICERT_REQUESTS_PER_MINUTE": "60000", "DIGICERT_SETTLE_TIMEOUT": "0.2"}
    with (
        Sandbox(folder, orders=ACCOUNT) as sandbox,
        Machine(
            folder / "machine", sandbox, (folder / "backend").as_uri(), seconds=3600, **unpaced
        ) as machine,
    ):
        orders = sandbox.plain(NUMBERS * 10)[::10]
        with machine.csv.open("w", newline="", encoding="utf-8") as file:
            rows = [[sandbox.order(order)["certificate"]["serial_number"], "Leaked."] for order in orders]
            csv.writer(file).writerows([["serial_number", "comments"], *rows])
        say = sys.stdout.write
        say("| command | calls | GET | PUT | requests, decisions |\n| --- | ---: | ---: | ---: | ---: |\n")
        told = len(sandbox.access_log())

        def tell(command: str, done: int, then: str = "") -> None:
            nonlocal told
            log = sandbox.access_log()
            by = Counter(call["method"] for call in log[told:])
            say(f"| `{command}`{then} | {by.total():,} | {by['GET']:,} | {by['PUT']:,} | {done:,} |\n")
            told = len(log)

        assert machine.run("run", "--yes").code == 0
        requests = [sandbox.revoke_requests(order) for order in orders]
        assert {len(each) for each in requests} == {1}
        tell("incident run", len(requests))

        machine.environment["DIGICERT_API_KEY"] = sandbox.admin_key
        chance = random.Random(42)  # noqa: S311 - when to kill is no secret
        for kill in range(KILLS):
            process = machine.start("approve", "--yes")
            machine.wait_for_puts(NUMBERS + kill * NUMBERS // (KILLS + 1) + chance.randrange(1, 80))
            time.sleep(chance.random() * 0.05)
            assert process.poll() is None
            machine.kill(process)
        assert machine.run("approve", "--yes").code == 0
        wait_until(lambda: all(sandbox.order(order)["status"] == "revoked" for order in orders))
        puts = Counter(call["path"] for call in sandbox.writes() if call["path"].endswith("/status"))
        assert set(puts.values()) == {1}
        tell("incident approve", len(puts), f", killed {KILLS} times")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(Path(name))
