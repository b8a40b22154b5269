"""Wait for any number of decisions with one poll."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.certcentral.paging import pages
from digicert_pulumi.revoking.requests import OPEN_STATUSES, is_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digicert_pulumi.certcentral import Client, ListedRequest, SubmittedRequest
    from digicert_pulumi.revoking.outcome import Outcome

POLL_SECONDS = 3.0
"""Seconds between two polls."""

SETTLE_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0)
"""Seconds before each read after an approval: "DigiCert revokes the certificate immediately" (CertCentral: "Approve or
reject a certificate revocation request")."""


class _Poll(NamedTuple):
    began: float
    ended: float
    open_requests: frozenset[int] = frozenset()
    failure: CertCentralError | None = None


class Waiting:
    """Polls the open requests to revoke of an account. One poll serves all waiting threads.

    Args:
        client: The CertCentral client.
        clock: Returns the time in seconds.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        client: Client,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._poll = _Poll(began=float("-inf"), ended=float("-inf"))

    def until_revoked(
        self, request: SubmittedRequest, seconds: float, look: Callable[[SubmittedRequest], Outcome]
    ) -> Outcome:
        """Wait for the decision on a request and, after an approval, until the target is read as revoked.

        Args:
            request: The request, as last read.
            seconds: The longest time to wait.
            look: Reads the outcome of the revocation.

        Returns:
            The last outcome: revoked, rejected, approved but not yet read as revoked, or undecided.

        Raises:
            CertCentralError: A read failed.
        """
        ends = self._clock() + seconds
        while True:
            self.until_decided(request.id, ends)
            outcome = look(request)
            request = outcome.request or request
            left = ends - self._clock()
            if not is_open(request) or left <= 0:
                break
            self._sleep(min(POLL_SECONDS, left))
        for pause in SETTLE_PAUSES if request.status == "approved" else ():
            if outcome.revoked or self._clock() + pause > ends:
                break
            self._sleep(pause)
            outcome = look(request)
        return outcome

    def until_decided(self, request_id: int, ends: float) -> None:
        """Wait until the request is decided on, or until the clock reaches `ends`.

        Raises:
            CertCentralError: The requests could not be read. All waiting threads get this error.
        """
        asked = self._clock()
        while True:
            poll = self._last_poll()
            if poll.failure and poll.ended >= asked:
                raise poll.failure
            if poll.began >= asked and request_id not in poll.open_requests:
                return
            now = self._clock()
            if now >= ends:
                return
            self._sleep(max(0.0, min(poll.ended + POLL_SECONDS, ends) - now))

    def _last_poll(self) -> _Poll:
        """Return the last poll. If the next one is due, one thread makes it for all."""
        with self._lock:
            if self._clock() >= self._poll.ended + POLL_SECONDS:
                self._poll = self._next_poll()
            return self._poll

    def _next_poll(self) -> _Poll:
        began = self._clock()
        try:
            found = self._open_requests()
        except CertCentralError as error:
            return _Poll(began, self._clock(), failure=error)
        return _Poll(began, self._clock(), found)

    def _open_requests(self) -> frozenset[int]:
        return frozenset(request.id for status in sorted(OPEN_STATUSES) for request in self._all(status))

    def _all(self, status: str) -> Iterator[ListedRequest]:
        for page in pages(lambda offset: self._client.list_requests("revoke", offset, status=status)):
            yield from page.requests
