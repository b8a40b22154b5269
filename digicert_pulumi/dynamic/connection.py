"""The way to DigiCert of one provider process: made at its first use, shared by the four threads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import stamina.instrumentation

from digicert_pulumi.certcentral import Client, InvalidApiKey
from digicert_pulumi.dynamic import tell
from digicert_pulumi.dynamic.settings import SettingsError, resolve
from digicert_pulumi.observation import observe
from digicert_pulumi.reading import Reader
from digicert_pulumi.revocation import Siblings, has_siblings
from digicert_pulumi.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Order, Request
    from digicert_pulumi.dynamic.settings import Settings
    from digicert_pulumi.revocation import Outcome


class Connection:
    """One account's client, and what is known through it.

    Every method raises SettingsError where the configuration cannot be used.

    Args:
        config: Gives the value of a key of the stack's configuration.
    """

    def __init__(self, config: Callable[[str], str | None]) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._parts: tuple[Client, Reader, Submission] | None = None

    @property
    def submission(self) -> Submission:
        """What submits revocations."""
        return self._connected()[2]

    def order(self, order_id: int) -> Order:
        """Read an order for a preview."""
        return self._connected()[1].order(order_id)

    def siblings(self, order: Order) -> Siblings:
        """Read an order's duplicates and reissues for a preview, where its requests tell of any."""
        client = self._connected()[0]
        return Siblings(
            duplicates=client.get_duplicates(order.id) if has_siblings(order, "duplicate") else (),
            reissues=client.get_reissues(order.id) if has_siblings(order, "reissue") else (),
        )

    def observe(self, order_id: int, known: Request | None) -> Outcome:
        """Read what became of a revocation."""
        client, reader, _ = self._connected()
        return observe(client, reader, tell.warning, order_id, known)

    def _connected(self) -> tuple[Client, Reader, Submission]:
        with self._lock:
            if self._parts is None:
                self._parts = _connect(resolve(self._config))
            return self._parts


def _connect(settings: Settings) -> tuple[Client, Reader, Submission]:
    # The client says itself when trying again takes long; stamina would log every attempt.
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        client = Client(
            settings.api_key,
            settings.base_url,
            report=tell.info,
            read_timeout=settings.request_timeout,
            retry_budget=settings.retry_timeout,
        )
    except InvalidApiKey as error:
        raise SettingsError(f"digicert:apiKey or DIGICERT_API_KEY: {error}") from None
    reader = Reader(client)
    return client, reader, Submission(client, reader, tell.warning, settle_seconds=settings.settle_timeout)
