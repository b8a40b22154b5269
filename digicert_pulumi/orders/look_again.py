"""Read an order again when its PUT's turn comes, if no read is recent enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import LastLook
from digicert_pulumi.orders.lists import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["LookAgain"]


class LookAgain(LastLook):
    """Looks where there is no reading or a stale one, or where an earlier attempt of the PUT was turned away.

    Args:
        read: Reads what the PUT rests on, and gives the moment; raises where the PUT must not be sent.
        is_recent: Tells whether a PUT may rest on what was read at that time.
        calls: How many calls a reading takes.
        moment: When it was last read; never, by default.
        leaves: Is called when the PUT leaves.

    Attributes:
        moment: When what the PUT rests on was read.
        left: Whether the PUT left since the last reading.
    """

    def __init__(
        self,
        read: Callable[[], float],
        is_recent: Callable[[float], bool],
        *,
        calls: int = 1,
        moment: float = NEVER,
        leaves: Callable[[], None] = lambda: None,
    ) -> None:
        self.moment = moment
        self.left = False
        self._read = read
        self._is_recent = is_recent
        self._calls = calls
        self._leaves = leaves

    def calls(self) -> int:
        """How many calls it takes to look; 0 where there is no need."""
        return self._calls if self.left or not self._is_recent(self.moment) else 0

    def look(self) -> None:
        """Read again where there is need."""
        if self.calls():
            self.moment = self._read()
            self.left = False

    def leaving(self) -> None:
        """Note that the PUT leaves."""
        self._leaves()
        self.left = True
