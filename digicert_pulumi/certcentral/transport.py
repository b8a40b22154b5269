"""The only module that sends bytes to CertCentral and receives them.

It sends a call once, with the API key, and only to the base URL: it follows no redirects, keeps no cookies and doesn't
read `.netrc`. It limits the time and the size of a response. If there is no complete response, its error shows whether
the request surely wasn't sent, or its outcome is unknown. For that it watches the connection, because the libraries below
raise the same exceptions before and after sending.
"""

import http.client
import os
import socket
import ssl
import threading
import zlib
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import requests
import requests.utils
import urllib3.exceptions

from digicert_pulumi._version import VERSION
from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.causes import causes as all_causes
from digicert_pulumi.certcentral.endpoint import is_loopback
from digicert_pulumi.certcentral.errors import (
    CertCentralError,
    NoAnswer,
    TimedOut,
    TLSFailed,
    UnexpectedAnswer,
    Unreachable,
    UnreadableAnswer,
)
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.trust import bundle, machines_trust
from digicert_pulumi.certcentral.watch import TooLargeError, TooLateError, Watch, WatchedAdapter, watched

__all__ = ["LARGEST_ANSWER", "Answer", "Transport"]

LARGEST_ANSWER = 32 * 2**20
"""The largest response body in bytes, both encoded and decoded. A list of 1,000 orders has about 1 MiB."""

_HEADERS_AND_FRAMING = 2**20


@dataclass(frozen=True)
class Answer:
    """A complete HTTP response with any status.

    Attributes:
        status: The HTTP status.
        content_type: The media type in lower case, without parameters; empty if there is none.
        body: The body, with its content encoding removed.
    """

    status: int
    content_type: str
    body: bytes


