"""Split the orders of an incident across stacks.

An order's stack depends only on its id and the number of stacks. That number is part of the stacks' names, so it is fixed
when the first stack is created. So no order ever moves to another stack when rows are added or sorted, and every machine
that reads the backend computes the same split.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class MixedSplitError(Exception):
    """The backend holds stacks of several splits of the same run."""


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
        """Return the name of the stack with a number. The first stack has number 1."""
        width = len(str(self.count))
        return f"{self.run}-{number:0{width}d}-of-{self.count}"

    def names(self) -> list[str]:
        """Return the names of all the stacks."""
        return [self.name(number) for number in range(1, self.count + 1)]


def split(run: str, orders: int, size: int, existing: Iterable[str], *, machines: int = 1) -> Split:
    """Return the split of a run: that of its existing stacks, or a new one.

    Args:
        run: The name of the run.
        orders: The number of orders.
        size: The approximate number of orders in each stack of a new split.
        existing: The names of the stacks in the backend.
        machines: The number of machines. Several machines get at least two stacks each, so that none waits for long.

    Raises:
        MixedSplitError: The backend holds stacks of several splits.
    """
    pattern = re.compile(rf"{re.escape(run)}-\d+-of-(\d+)")
    counts = sorted({int(match[1]) for name in existing if (match := pattern.fullmatch(name))})
    if len(counts) > 1:
        raise MixedSplitError(
            f"the backend holds several splits of {run!r} (into {' and into '.join(map(str, counts))} stacks): "
            "several machines created the first stack at the same time; start the run on one machine, and on the others "
            "after it has created its first stack; if that does not help, remove the stacks of one split"
        )
    least = 1 if machines == 1 else 2 * machines
    return Split(run, counts[0] if counts else max(least, -(-orders // size)))
