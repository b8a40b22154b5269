"""The account that the settings name: its client, and what is read of an order for a reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import stamina.instrumentation

from digicert_pulumi.certcentral import Client, InvalidApiKey
from digicert_pulumi.dynamic.settings import SettingsError
from digicert_pulumi.revocation import Siblings, has_siblings

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Order
    from digicert_pulumi.dynamic.settings import Settings


def connect(settings: Settings, report: Callable[[str], None]) -> Client:
    """Make the client. Nothing is sent.

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
            report=report,
            read_timeout=settings.request_timeout,
            retry_budget=settings.retry_timeout,
        )
    except InvalidApiKey as error:
        raise SettingsError(f"digicert:apiKey or DIGICERT_API_KEY: {error}") from None


def siblings(client: Client, order: Order) -> Siblings:
    """Read an order's duplicates and reissues, where its requests tell of any.

    Raises:
        CertCentralError: They cannot be read.
    """
    return Siblings(
        duplicates=client.get_duplicates(order.id) if has_siblings(order, "duplicate") else (),
        reissues=client.get_reissues(order.id) if has_siblings(order, "reissue") else (),
    )
