"""Time Pulumi's operations with this package and with an empty dynamic provider."""

from __future__ import annotations

import tempfile
from inspect import get_annotations
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from support.sandbox import Sandbox

from benchmarks import empty
from benchmarks.stack import Stack
from digicert_pulumi import OrderRevocation

if TYPE_CHECKING:
    from collections.abc import Iterator

CONDITIONS = (
    "The real Pulumi CLI on a file backend runs this package and the empty provider in turn. The empty provider has the same "
    "type and properties, and stores outputs of the same shape. The sandbox runs on the same machine, without rate limit and "
    "latency. digicert:requestsPerMinute is so high that no call waits. With several rounds, the figures are medians."
)
OPERATIONS = ("preview", "up", "unchanged_up", "refresh", "destroy")

_OURS = """
import digicert_pulumi as digicert

for order in {orders}:
    digicert.OrderRevocation(f"order-{{order}}", order_id=order, comments="Measured.", revocation_reason="superseded")
"""

_THEIRS = """
from empty import Empty

for order in {orders}:
    Empty(f"order-{{order}}", orderId=order, comments="Measured.", revocationReason="superseded")
"""


def measure(number: int, rounds: int, *, checkpoints: bool = True) -> Iterator[list[dict[str, Any]]]:
    """Time the operations, and yield the results after each round.

    Args:
        number: The number of resources in a stack.
        rounds: The number of rounds, each with new stacks and orders.
        checkpoints: Whether the engine writes the state after each step, which is its default.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Sandbox(folder, orders=2 * number * (rounds + 1)) as sandbox:
            shape = _shape(folder / "shape", sandbox)
            found: dict[str, list[dict[str, Any]]] = {"digicert_pulumi": [], "empty provider": []}
            for round_ in range(1, rounds + 1):
                orders = sandbox.plain(number)
                ours = Stack(folder / f"ours-{round_}", sandbox, checkpoints=checkpoints)
                ours.write(_OURS.format(orders=orders))
                theirs = Stack(folder / f"empty-{round_}", sandbox, checkpoints=checkpoints)
                theirs.write(_THEIRS.format(orders=orders), shape)
                both = {"digicert_pulumi": ours, "empty provider": theirs}
                for solution, seconds in _interleaved(both, number).items():
                    found[solution].append(seconds)
                yield [
                    {"solution": solution, "resources": number, "rounds": round_, "checkpoints": checkpoints}
                    | {name: round(median(each[name] for each in measured), 3) for name in measured[0]}
                    for solution, measured in found.items()
                ]


def _interleaved(stacks: dict[str, Stack], number: int) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {solution: {} for solution in stacks}
    for operation in OPERATIONS:
        for solution, stack in stacks.items():
            found[solution][operation] = stack.seconds(operation)
            if operation == "up":
                found[solution]["state_bytes_per_resource"] = stack.state_bytes() / number
    return found


def _shape(folder: Path, sandbox: Sandbox) -> str:
    """Revoke one order, and return the module of an empty provider that stores a state of the same shape."""
    stack = Stack(folder, sandbox)
    stack.write(_OURS.format(orders=sandbox.plain(1)))
    stack.seconds("up")
    [resource] = [each for each in stack.resources() if each["type"].endswith(":OrderRevocation")]
    inputs, outputs = resource["inputs"], resource["outputs"]
    others = {name: value for name, value in outputs.items() if name not in inputs}
    properties = [_camel_case(field) for field in get_annotations(OrderRevocation)]
    return empty.module(inputs["order"], others, properties)


def _camel_case(field: str) -> str:
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)
