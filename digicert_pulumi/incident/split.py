"""Split the orders of an incident over stacks.

An order's stack follows from its id and from the number of stacks alone, and that number stands in the names of the
stacks: it is fixed when the first one is made. So no order ever moves to another stack, whatever rows are added or
sorted, and every machine that knows the backend comes to the same split.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class MixedSplitError(Exception):
    """The backend holds stacks of one name from several splits."""


@dataclass(frozen=True)
class Split:
    """A run and the number of its stacks.

    Attributes:
        run: The name of the run.
        count: The number of its stacks.
    """

    run: str
    count: int

    def stack_of(self, order_id: int) -> str:
        """Return the name of the stack that declares an order."""
        digest = hashlib.sha256(str(order_id).encode()).digest()
        return self.name(int.from_bytes(digest[:8], "big") % self.count + 1)

    def name(self, number: int) -> str:
        """Return the name of the stack with a number, of which the first is 1."""
        width = len(str(self.count))
        return f"{self.run}-{number:0{width}d}-of-{self.count}"

    def names(self) -> list[str]:
        """Return the names of all the stacks."""
        return [self.name(number) for number in range(1, self.count + 1)]


def split(run: str, orders: int, size: int, existing: Iterable[str], *, machines: int = 1) -> Split:
    """Return the split of a run: the one that its stacks were made with, or else a new one.

    Args:
        run: The name of the run.
        orders: How many orders there are.
        size: How many of them one stack of a new split is to hold, about.
        existing: The names of the stacks in the backend.
        machines: How many machines work on them; several have two stacks each at least, so that none waits for long.

    Raises:
        MixedSplitError: The backend holds stacks of several splits.
    """
    pattern = re.compile(rf"{re.escape(run)}-\d+-of-(\d+)")
    counts = sorted({int(match[1]) for name in existing if (match := pattern.fullmatch(name))})
    if len(counts) > 1:
        raise MixedSplitError(
            f"the backend holds stacks of {run!r} that were split into {' and into '.join(map(str, counts))}: "
            "several machines made the first stack at once; start again on one of them, and on the others when it has "
            "made its first stack; where that does not help, remove the stacks that are not meant"
        )
    least = 1 if machines == 1 else 2 * machines
    return Split(run, counts[0] if counts else max(least, -(-orders // size)))