class Transport:
    """A pool of connections to one base URL. Thread-safe.

    Args:
        key: Authenticates every request.
        base_url: The base URL of the API, without a trailing slash.
        connect_timeout: Timeout for opening a connection to each address of the host, in seconds.
        read_timeout: The longest time without a byte of the response, in seconds.
        answer_timeout: Timeout for the whole response, in seconds.
    """

    def __init__(
        self,
        key: ApiKey,
        base_url: str,
        *,
        connect_timeout: float,
        read_timeout: float,
        answer_timeout: float,
    ) -> None:
        self._key = key
        self._base_url = base_url
        self._host = urlsplit(base_url).netloc
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._answer_timeout = answer_timeout
        self._adapter: WatchedAdapter | None = None
        self._making = threading.Lock()
        # The proxies that `requests` takes from the environment, but none for loopback, and without `.netrc`.
        loopback = is_loopback(urlsplit(base_url).hostname or "")
        self._proxies = {} if loopback else requests.utils.get_environ_proxies(base_url, no_proxy=None)
        self._proxied = requests.utils.select_proxy(base_url, self._proxies) is not None
        self._bundle = bundle()

    def __repr__(self) -> str:
        return f"Transport({self._base_url!r})"

    def exchange(self, call: Call) -> Answer:
        """Send a call once, and return the response.

        Raises:
            Unreachable: Nothing was sent.
            NoAnswer: The call was sent, and no complete response came.
            UnreadableAnswer: The response is too large, or its encoding is broken.
        """
        with watched(self._answer_timeout, LARGEST_ANSWER + _HEADERS_AND_FRAMING) as watch:
            try:
                answer = self._answer(call)
            except Exception as error:  # noqa: BLE001 - any exception of requests, urllib3, http.client, ssl or zlib
                failure = self._failure(call, watch, error)
            else:
                if watch.sent:
                    return answer
                failure = _unwatched(call)
        # Raised outside of `except`: the caught exception holds the request with its headers and must not be chained.
        raise failure

    def _answer(self, call: Call) -> Answer:
        response = self._connections().send(
            self._signed(call),
            stream=True,
            timeout=(self._connect_timeout, self._read_timeout),
            verify=self._bundle or True,
            proxies=self._proxies,
        )
        try:
            raw = b"".join(response.raw.stream(2**16, decode_content=False))
            return Answer(
                status=response.status_code,
                content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                body=_decoded(raw, response.headers.get("Content-Encoding", "")),
            )
        finally:
            response.close()

    def _connections(self) -> WatchedAdapter:
        # Created on first use: loading the certificate authorities takes longer than the rest of a client's setup.
        with self._making:
            if self._adapter is None:
                plain = self._base_url.startswith("http:")
                self._adapter = WatchedAdapter(None if plain or self._bundle else machines_trust())
            return self._adapter

    def _signed(self, call: Call) -> requests.PreparedRequest:
        headers = {
            "Accept": call.accept,
            "Accept-Encoding": "gzip",
            "User-Agent": f"digicert-pulumi/{VERSION} python-requests/{requests.__version__}",
            **self._key.headers(),
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return requests.Request(call.method, self._base_url + call.path, headers, data=call.body).prepare()

    def _failure(self, call: Call, watch: Watch, error: Exception) -> CertCentralError:
        causes = list(all_causes(error))
        if not watch.sent:
            return self._never_opened(causes, call)
        if _first(causes, TooLargeError):
            what = f"{self._host} sent an answer of more than {LARGEST_ANSWER // 2**20} MiB"
            return UnexpectedAnswer(what, remedy=call.remedy_for_surprise, **call.about)
        if _first(causes, zlib.error):
            return UnreadableAnswer(
                f"{self._host} sent a broken answer", remedy=call.remedy_for_surprise, **call.about
            )
        kind = TimedOut if _first(causes, (TooLateError, TimeoutError)) else NoAnswer
        return kind(f"{self._host} {self._broke_off(causes)}", remedy=call.remedy, **call.about)

    def _never_opened(self, causes: list[BaseException], call: Call) -> CertCentralError:
        untrusted = _first(causes, ssl.SSLCertVerificationError)
        if untrusted:
            return self._tls_failed(f"its certificate is not trusted: {untrusted.verify_message}", call)
        insecure = _first(causes, ssl.SSLError)
        if insecure and not isinstance(insecure, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return self._tls_failed((insecure.reason or "handshake failed").replace("_", " ").lower(), call)
        # `requests` raises an OSError without a number if the file with the trusted authorities is missing.
        unusable = next((cause for cause in causes if type(cause) is OSError and cause.errno is None), None)
        if unusable and not _first(causes, urllib3.exceptions.ProxyError):
            return self._tls_failed(str(unusable), call)
        return Unreachable(
            f"{self._host} cannot be reached ({self._obstacle(causes)})",
            remedy="Check the network, the base URL, and the proxy settings if there is a proxy.",
            **call.about,
        )

    def _tls_failed(self, why: str, call: Call) -> TLSFailed:
        return TLSFailed(
            f"no secure connection to {self._host} ({self._key.quote(why).rstrip('.')})",
            remedy=(
                "Check the base URL and this machine's clock; behind a proxy that inspects TLS, have this machine trust "
                "its certificate authority, or name it in SSL_CERT_FILE, or in REQUESTS_CA_BUNDLE to trust nothing else."
            ),
            **call.about,
        )

    def _obstacle(self, causes: list[BaseException]) -> str:
        if _first(causes, urllib3.exceptions.ProxyError):
            return "the proxy opened no connection"
        if _first(causes, socket.gaierror):
            return "the host name does not resolve"
        if _first(causes, TimeoutError):
            return f"no connection within {self._connect_timeout:g} s"
        if _first(causes, ssl.SSLError):
            return "the connection was closed before it was secure"
        return _system_error(causes) or (
            "the proxy opened no connection" if self._proxied else "no connection"
        )

    def _broke_off(self, causes: list[BaseException]) -> str:
        if _first(causes, TooLateError):
            return f"did not finish its answer within {self._answer_timeout:g} s"
        if _first(causes, TimeoutError):
            return f"did not answer within {self._read_timeout:g} s"
        if _first(causes, http.client.RemoteDisconnected):
            return "closed the connection without an answer"
        reset = _system_error(causes)
        return f"broke off ({reset})" if reset else "closed the connection during its answer"


def _unwatched(call: Call) -> CertCentralError:
    # A read always comes before a PUT, so this fails before a PUT is sent. Without the watch, a lost PUT would look like
    # one that was never sent.
    what = "the installed urllib3 opens connections in a way that this package does not know"
    return CertCentralError(
        what, remedy="Install the version of urllib3 that this package asks for.", **call.about
    )


def _decoded(raw: bytes, encoding: str) -> bytes:
    if encoding.lower() in ("", "identity"):
        return raw
    if encoding.lower() != "gzip":
        msg = "a content encoding that was not asked for"
        raise zlib.error(msg)
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    body = inflater.decompress(raw, LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise TooLargeError
    if not inflater.eof and raw:
        msg = "a truncated stream"
        raise zlib.error(msg)
    return body


_E = TypeVar("_E", bound=BaseException)


def _first(causes: list[BaseException], kind: type[_E] | tuple[type[_E], ...]) -> _E | None:
    return next((cause for cause in causes if isinstance(cause, kind)), None)


def _system_error(causes: list[BaseException]) -> str | None:
    errors = (cause for cause in causes if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError))
    return next((os.strerror(error.errno).lower() for error in errors if error.errno), None)
