"""Time whole commands on a stack of one resource, in Python and in YAML."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from support.sandbox import Sandbox

from benchmarks.stack import Stack

CONDITIONS = (
    "The real Pulumi CLI on a file backend runs a Python program with the dynamic provider and a YAML program with the native one, in "
    "turn. Each declares one OrderRevocation. The sandbox runs on the same machine, without rate limit and latency. The machine had "
    "other load as well, so compare the ratios."
)
OPERATIONS = ("preview", "unchanged_preview", "unchanged_up", "refresh")
"""The timed operations. The first preview is of a new revocation; the others run after its `pulumi up`."""

_PYTHON = """
import digicert_pulumi as digicert

digicert.OrderRevocation("leaked", order_id={order}, comments="Measured.")
"""

_YAML = """
resources:
  leaked:
    type: digicert:OrderRevocation
    properties:
      orderId: {order}
      comments: Measured.
"""


def measure(rounds: int) -> list[dict[str, Any]]:
    """Time each operation in both languages, once for each round."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Sandbox(folder, orders=20) as sandbox:
            one, other = sandbox.plain(2)
            in_python, in_yaml = Stack(folder / "python", sandbox), Stack(folder / "yaml", sandbox)
            in_python.write(_PYTHON.format(order=one))
            in_yaml.write_yaml(_YAML.format(order=other))
            stacks = {"Python, dynamic provider": in_python, "YAML, native provider": in_yaml}
            found: dict[str, dict[str, Any]] = {language: {"rounds": rounds} for language in stacks}
            for operation in OPERATIONS:
                for language, seconds in _interleaved(stacks, operation, rounds).items():
                    found[language][operation] = {
                        "median": round(median(seconds), 3),
                        "least": round(min(seconds), 3),
                    }
                if operation == "preview":
                    for stack in stacks.values():
                        stack.seconds("up")
    return [{"solution": language, **measured} for language, measured in found.items()]


def _interleaved(stacks: dict[str, Stack], operation: str, rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {language: [] for language in stacks}
    for round_ in range(rounds + 1):
        for language, stack in stacks.items():
            seconds = stack.seconds(operation)
            if round_:  # skip the first round, which writes Python's caches
                found[language].append(seconds)
    return found
