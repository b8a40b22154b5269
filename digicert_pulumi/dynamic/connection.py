"""The way to DigiCert of one provider process: made at its first use, shared by the four threads."""

from __future__ import annotations

import threading
import time
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from digicert_pulumi.certificates import locate, siblings
from digicert_pulumi.decision import decide_once
from digicert_pulumi.dynamic import tell
from digicert_pulumi.dynamic.account import connect
from digicert_pulumi.dynamic.settings import resolve
from digicert_pulumi.observation import observe
from digicert_pulumi.reading import FRESH_SECONDS, Reader
from digicert_pulumi.submission import Submission
from digicert_pulumi.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order, Request, User
    from digicert_pulumi.certificates import Located
    from digicert_pulumi.decision import Verdict
    from digicert_pulumi.dynamic.settings import Settings
    from digicert_pulumi.revocation import Outcome, Siblings, Wish

_lock = threading.Lock()


class _Parts(NamedTuple):
    client: Client
    reader: Reader
    submission: Submission
    waiting: Waiting


class Connection:
    """One account's client, and what is known through it.

    Every method raises SettingsError where the configuration cannot be used.

    Args:
        config: Gives the value of a key of the stack's configuration.
    """

    def __init__(self, config: Callable[[str], str | None]) -> None:
        self._config = config
        self._parts: _Parts | None = None

    @property
    def submission(self) -> Submission:
        """What submits revocations."""
        return self._connected().submission

    def order(self, order_id: int) -> Order:
        """Read an order for a preview."""
        return self._connected().reader.order_to_show(order_id)

    def siblings(self, order: Order) -> Siblings:
        """Read an order's duplicates and reissues for a preview."""
        return siblings(self._connected().client, order)

    def locate(
        self, *, order_id: int | None, certificate_id: int | None, serial_number: str | None
    ) -> Located:
        """Find a certificate with its order."""
        return locate(
            self._connected().client,
            order_id=order_id,
            certificate_id=certificate_id,
            serial_number=serial_number,
        )

    def observe(self, wish: Wish, known: Request | None) -> Outcome:
        """Read what became of a revocation."""
        return _observe(self._connected(), wish, known, now=False)

    def user(self) -> User:
        """Read the user whom the key acts for."""
        return self._connected().client.get_user()

    def request(self, request_id: int) -> tuple[Request, Order | None]:
        """Read a request, and the order that it is about where DigiCert tells it."""
        parts = self._connected()
        request = parts.client.get_request(request_id)
        # A request's own copy of its order can be stale.
        return request, parts.reader.order(request.order.id) if request.order else None

    def decide(self, verdict: Verdict) -> tuple[Request, Order | None]:
        """Decide on a request, unless it is decided so already."""
        decide_once(self._connected().client, verdict)
        return self.request(verdict.request_id)

    def wait(self, wish: Wish, request: Request, seconds: float) -> Outcome:
        """Wait for the decision on a request, and for the revocation that follows an approval."""
        parts = self._connected()
        ends = time.monotonic() + seconds
        while True:
            parts.waiting.until_decided(request.id, ends)
            outcome = _observe(parts, wish, request, now=True)
            rejected = outcome.request is not None and outcome.request.status == "rejected"
            if outcome.revoked or rejected or time.monotonic() >= ends:
                return outcome
            time.sleep(1)

    def _connected(self) -> _Parts:
        with _lock:
            if self._parts is None:
                self._parts = _connect(resolve(self._config))
            return self._parts


def _observe(parts: _Parts, wish: Wish, known: Request | None, *, now: bool) -> Outcome:
    return observe(parts.client, parts.reader, tell.warning, wish, known, now=now)


@cache
def _connect(settings: Settings) -> _Parts:
    """Connect, once for all the kinds of resources of the process."""
    client = connect(settings, tell.info)
    reader = Reader(
        client,
        tell.warning,
        # At a very slow pace a reading is old before what it was read for has its turn.
        fresh_seconds=max(FRESH_SECONDS, 10 * settings.pace.interval),
        batch=settings.batch_reads,
    )
    submission = Submission(client, reader, tell.warning, settle_seconds=settings.settle_timeout)
    return _Parts(client, reader, submission, Waiting(client))
