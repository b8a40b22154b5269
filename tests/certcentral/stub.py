"""A server over raw sockets that answers as it is told, and remembers every request that it got."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from digicert_pulumi.certcentral import Client, SubmittedRequest

PATIENCE = 5.0
"""Seconds until a stub gives up on a client: longer than any time-out in these tests."""


@dataclass(frozen=True)
class Got:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


def revoke(client: Client, order_id: int, **declared: Any) -> SubmittedRequest | None:
    """Revoke an order, with further attempts as long as DigiCert surely did not process one."""
    for attempt in client.attempts():
        with attempt:
            return client.revoke_order(order_id, **declared)
    raise AssertionError


def answer(
    status: int = 200,
    body: bytes | dict[str, Any] = b"",
    content_type: str | None = "application/json",
    **headers: str,
) -> Callable[[socket.socket], bool]:
    """Give a whole answer, and keep the connection open."""
    payload = json.dumps(body).encode() if isinstance(body, dict) else body
    lines = [f"HTTP/1.1 {status} Whatever"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    if status != 204:
        lines.append(f"Content-Length: {len(payload)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return raw("\r\n".join(lines).encode() + b"\r\n\r\n" + payload, close=False)


def refusal(status: int, code: str, message: str = "No.") -> Callable[[socket.socket], bool]:
    """Answer with an error in DigiCert's documented form."""
    return answer(status, {"errors": [{"code": code, "message": message}]})


def raw(data: bytes, *, close: bool = True) -> Callable[[socket.socket], bool]:
    """Send these bytes as they are."""

    def act(connection: socket.socket) -> bool:
        connection.sendall(data)
        return not close

    return act


def reset(connection: socket.socket) -> bool:
    """Break the connection off with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def close(connection: socket.socket) -> bool:
    """Close the connection without a word."""
    del connection
    return False


def trickle(data: bytes, pause: float) -> Callable[[socket.socket], bool]:
    """Send these bytes one by one, until the client has enough."""

    def act(connection: socket.socket) -> bool:
        gone = threading.Event()
        for byte in data:
            connection.sendall(bytes([byte]))
            gone.wait(pause)
        return False

    return act


def silence(connection: socket.socket) -> bool:
    """Say nothing until the client goes away."""
    connection.recv(1)
    return False


def garble(connection: socket.socket) -> bool:
    """Write plain bytes into the middle of a TLS connection."""
    with socket.socket(fileno=socket.dup(connection.fileno())) as plain:
        plain.sendall(b"no TLS record at all" * 10)
    return False


class Stub:
    """Answers its requests with `answers` in turn, the last of them for ever.

    Args:
        answers: What to do when a request has arrived; each tells whether the connection stays open.
        tls: What to secure connections with.
        closes: How many connections are closed as soon as they are there.
    """

    def __init__(
        self,
        *answers: Callable[[socket.socket], bool],
        tls: ssl.SSLContext | None = None,
        closes: int = 0,
    ) -> None:
        self.answers = list(answers)
        self.requests: list[Got] = []
        self.connections = 0
        self._tls = tls
        self._closes = closes
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/services/v2"

    def sent(self, method: str) -> int:
        """Count the requests of a method."""
        return sum(request.method == method for request in self.requests)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.settimeout(PATIENCE)
                self.connections += 1
                if self.connections <= self._closes:
                    connection.close()
                else:
                    self._start(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), contextlib.closing(self._secured(connection)) as secured:
            with self._lock:
                self._open.add(secured)
            while self._answer_one(secured, number):
                pass

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self._tls is None:
            return connection
        try:
            return self._tls.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            raise

    def _answer_one(self, connection: socket.socket, number: int) -> bool:
        request = _read(connection, number)
        if request is None:
            return False
        with self._lock:
            self.requests.append(request)
            act = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return act(connection)


def _read(connection: socket.socket, number: int) -> Got | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, path, _ = first.split(" ", 2)
    return Got(method, path, headers, body, number)
