"""The connection of one provider process to DigiCert: created at first use, shared by its threads."""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from digicert_pulumi.orders.certificates import locate, siblings
from digicert_pulumi.orders.reader import FRESH_SECONDS, Reader
from digicert_pulumi.revoking.approval import approve_once
from digicert_pulumi.revoking.observation import observe, seen_on
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.submission import Submission
from digicert_pulumi.revoking.waiting import Waiting
from digicert_pulumi.runtime import cancellation, messages
from digicert_pulumi.runtime.account import connect, order_locks
from digicert_pulumi.runtime.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order, Request, SubmittedRequest, User
    from digicert_pulumi.orders.certificates import Located, Siblings
    from digicert_pulumi.revoking.approval import Approval
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.target import Target
    from digicert_pulumi.runtime.settings import Settings

_lock = threading.Lock()

_SETTLE_PAUSES = (1.0, 2.0)
"""Seconds before each further read of an order after an approval: DigiCert revokes at once, but a read can be stale."""


class _Parts(NamedTuple):
    client: Client
    user: Callable[[], User]
    reader: Reader
    submission: Submission
    waiting: Waiting


class Connection:
    """One account's client and cached reads.

    Every method raises SettingsError if the configuration is invalid.

    Args:
        config: Returns the value of a key of the stack's configuration.
        run: The name of the run that this process and others belong to, so that none repeats a request of another; None if
            it belongs to none.
    """

    def __init__(self, config: Callable[[str], str | None], run: str | None = None) -> None:
        self._config = config
        self._run = run
        self._parts: _Parts | None = None

    @property
    def client(self) -> Client:
        """The client."""
        return self._connected().client

    @property
    def submission(self) -> Submission:
        """The part that submits revocations."""
        return self._connected().submission

    def order(self, order_id: int) -> Order:
        """Read an order for a preview."""
        return self._connected().reader.order_to_show(order_id)

    def with_comments(self, order: Order) -> Order:
        """Read the comments that the rules need and the order doesn't show."""
        return self._connected().reader.with_comments(order)

    def siblings(self, order: Order) -> Siblings:
        """Read an order's duplicates and reissues for a preview."""
        return siblings(self._connected().client, order)

    def locate(
        self, *, order_id: int | None, certificate_id: int | None, serial_number: str | None
    ) -> Located:
        """Find a certificate and its order."""
        return locate(
            self._connected().client,
            order_id=order_id,
            certificate_id=certificate_id,
            serial_number=serial_number,
        )

    def observe(
        self, spec: RevocationSpec, known: SubmittedRequest | None, *, adopt: bool = False
    ) -> Outcome:
        """Read the outcome of a revocation; with `adopt`, that of a revocation without a known request."""
        return _observe(self._connected(), spec, known, now=False, adopt=adopt)

    def adopt(self, target: Target) -> Outcome:
        """Return the outcome of a revocation without a known request, from a target that was read."""
        return seen_on(target, self._connected().reader, messages.warning, None, adopt=True)

    def user(self) -> User:
        """Return the API key's user."""
        return self._connected().user()

    def request(self, request_id: int) -> Request:
        """Read a request."""
        return self._connected().client.get_request(request_id)

    def order_of(self, request: Request) -> Order | None:
        """Read the order of a request, because the request's copy can be stale; None if DigiCert doesn't name it."""
        return self._connected().reader.order(request.order.id) if request.order else None

    def order_after(self, request: Request) -> Order | None:
        """Read the order of a decided request; after an approval, again until it is revoked, for three seconds."""
        order = self.order_of(request)
        for pause in _SETTLE_PAUSES if request.status == "approved" else ():
            if order is None or order.status == "revoked":
                break
            cancellation.process.sleep(pause)
            order = self.order_of(request)
        return order

    def decide(self, approval: Approval) -> Request:
        """Decide on a request, unless it is already decided as declared."""
        parts = self._connected()
        return approve_once(
            parts.client,
            approval,
            parts.user(),
            is_recent=parts.reader.is_recent,
            now=parts.reader.now,
            sleep=cancellation.process.sleep,
        )

    def wait(self, spec: RevocationSpec, request: SubmittedRequest, seconds: float) -> Outcome:
        """Wait for the decision on a request, and for the revocation that follows an approval."""
        parts = self._connected()
        return parts.waiting.until_revoked(
            request, seconds, lambda known: _observe(parts, spec, known, now=True)
        )

    def _connected(self) -> _Parts:
        with _lock:
            if self._parts is None:
                self._parts = _connect(resolve(self._config), self._run)
            return self._parts


def _observe(
    parts: _Parts, spec: RevocationSpec, known: SubmittedRequest | None, *, now: bool, adopt: bool = False
) -> Outcome:
    return observe(parts.client, parts.reader, messages.warning, spec, known, now=now, adopt=adopt)


@cache
def _connect(settings: Settings, run: str | None) -> _Parts:
    """Connect once; all kinds of resources share the connection."""
    client = connect(settings, messages.info)
    reader = Reader(
        client,
        messages.warning,
        unclear=undecidable_requests,
        # At a very slow pace, a read would be stale before the PUT that it is for may leave.
        fresh_seconds=max(FRESH_SECONDS, 10 * settings.pace.interval),
        batch=settings.batch_reads,
    )
    user = _once(client.get_user)
    submission = Submission(
        client,
        reader,
        messages.warning_once,
        user=user,
        settle_seconds=settings.settle_timeout,
        locks=order_locks(settings.base_url, run),
        sleep=cancellation.process.sleep,
    )
    return _Parts(client, user, reader, submission, Waiting(client, sleep=cancellation.process.sleep))


def _once(read: Callable[[], User]) -> Callable[[], User]:
    """Return a function that reads the user once; again only if that failed."""
    lock = threading.Lock()
    known: list[User] = []

    def user() -> User:
        with lock:
            if not known:
                known.append(read())
            return known[0]

    return user
