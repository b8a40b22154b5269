"""The client of the account that the settings name."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import stamina.instrumentation

from digicert_pulumi.certcentral import Client, InvalidApiKey, Pacer
from digicert_pulumi.dynamic.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.dynamic.settings import Settings


_pacers: dict[tuple[str, str], Pacer] = {}
_lock = threading.Lock()


def connect(settings: Settings, report: Callable[[str], None]) -> Client:
    """Make the client, which keeps within DigiCert's rate limit. Nothing is sent.

    Args:
        settings: The account's settings.
        report: Is given one line where the user has something to know.

    Raises:
        SettingsError: The API key cannot be one.
    """
    # The client says itself when trying again takes long; stamina would log every attempt.
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        return Client(
            settings.api_key,
            settings.base_url,
            pacer=_pacer(settings, report),
            report=report,
            read_timeout=settings.request_timeout,
            retry_budget=settings.retry_timeout,
        )
    except InvalidApiKey as error:
        raise SettingsError(f"digicert:apiKey or DIGICERT_API_KEY: {error}") from None


def _pacer(settings: Settings, report: Callable[[str], None]) -> Pacer:
    """The one pacer of this process for the key's user: the rate limit is theirs, whoever spends it."""
    with _lock:
        place = settings.api_key, settings.base_url
        if place not in _pacers:
            _pacers[place] = Pacer(settings.pace, report=report)
        return _pacers[place]
