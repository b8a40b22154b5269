"""Fetch CRLs and OCSP answers with limits on time and size, and without the API key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
import requests.utils

from digicert_pulumi.certcentral.causes import causes
from digicert_pulumi.certcentral.endpoint import is_loopback
from digicert_pulumi.certcentral.trust import bundle, machines_trust
from digicert_pulumi.certcentral.watch import TooLargeError, TooLateError, WatchedAdapter, watched
from digicert_pulumi.evidence.verdicts import UnverifiedError
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_CRL = 32 * 2**20
"""Maximum size of a CRL, in bytes. The largest ones of public CAs have a few MiB."""

LARGEST_OCSP = 64 * 2**10

_SECONDS = 30.0
"""Timeout for one answer, including redirects."""

_CONNECT_SECONDS = 10.0

_HEADERS = 64 * 2**10

_REDIRECTS = 3

_MOVED = (301, 302, 303, 307, 308)

_OK = 200

_LONGEST_URL = 2000


class Fetcher:
    """Fetches what CAs publish. Plain HTTP is allowed, because the answers are signed.

    Args:
        seconds: The timeout for an answer.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._adapters: dict[str, WatchedAdapter] = {}
        self._bundle = bundle()

    def crl(self, url: str) -> bytes:
        """Fetch a CRL.

        Raises:
            UnverifiedError: The CRL can't be fetched.
        """
        return self._fetch("CRL", url, None, LARGEST_CRL, {})

    def ocsp(self, url: str, question: bytes) -> bytes:
        """Ask an OCSP responder.

        Raises:
            UnverifiedError: The answer can't be fetched.
        """
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        return self._fetch("OCSP answer", url, question, LARGEST_OCSP, headers)

    def _fetch(self, what: str, url: str, body: bytes | None, most: int, headers: Mapping[str, str]) -> bytes:
        deadline = time.monotonic() + self._seconds
        for _ in range(_REDIRECTS + 1):
            _require_web(what, url)
            try:
                moved, content = self._exchange(url, body, most, headers, deadline - time.monotonic())
            except Exception as error:  # noqa: BLE001 - requests, urllib3, ssl and http.client raise many
                raise UnverifiedError(f"the {what} couldn't be fetched: {_why(error, most)}") from None
            if not moved:
                return content
            url = moved
        raise UnverifiedError(f"the {what} couldn't be fetched: more than {_REDIRECTS} redirects")

    def _exchange(
        self, url: str, body: bytes | None, most: int, headers: Mapping[str, str], seconds: float
    ) -> tuple[str | None, bytes]:
        """Send one request. Return the target of a redirect (or None), and the answer."""
        if seconds <= 0:
            raise TooLateError
        request = requests.Request(
            "GET" if body is None else "POST", url, {"Accept-Encoding": "identity", **headers}, data=body
        ).prepare()
        loopback = is_loopback(urlsplit(url).hostname or "")
        with watched(seconds, most + _HEADERS):
            response = self._adapter(url).send(
                request,
                stream=True,
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                verify=self._bundle or True,
                proxies={} if loopback else requests.utils.get_environ_proxies(url, no_proxy=None),
            )
            try:
                if response.status_code in _MOVED and response.headers.get("Location"):
                    return urljoin(url, response.headers["Location"]), b""
                if response.status_code != _OK:
                    raise _StatusError(response.status_code)
                content = b"".join(response.raw.stream(2**16, decode_content=False))
            finally:
                response.close()
        if len(content) > most:
            raise TooLargeError
        return None, content

    def _adapter(self, url: str) -> WatchedAdapter:
        scheme = urlsplit(url).scheme
        if scheme not in self._adapters:
            trust = None if scheme == "http" or self._bundle else machines_trust()
            self._adapters[scheme] = WatchedAdapter(trust)
        return self._adapters[scheme]


class _StatusError(Exception):
    """The server returned a status other than 200."""


def _require_web(what: str, url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UnverifiedError(f"the address of the {what} is not valid: {printable(url)}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > _LONGEST_URL:
        raise UnverifiedError(f"the address of the {what} is not an http or https address: {printable(url)}")
    if parts.username is not None or parts.password is not None:
        raise UnverifiedError(f"the address of the {what} contains credentials")


def _why(error: BaseException, most: int) -> str:
    """Return a short reason why there is no answer."""
    for cause in causes(error):
        if isinstance(cause, _StatusError):
            return f"HTTP status {cause}"
        if isinstance(cause, TooLargeError):
            return f"larger than {most // 2**10:,} KiB"
        if isinstance(cause, (TooLateError, TimeoutError)):
            return "timeout"
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return printable(cause.strerror.lower(), 80)
    return "no connection, or an incomplete answer"
