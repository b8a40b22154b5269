"""The provider's configuration: the stack's `digicert:*` keys first, the environment behind them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import InvalidEndpoint, base_url
from digicert_pulumi.dynamic.masking import holds_a_key

if TYPE_CHECKING:
    from collections.abc import Callable


_HOUR = 3600


class SettingsError(Exception):
    """The configuration cannot be used. Nothing was sent."""


class NoApiKeyError(SettingsError):
    """There is no API key."""

    def __init__(self) -> None:
        super().__init__(
            "no CertCentral API key: run `pulumi config set --secret digicert:apiKey`, or set DIGICERT_API_KEY"
        )


@dataclass(frozen=True)
class Settings:
    """The configuration of one provider.

    Attributes:
        api_key: The CertCentral API key; never shown.
        base_url: Where the Services API is.
        request_timeout: How long one call may take, in seconds.
        retry_timeout: How long a call that fails is tried again, in seconds.
        settle_timeout: How long an order is watched after a PUT whose fate is unknown, in seconds.
    """

    api_key: str
    base_url: str
    request_timeout: float
    retry_timeout: float
    settle_timeout: float

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r})"


def resolve(config: Callable[[str], str | None]) -> Settings:
    """Read the settings.

    Args:
        config: Gives the value of a key of the stack's configuration, such as `digicert:apiKey`.

    Raises:
        NoApiKeyError: There is no API key.
        SettingsError: A setting is wrong; the message names it and what to do.
    """
    # The keys are never in a variable of this function: a traceback may be shown with them.
    url = _endpoint(config)
    if not api_keys(config):
        raise NoApiKeyError
    return Settings(
        api_key=api_keys(config)[0],
        base_url=url,
        request_timeout=_seconds(config, "requestTimeout", 30.0),
        retry_timeout=_seconds(config, "retryTimeout", 45.0),
        settle_timeout=_seconds(config, "settleTimeout", 15.0),
    )


def api_keys(config: Callable[[str], str | None]) -> list[str]:
    """The API keys that are set; the first one counts."""
    keys = config("digicert:apiKey"), os.environ.get("DIGICERT_API_KEY")
    return [key for key in keys if key]


def _endpoint(config: Callable[[str], str | None]) -> str:
    configured = {name: config(name) for name in ("digicert:region", "digicert:baseUrl")}
    environment = {name: os.environ.get(name) for name in ("DIGICERT_REGION", "DIGICERT_BASE_URL")}
    places = configured if any(configured.values()) else environment
    region, url = places.values()
    try:
        endpoint = base_url(region or None, url or None)
    except InvalidEndpoint as error:
        sources = " and ".join(name for name, value in places.items() if value)
        raise SettingsError(f"{sources}: {error}") from None
    if holds_a_key(endpoint):
        raise SettingsError(
            "the base URL holds the API key, which would stand in every log on the way; take it out"
        )
    return endpoint


def _seconds(config: Callable[[str], str | None], name: str, default: float) -> float:
    variable = "DIGICERT_" + "".join(f"_{c}" if c.isupper() else c for c in name).upper()
    for source, text in (
        (f"digicert:{name}", config(f"digicert:{name}")),
        (variable, os.environ.get(variable)),
    ):
        if text:
            try:
                seconds = float(text)
            except ValueError:
                seconds = 0
            if not 0 < seconds <= _HOUR:
                raise SettingsError(f"{source} must be a number of seconds between 0 and 3600, not {text!r}")
            return seconds
    return default
