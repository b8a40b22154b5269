"""CertCentral's base URLs, and the requirements for any other URL that gets an API key."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import urlsplit

from digicert_pulumi.certcentral.errors import InvalidEndpoint

__all__ = ["REGIONS", "base_url", "is_loopback"]

REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "us": "https://www.digicert.com/services/v2",
        "eu": "https://certcentral.digicert.eu/services/v2",
    }
)
"""The base URL of each region. Source: CertCentral Services API, "Base URL"."""

_LONGEST_REGION = 12

# Stricter than RFC 3986 on purpose: all parsers between here and the socket agree on these URLs.
_URL = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[0-9a-z_.-]+)(:[1-9][0-9]{0,4})?(/[0-9a-z_.~/-]*)?", re.IGNORECASE
)


def base_url(region: str | None = None, url: str | None = None) -> str:
    """Return the base URL of the API.

    Args:
        region: The region of the CertCentral account, `us` or `eu`.
        url: Another URL, instead of a region: `https`, or `http` on a loopback address (127.0.0.0/8, ::1, localhost),
            without user info, query and fragment.

    Returns:
        The URL without a trailing slash. Without arguments, the URL of `us`.

    Raises:
        InvalidEndpoint: The region is unknown, the URL can't be used, or both are set.
    """
    objection = (
        _objection_to_url(url) if region is None and url is not None else _objection_to_region(region, url)
    )
    if objection:
        raise InvalidEndpoint(objection)
    return REGIONS[region or "us"] if url is None else url.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address is a loopback address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _objection_to_region(region: str | None, url: str | None) -> str | None:
    if url is not None:
        return "region and base URL are both set: set one of them"
    if region is not None and region not in REGIONS:
        # Don't show a long value: it may be an API key that was set as the region by mistake.
        shown = f" {region!r}" if len(region) <= _LONGEST_REGION else ""
        return f"unknown region{shown}: use {' or '.join(REGIONS)}"
    return None


def _objection_to_url(url: str) -> str | None:
    # Don't show a URL that is refused: it may hold a password or a token.
    if "@" in url:
        return "the base URL must not hold a user name or a password"
    if "?" in url or "#" in url:
        return "the base URL must not have a query or a fragment"
    if not _URL.fullmatch(url):
        return "the base URL must be https://HOST or https://HOST:PORT, with or without a path"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        if ":" in host:
            ip_address(host)
    except ValueError:
        return "the base URL has an impossible host or port"
    if parts.scheme == "http" and not is_loopback(host):
        return (
            f"the base URL must begin with https://, or the API key would cross the network to {host:.80} in plain "
            "(http is accepted for loopback addresses only)"
        )
    return None
