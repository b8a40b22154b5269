"""The names of the provider's settings, and the check for misspelt ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digicert_pulumi.text.suggestions import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

SETTINGS = (
    "apiKey",
    "region",
    "baseUrl",
    "requestTimeout",
    "retryTimeout",
    "settleTimeout",
    "requestsPerMinute",
    "requestShare",
    "batchReads",
    "requireReview",
)
"""The settings, each a key `digicert:...` of the configuration."""

_KEYS = {f"digicert:{setting}" for setting in SETTINGS}


def unknown_settings(keys: Iterable[str]) -> dict[str, str | None]:
    """Return the unknown `digicert:*` keys, each with a suggestion; None if no setting is close.

    Args:
        keys: Any keys of a stack's configuration.
    """
    unknown = {}
    for key in keys:
        namespace, _, setting = key.partition(":")
        if namespace.lower() == "digicert" and key not in _KEYS:
            right = meant(setting, SETTINGS)
            unknown[key] = right and f"digicert:{right}"
    return unknown
