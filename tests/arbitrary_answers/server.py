"""The account over HTTP: any number of connections, and answers that leave as they must not."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arbitrary_answers.desk import Desk
    from arbitrary_answers.mutate import Answer


class Server(ThreadingHTTPServer):
    """Serves one account after another.

    Attributes:
        desk: Where its calls arrive now.
    """

    daemon_threads = True
    desk: Desk

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def base_url(self) -> str:
        """What a client is configured with."""
        return f"http://127.0.0.1:{self.server_address[1]}/services/v2"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of the server's faults."""

    def stop(self) -> None:
        """Stop, and close what is open."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        desk = self.server.desk
        assert self.headers["X-DC-DEVKEY"] == desk.account.key
        answer = desk.answer(self.command, self.path, body)
        if answer.wire == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            return
        if answer.wire == "late":
            time.sleep(desk.slow)
        whole = _bytes(answer)
        self.wfile.write(
            whole[:-9] if answer.wire == "cut" else whole * (2 if answer.wire == "double" else 1)
        )
        self.close_connection = answer.wire == "cut"


def _bytes(answer: Answer) -> bytes:
    if answer.body is None:
        return f"HTTP/1.1 {answer.status} So\r\n\r\n".encode()
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    payload = text.encode()
    head = f"HTTP/1.1 {answer.status} So\r\nContent-Type: {answer.content_type}\r\nContent-Length: {len(payload)}\r\n\r\n"
    return head.encode() + payload
