"""Hold calls until the operator releases them."""

import asyncio
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from certcentral_sandbox.account.clock import now, timestamp


@dataclass(frozen=True)
class Held:
    """A held call.

    Attributes:
        when: Whether it is held `before` or `after` processing.
    """

    id: int
    method: str
    path: str
    endpoint: str | None
    when: str
    since: str


class Holds:
    """The currently held calls."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._held: dict[int, tuple[Held, asyncio.Event]] = {}

    def add(self, method: str, path: str, endpoint: str | None, when: str) -> asyncio.Event:
        """Hold a call. Return an event that is set when the call is released."""
        held = Held(next(self._ids), method, path, endpoint, when, timestamp(now()))
        released = asyncio.Event()
        self._held[held.id] = (held, released)
        return released

    def list(self) -> list[dict[str, Any]]:
        """Return the held calls, oldest first."""
        return [asdict(held) for held, _ in self._held.values()]

    def release(self, hold_id: int | None = None) -> bool:
        """Release one call, or all of them. Return whether a call was released."""
        ids = [hold_id] if hold_id is not None else list(self._held)
        released = [self._held.pop(key)[1] for key in ids if key in self._held]
        for event in released:
            event.set()
        return bool(released)
