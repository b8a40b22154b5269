"""The client of the account in the settings."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digicert_pulumi.certcentral import Client, Ledger, Pacer
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.runtime import cache_folder, cancellation, events, log, messages, sending

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.runtime.settings import Settings


_pacers: dict[tuple[str, str], Pacer] = {}
_lock = threading.Lock()


_ANSWER_SECONDS = 60.0
"""The timeout of a whole answer: at least this many seconds, and at least twice `request_timeout`."""


def connect(settings: Settings, report: Callable[[str], None]) -> Client:
    """Create the client, which respects DigiCert's rate limit. Sends nothing.

    Args:
        settings: The account's settings.
        report: Receives notices for the user, one line each.
    """
    # Imported late: most processes make no call and don't need it.
    import stamina.instrumentation  # noqa: PLC0415

    log.start()
    # The client reports long retries itself; stamina would log every attempt.
    stamina.instrumentation.set_on_retry_hooks(())
    return Client(
        settings.api_key,
        settings.base_url,
        pacer=_pacer(settings, report),
        report=report,
        note=events.call,
        may_send=sending.is_permitted,
        read_timeout=settings.request_timeout,
        answer_timeout=max(_ANSWER_SECONDS, 2 * settings.request_timeout),
        retry_budget=settings.retry_timeout,
    )


def _pacer(settings: Settings, report: Callable[[str], None]) -> Pacer:
    """Return the process's only pacer for this key: the rate limit counts for the key's user."""
    with _lock:
        place = settings.api_key, settings.base_url
        if place not in _pacers:
            # The file's name doesn't reveal the key.
            ledger = Ledger(
                cache_folder.folder() / "calls" / f"{_name_of(*place)}.json", messages.warning_once
            )
            interrupted = cancellation.process.interrupted
            _pacers[place] = Pacer(settings.pace, report=report, others=ledger, interrupted=interrupted)
        return _pacers[place]


@cache
def order_locks(base_url: str, run: str | None = None) -> OrderLocks:
    """Return the locks of the orders. All processes of this machine share them, whichever key they use.

    Args:
        base_url: The URL of the Services API.
        run: The name of the run that this process and others belong to; None if it belongs to none.
    """
    folder = cache_folder.folder() / "orders" / folder_name(base_url)
    return OrderLocks(folder, messages.warning, cancellation.process.interrupted, run)


def folder_name(base_url: str) -> str:
    """Return the name of the folder with the order locks of a CertCentral instance."""
    return _name_of(_normalized(base_url))


def _normalized(url: str) -> str:
    """Return the normal form of a base URL, in which equivalent URLs are equal."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    path = "/".join(part for part in parts.path.split("/") if part)
    return f"{parts.scheme}://{'127.0.0.1' if host == 'localhost' else host}:{parts.port or ''}/{path}"


def _name_of(*place: str) -> str:
    return hashlib.sha256("\n".join(place).encode()).hexdigest()[:16]
