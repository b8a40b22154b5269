"""Watched connections: whether a request was sent, and limits for the time and size of its response.

Both are kept where the bytes pass. The libraries above don't report whether a failure happened before or after sending,
and their timeouts restart with every byte.
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
    """The answer was not whole in time."""


class TooLargeError(Exception):
    """The answer has more bytes than a true one."""


class Watch:
    """What is known of one exchange, and what it may use.

    Attributes:
        sent: Whether the request began to leave. As long as it is false, not a byte of it did.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self.sent = False
        self._seconds = seconds
        self._deadline = monotonic() + seconds
        self._bytes_left = size

    def begin_to_send(self) -> None:
        """Note that the first byte is about to leave; the answer's time begins."""
        self.sent = True
        self._deadline = monotonic() + self._seconds

    def seconds_left(self) -> float:
        """Tell for how long bytes may still come.

        Raises:
            TooLateError: No longer.
        """
        left = self._deadline - monotonic()
        if left <= 0:
            raise TooLateError
        return left

    def count(self, size: int) -> None:
        """Note that bytes came.

        Raises:
            TooLargeError: They are too many.
        """
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise TooLargeError


_current: ContextVar[Watch] = ContextVar("_current")


@contextmanager
def watched(seconds: float, size: int) -> Iterator[Watch]:
    """Watch what this thread sends and receives in the block.

    Args:
        seconds: How long the answer may take, from the sending of the request to its last byte.
        size: How many bytes it may have, with status line, headers and framing.
    """
    watch = Watch(seconds, size)
    token = _current.set(watch)
    try:
        yield watch
    finally:
        _current.reset(token)


class _BoundedReader(io.RawIOBase):
    """An answer's bytes as they come off the socket, from the status line on."""

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
        # What did not parse is no matter here, and urllib3 would log it as it came.
        self.headers.defects.clear()
        self.headers.set_payload([])


class _WatchedConnection(urllib3.connection.HTTPConnection):
    response_class = _WatchedResponse

    def endheaders(self, *args: Any, **kwargs: Any) -> None:
        """Send what was put together so far. Every request passes here, and nothing that opens a connection does."""
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
        trust: What verifies connections; none for what `requests` does, which needs a bundle of authorities named.
    """

    def __init__(self, trust: ssl.SSLContext | None) -> None:
        self._trust = trust
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of direct connections."""
        super().init_poolmanager(*args, ssl_context=self._trust, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Let no authorities of `requests` be added to the trust."""
        if self._trust is None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make, or give, the pool of connections through a proxy."""
        trust = {"ssl_context": self._trust, "proxy_ssl_context": self._trust} if self._trust else {}
        manager = super().proxy_manager_for(proxy, **trust, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
        return manager
