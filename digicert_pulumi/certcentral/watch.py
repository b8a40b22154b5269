"""Watched connections: whether a request was sent, and limits for the time and size of its response.

Both work at the level of the socket, because the libraries above don't report whether a failure happened before or after
sending, and their timeouts restart with every byte.
"""

import http.client
import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

import requests.adapters
import urllib3
import urllib3.connection

__all__ = ["TooLargeError", "TooLateError", "Watch", "WatchedAdapter", "watched"]


class TooLateError(Exception):
    """The response wasn't complete in time."""


class TooLargeError(Exception):
    """The response is too large."""


class Watch:
    """The progress and the limits of one exchange.

    Attributes:
        sent: Whether sending began. While it is false, not a byte of the request has left.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self.sent = False
        self._seconds = seconds
        self._deadline = monotonic() + seconds
        self._bytes_left = size

    def begin_to_send(self) -> None:
        """Record that the first byte is about to be sent, and start the timeout of the response."""
        self.sent = True
        self._deadline = monotonic() + self._seconds

    def seconds_left(self) -> float:
        """Return the seconds until the timeout.

        Raises:
            TooLateError: The timeout has passed.
        """
        left = self._deadline - monotonic()
        if left <= 0:
            raise TooLateError
        return left

    def count(self, size: int) -> None:
        """Record that bytes were received.

        Raises:
            TooLargeError: The response is too large.
        """
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise TooLargeError


_current: ContextVar[Watch] = ContextVar("_current")


@contextmanager
def watched(seconds: float, size: int) -> Iterator[Watch]:
    """Watch the connections of this thread in the block.

    Args:
        seconds: Timeout for the response, from the start of sending to its last byte.
        size: The largest response in bytes, including status line, headers and framing.
    """
    watch = Watch(seconds, size)
    token = _current.set(watch)
    try:
        yield watch
    finally:
        _current.reset(token)


class _BoundedReader(io.RawIOBase):
    """Reads the bytes of a response from the socket within the limits, from the status line on."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, watch: Watch) -> None:
        self._sock = sock
        self._raw = raw
        self._watch = watch
        self._patience = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._watch.seconds_left()
        self._sock.settimeout(left if self._patience is None else min(left, self._patience))
        try:
            size = self._raw.readinto(buffer)
        except TimeoutError:
            self._watch.seconds_left()
            raise
        self._watch.count(size or 0)
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class _WatchedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedReader(sock, self.fp.detach(), _current.get()))

    def begin(self) -> None:
        super().begin()
        # Defects in the headers don't matter here, and urllib3 would log the raw bytes.
        self.headers.defects.clear()
        self.headers.set_payload([])


class _WatchedConnection(urllib3.connection.HTTPConnection):
    response_class = _WatchedResponse

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send the request's headers. Every request calls this, and opening a connection doesn't."""
        if self.sock is None:
            self.connect()
        _current.get().begin_to_send()
        super().endheaders(*args, **kwargs)


class _WatchedTLSConnection(_WatchedConnection, urllib3.connection.HTTPSConnection):
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTLSConnection


class WatchedAdapter(requests.adapters.HTTPAdapter):
    """The connection pool of `requests`, over watched connections.

    It is used without a `requests.Session`, which would keep cookies, read `.netrc` and prepare redirects.

    Args:
        trust: The TLS context that verifies connections; None to let `requests` verify them with a bundle of authorities.
    """

    def __init__(self, trust: ssl.SSLContext | None) -> None:
        self._trust = trust
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Create the pool of direct connections."""
        super().init_poolmanager(*args, ssl_context=self._trust, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Keep `requests` from adding its own authorities to the TLS context."""
        if self._trust is None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the pool of connections through a proxy."""
        trust = {"ssl_context": self._trust, "proxy_ssl_context": self._trust} if self._trust else {}
        manager = super().proxy_manager_for(proxy, **trust, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager
