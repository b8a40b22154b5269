"""Send a PUT in its turn at the rate limiter: right after the read that allows it, with no other call in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from digicert_pulumi.certcentral import CertCentralError, Fate
from digicert_pulumi.orders.lists import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client

_Answer = TypeVar("_Answer")


class PutFailedError(Exception):
    """A PUT failed.

    Attributes:
        error: Its error.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


def send_in_turn(
    client: Client,
    *,
    look: Callable[[], float],
    put: Callable[[], _Answer],
    is_recent: Callable[[float], bool],
    moment: float = NEVER,
    calls: int = 1,
) -> _Answer:
    """Wait for the turn of a PUT, read again if the last read is stale, then send the PUT.

    If DigiCert surely did not process the PUT, the next attempt waits for another turn and reads again.

    Args:
        client: The CertCentral client.
        look: Reads what is needed before the PUT, and returns the time of the read. Raises if the PUT must not be sent.
        put: Sends the PUT.
        is_recent: Whether a read at that time is recent enough for a PUT.
        moment: The time of the last read; never, by default.
        calls: The number of calls that `look` makes.

    Returns:
        The result of `put`.

    Raises:
        PutFailedError: The last PUT failed.
        Exception: The error of `look`, or of the wait for the turn. DigiCert has processed no PUT.
    """
    failure: Exception | None = None
    try:
        for attempt in client.attempts():
            with client.reserve(lambda: 1 if is_recent(moment) else 1 + calls) as extend:  # noqa: B023  # uses the value at the time of the call
                while not is_recent(moment):
                    moment = look()
                    if not extend():
                        break
                moment = NEVER
                with attempt:
                    try:
                        return put()
                    except Exception as error:
                        failure = error
                        raise
    except Exception as error:
        if error is failure:
            raise PutFailedError(error) from None
        if isinstance(error, CertCentralError):
            error.fate = Fate.NOT_PROCESSED
        raise
    raise AssertionError("the last attempt raises its error")
