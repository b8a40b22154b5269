"""Send a PUT in its turn: right after the reads that it rests on, with no other call in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from digicert_pulumi.certcentral import CertCentralError, Fate
from digicert_pulumi.orders.lists import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client

_Answer = TypeVar("_Answer")


def send_in_turn(
    client: Client,
    *,
    look: Callable[[], float],
    put: Callable[[], _Answer],
    is_recent: Callable[[float], bool],
    moment: float = NEVER,
    calls: int = 1,
) -> _Answer:
    """Wait for the turn of a PUT, read again if what it rests on is stale, then send it.

    If DigiCert surely did not process the PUT, the next attempt waits for another turn and reads again.

    Args:
        client: The CertCentral client.
        look: Reads what the PUT rests on, and returns when that was asked for. It raises if nothing may be sent.
        put: Sends it.
        is_recent: Whether a PUT may rest on what was read at that time.
        moment: When it was last read; never, by default.
        calls: How many calls `look` makes.

    Returns:
        What `put` returns.

    Raises:
        Exception: What `look` or `put` raises. After an error of `look`, nothing is at DigiCert.
    """
    for attempt in client.attempts():
        with client.reserve(lambda: 1 if is_recent(moment) else 1 + calls) as extend:  # noqa: B023  # as it is then
            while not is_recent(moment):
                try:
                    moment = look()
                except CertCentralError as error:
                    error.fate = Fate.NOT_PROCESSED
                    raise
                if not extend():
                    break
            moment = NEVER
            with attempt:
                return put()
    raise AssertionError("the last attempt raises its error")
