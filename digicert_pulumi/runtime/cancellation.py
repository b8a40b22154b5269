"""Cancellation: whether a thread's result is still needed.

This module doesn't know Pulumi's engine; the front ends pass its cancellations on.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHECK_SECONDS = 0.5
"""Seconds between a sleeping thread's checks whether its call was cancelled."""


class _Call(threading.local):
    """The call that a thread answers."""

    @staticmethod
    def is_wanted() -> bool:
        return True


class Cancellation:
    """Cancels the work of all threads, or of those that answer one call."""

    def __init__(self) -> None:
        self._all = threading.Event()
        self._call = _Call()

    def cancel(self) -> None:
        """Cancel all work, now and later."""
        self._all.set()

    @contextmanager
    def working_for(self, is_wanted: Callable[[], bool]) -> Iterator[None]:
        """Answer a call in this thread.

        Args:
            is_wanted: Returns whether the call's answer is still expected.
        """
        before = self._call.is_wanted
        self._call.is_wanted = is_wanted  # type: ignore[method-assign]
        try:
            yield
        finally:
            self._call.is_wanted = before  # type: ignore[method-assign]

    def interrupted(self) -> bool:
        """Return whether this thread's work was cancelled."""
        return self._all.is_set() or not self._call.is_wanted()

    def sleep(self, seconds: float) -> None:
        """Sleep for this many seconds.

        Raises:
            Interrupted: This thread's work was cancelled.
        """
        ends = monotonic() + seconds
        while not self.interrupted():
            left = ends - monotonic()
            if left <= 0:
                return
            self._all.wait(min(left, _CHECK_SECONDS))
        raise Interrupted("the operation was cancelled", remedy="Run it again.")


process = Cancellation()
"""The cancellation of this process."""
