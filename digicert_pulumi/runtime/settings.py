"""The provider's configuration: the stack's `digicert:*` keys, then the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, ClassVar, TypeVar

from digicert_pulumi.certcentral import ApiKey, InvalidApiKey, InvalidEndpoint, Pace, base_url
from digicert_pulumi.runtime.masking import hide, holds_a_key, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR = 3600
_MOST_REQUESTS = 60_000

_Value = TypeVar("_Value")


class SettingsError(Exception):
    """The configuration is invalid. Nothing was sent."""

    code: ClassVar[str] = "wrong-configuration"

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))  # another setting may contain the key


class NoApiKeyError(SettingsError):
    """There is no API key."""

    code = "no-api-key"

    def __init__(self) -> None:
        super().__init__(
            "no CertCentral API key: run `pulumi config set --secret digicert:apiKey`, or set DIGICERT_API_KEY"
        )


@dataclass(frozen=True)
class Settings:
    """The configuration of one provider.

    Attributes:
        api_key: The CertCentral API key; never shown.
        base_url: The URL of the Services API.
        request_timeout: Seconds without a byte before a call times out.
        retry_timeout: Seconds for which a failed call is retried; 0 for a single attempt.
        settle_timeout: Seconds for which an order is polled after a PUT with an unknown outcome.
        pace: This process's part of DigiCert's rate limit.
        batch_reads: Whether orders may be read from the account's lists.
    """

    api_key: str
    base_url: str
    request_timeout: float
    retry_timeout: float
    settle_timeout: float
    pace: Pace = field(default_factory=Pace)
    batch_reads: bool = True

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r})"


def resolve(config: Callable[[str], str | None]) -> Settings:
    """Read the settings, and mask the keys in all output of this process from now on.

    Args:
        config: Returns the value of a key of the stack's configuration, such as `digicert:apiKey`.

    Raises:
        NoApiKeyError: There is no API key.
        SettingsError: A setting is invalid; the message names it and the remedy.
    """
    # No variable of this function contains a key, because a traceback can show variables.
    hide(api_keys(config))
    requires_review(config)  # validates the setting before it is used
    return Settings(
        base_url=_endpoint(config),
        request_timeout=_seconds(config, "requestTimeout", 30.0),
        retry_timeout=_seconds(config, "retryTimeout", 45.0, or_none=True),
        settle_timeout=_seconds(config, "settleTimeout", 15.0),
        pace=Pace.of(
            _given(config, "requestsPerMinute", _requests, "a number between 0 and 60000") or 200.0,
            _given(config, "requestShare", _share, "a share such as 0.25 or 1/4, at most 1") or 1.0,
        ),
        batch_reads=_given(config, "batchReads", _truth, "true or false") is not False,
        api_key=_api_key(config),  # last: an invalid setting is reported before a missing key
    )


def requires_review(config: Callable[[str], str | None]) -> bool:
    """Return whether a preview must fail if it can't show what would be revoked.

    Args:
        config: Returns the value of a key of the stack's configuration.

    Raises:
        SettingsError: The setting is invalid.
    """
    return _given(config, "requireReview", _truth, "true or false") or False


def api_keys(config: Callable[[str], str | None]) -> list[str]:
    """Return the API keys that are set. The first one is used."""
    return [*_api_keys(config).values()]


def _api_keys(config: Callable[[str], str | None]) -> dict[str, str]:
    """Return the API keys by where they are set."""
    keys = {
        "digicert:apiKey": config("digicert:apiKey"),
        "DIGICERT_API_KEY": os.environ.get("DIGICERT_API_KEY"),
    }
    return {place: key for place, key in keys.items() if key}


def _api_key(config: Callable[[str], str | None]) -> str:
    for place, key in _api_keys(config).items():
        return _checked(place, key)
    raise NoApiKeyError


def _checked(place: str, key: str) -> str:
    try:
        ApiKey(key)
    except InvalidApiKey as error:
        raise SettingsError(f"{place}: {error}") from None
    return key


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
            "the base URL contains the API key, which would appear in every log on the way; remove it"
        )
    return endpoint


def _seconds(
    config: Callable[[str], str | None], name: str, default: float, *, or_none: bool = False
) -> float:
    least = "from 0 to" if or_none else "above 0 and at most"
    parse = _timeout_or_none if or_none else _timeout
    seconds = _given(config, name, parse, f"a number of seconds {least} 3600")
    return default if seconds is None else seconds


def _given(
    config: Callable[[str], str | None], name: str, parse: Callable[[str], _Value | None], kind: str
) -> _Value | None:
    """Return the value of a setting; None if it is not set."""
    variable = "DIGICERT_" + "".join(f"_{c}" if c.isupper() else c for c in name).upper()
    for source, text in (
        (f"digicert:{name}", config(f"digicert:{name}")),
        (variable, os.environ.get(variable)),
    ):
        if text:
            value = parse(text)
            if value is None:
                raise SettingsError(f"{source} must be {kind}, not {text!r}")
            return value
    return None


def _timeout(text: str) -> float | None:
    return _positive(text, _HOUR)


def _timeout_or_none(text: str) -> float | None:
    try:
        return 0.0 if float(text) == 0 else _timeout(text)
    except ValueError:
        return None


def _requests(text: str) -> float | None:
    return _positive(text, _MOST_REQUESTS)


def _share(text: str) -> float | None:
    numerator, _, denominator = text.partition("/")
    if not denominator:
        return _positive(text, 1.0)
    part, whole = _positive(numerator, inf), _positive(denominator, inf)
    return part / whole if part and whole and part <= whole else None


def _positive(text: str, most: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number <= most and number < inf else None


def _truth(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())
