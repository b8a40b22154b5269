"""Looks for a plan that breaks a promise.

python -m tests.arbitrary_answers.hunt --seed 1 --lives 100
python -m tests.arbitrary_answers.hunt --plan 'Plan(...)'       play this one
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from arbitrary_answers import plan  # noqa: E402
from arbitrary_answers.draw import plans  # noqa: E402
from arbitrary_answers.judge import faults  # noqa: E402
from arbitrary_answers.life import Life  # noqa: E402
from arbitrary_answers.server import Server  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402

if TYPE_CHECKING:
    from arbitrary_answers.plan import Plan


class Ended(BaseException):
    """The hunt is over. No `Exception`, which hypothesis would try again."""


def play(drawn: Plan, server: Server) -> list[str]:
    """Play a plan; what does not hold."""
    life = Life(drawn, server)
    life.play()
    return faults(life)


def hunt(number: int, lives: int, promises: tuple[str, ...] = ()) -> dict[str, Any]:
    """Look for a plan that breaks a promise; what was found, and what it took.

    Args:
        number: The seed.
        lives: How many plans to play at most.
        promises: Which are looked at; all of them by default.
    """
    server, began = Server(), time.monotonic()
    result: dict[str, Any] = {"seed": number, "lives": 0, "plan": None, "broken": []}

    @seed(number)
    @settings(
        max_examples=10**6,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(plans())
    def search(drawn: Plan) -> None:
        if result["lives"] == lives:
            raise Ended
        result["lives"] += 1
        broken = [each for each in play(drawn, server) if each.startswith(promises or "")]
        if broken:
            result.update(plan=repr(drawn), broken=broken)
            raise Ended

    with contextlib.suppress(Ended):
        search()
    server.stop()
    return {**result, "seconds": round(time.monotonic() - began, 1)}


def main() -> int:
    """Hunt; 1 where something was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lives", type=int, default=100)
    parser.add_argument("--plan", help="a plan, as a hunt prints it")
    parser.add_argument("promises", nargs="*")
    options = parser.parse_args()
    if options.plan:
        server = Server()
        broken = play(eval(options.plan, vars(plan)), server)  # noqa: S307  # its own print
        server.stop()
        sys.stdout.write(json.dumps({"broken": broken}, indent=1) + "\n")
        return 1 if broken else 0
    found = hunt(options.seed, options.lives, tuple(options.promises))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
