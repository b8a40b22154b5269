"""Cancellation: whether the caller of a thread still wants its result.

Nothing here knows who that is; the front ends tell what Pulumi's engine wants.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST_NAP = 0.5
"""Seconds of sleep until a thread asks again whether its own call is still wanted."""


class _Call(threading.local):
    """The call that a thread works for."""

    @staticmethod
    def is_wanted() -> bool:
        return True


class Cancellation:
    """Tells the threads of a process whether their work is still wanted."""

    def __init__(self) -> None:
        self._all = threading.Event()
        self._call = _Call()

    def cancel(self) -> None:
        """End everything: nothing is wanted any more, now or later."""
        self._all.set()

    @contextmanager
    def working_for(self, is_wanted: Callable[[], bool]) -> Iterator[None]:
        """Have this thread work for a call.

        Args:
            is_wanted: Tells whether somebody still waits for the call's answer.
        """
        before = self._call.is_wanted
        self._call.is_wanted = is_wanted  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._call.is_wanted = before  # type: ignore[method-assign]

    def interrupted(self) -> bool:
        """Tell whether what this thread does is not wanted any more."""
        return self._all.is_set() or not self._call.is_wanted()

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds.

        Raises:
            Interrupted: What this thread does is not wanted any more.
        """
        ends = monotonic() + seconds
        while not self.interrupted():
            left = ends - monotonic()
            if left <= 0:
                return
            self._all.wait(min(left, _LONGEST_NAP))
        raise Interrupted("the operation was cancelled", remedy="Run it again.")


process = Cancellation()
"""What the threads of this process ask."""
