"""The connection of one provider process to DigiCert: created at first use, shared by its threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from digicert_pulumi.orders.reader import FRESH_SECONDS, Reader
from digicert_pulumi.revoking.observation import observe
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.submission import Submission
from digicert_pulumi.revoking.waiting import Waiting
from digicert_pulumi.runtime import cancellation, messages
from digicert_pulumi.runtime.account import connect, order_locks
from digicert_pulumi.runtime.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, SubmittedRequest, User
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.runtime.settings import Settings

_lock = threading.Lock()


@dataclass(frozen=True)
class Connection:
    """One account's client, and what uses it.

    Attributes:
        client: The client.
        user: Returns the API key's user. It is read once.
        reader: Reads and caches orders.
        submission: Submits revocations.
        waiting: Waits for decisions.
    """

    client: Client
    user: Callable[[], User]
    reader: Reader
    submission: Submission
    waiting: Waiting

    def observe(
        self,
        spec: RevocationSpec,
        known: SubmittedRequest | None,
        *,
        now: bool = False,
        adopt: bool = False,
    ) -> Outcome:
        """Read the outcome of a revocation, as `revoking.observation.observe` does."""
        return observe(self.client, self.reader, messages.warning, spec, known, now=now, adopt=adopt)


def connection(config: Callable[[str], str | None], run: str | None = None) -> Connection:
    """Return the connection to the configured account. Every resource of the process shares it.

    Args:
        config: Returns the value of a key of the stack's configuration.
        run: The name of the run that this process and others belong to, so that none repeats a request of another; None if
            it belongs to none.

    Raises:
        SettingsError: The configuration is invalid.
    """
    with _lock:
        return _connect(resolve(config), run)


@cache
def _connect(settings: Settings, run: str | None) -> Connection:
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
    return Connection(client, user, reader, submission, Waiting(client, sleep=cancellation.process.sleep))


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
