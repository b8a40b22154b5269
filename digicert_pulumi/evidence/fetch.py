"""Fetch CRLs and OCSP answers from anywhere, within bounds, without the API key."""

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
"""Bytes of a CRL: the largest ones of public CAs have some MiB."""

LARGEST_OCSP = 64 * 2**10

_SECONDS = 30.0
"""For one answer, its redirects included."""

_CONNECT_SECONDS = 10.0

_HEADERS = 64 * 2**10

_REDIRECTS = 3

_MOVED = (301, 302, 303, 307, 308)

_OK = 200

_LONGEST_URL = 2000


class Fetcher:
    """Fetches what CAs publish: over http too, because what counts is signed.

    Args:
        seconds: How long an answer may take.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._adapters: dict[str, WatchedAdapter] = {}
        self._bundle = bundle()

    def crl(self, url: str) -> bytes:
        """Fetch a CRL.

        Raises:
            UnverifiedError: There is none.
        """
        return self._fetch("CRL", url, None, LARGEST_CRL, {})

    def ocsp(self, url: str, question: bytes) -> bytes:
        """Ask an OCSP responder.

        Raises:
            UnverifiedError: It gives no answer.
        """
        headers = {"Content-Type": "application/ocsp-request", "Accept": "application/ocsp-response"}
        return self._fetch("OCSP answer", url, question, LARGEST_OCSP, headers)

    def _fetch(self, what: str, url: str, body: bytes | None, most: int, headers: Mapping[str, str]) -> bytes:
        deadline = time.monotonic() + self._seconds
        for _ in range(_REDIRECTS + 1):
            _require_web(what, url)
            try:
                moved, content = self._exchange(url, body, most, headers, deadline - time.monotonic())
            except Exception as error:  # noqa: BLE001 - requests, urllib3, ssl, http.client: any of theirs
                raise UnverifiedError(f"the {what} couldn't be fetched: {_why(error, most)}") from None
            if not moved:
                return content
            url = moved
        raise UnverifiedError(f"the {what} couldn't be fetched: more than {_REDIRECTS} redirects")

    def _exchange(
        self, url: str, body: bytes | None, most: int, headers: Mapping[str, str], seconds: float
    ) -> tuple[str | None, bytes]:
        """Send one request. Returns where the answer is instead, or the answer."""
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
    """The server answers with another status than 200."""


def _require_web(what: str, url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise UnverifiedError(f"the address of the {what} can't be read: {printable(url)}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > _LONGEST_URL:
        raise UnverifiedError(f"the {what} isn't at an http or https address: {printable(url)}")
    if parts.username is not None or parts.password is not None:
        raise UnverifiedError(f"the address of the {what} holds a password")


def _why(error: BaseException, most: int) -> str:
    """Tell in a few words why there is no answer."""
    for cause in causes(error):
        if isinstance(cause, _StatusError):
            return f"HTTP status {cause}"
        if isinstance(cause, TooLargeError):
            return f"more than {most // 2**10:,} KiB"
        if isinstance(cause, (TooLateError, TimeoutError)):
            return "no answer in time"
    for cause in causes(error):
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return printable(cause.strerror.lower(), 80)
    return "no connection, or no whole answer"
