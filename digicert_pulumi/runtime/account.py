"""The client of the account that the settings name."""

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
"""How long a whole answer may take, unless a single byte may take half as long."""


def connect(settings: Settings, report: Callable[[str], None]) -> Client:
    """Make the client, which keeps within DigiCert's rate limit. Nothing is sent.

    Args:
        settings: The account's settings.
        report: Is given one line where the user has something to know.
    """
    # Not at the top: a process that is asked for nothing new need not load it.
    import stamina.instrumentation  # noqa: PLC0415

    log.start()
    # The client says itself when trying again takes long; stamina would log every attempt.
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
    """The one pacer of this process for the key's user: the rate limit is theirs, whoever spends it."""
    with _lock:
        place = settings.api_key, settings.base_url
        if place not in _pacers:
            # The name does not tell the key.
            ledger = Ledger(
                cache_folder.folder() / "calls" / f"{_name_of(*place)}.json", messages.warning_once
            )
            interrupted = cancellation.process.interrupted
            _pacers[place] = Pacer(settings.pace, report=report, others=ledger, interrupted=interrupted)
        return _pacers[place]


@cache
def order_locks(base_url: str, run: str | None = None) -> OrderLocks:
    """The locks of the orders of a CertCentral, which the processes of this machine share, whatever their key.

    Args:
        base_url: Where the Services API is.
        run: What this process and others do together; None where it is alone.
    """
    folder = cache_folder.folder() / "orders" / _name_of(_same_place(base_url))
    return OrderLocks(folder, messages.warning, cancellation.process.interrupted, run)


def _same_place(url: str) -> str:
    """Spell a base URL as every other one of the same place: a host is one in any letter case."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    path = "/".join(part for part in parts.path.split("/") if part)
    return f"{parts.scheme}://{'127.0.0.1' if host == 'localhost' else host}:{parts.port or ''}/{path}"


def _name_of(*place: str) -> str:
    return hashlib.sha256("\n".join(place).encode()).hexdigest()[:16]
