"""A TLS server for tests. It serves one of the sandbox's certificates, and can switch to another one while it runs."""

import contextlib
import socket
import ssl
import tempfile
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from types import TracebackType

_HANDSHAKE_SECONDS = 30


class TlsServer:
    """Listens on 127.0.0.1, completes handshakes, and sends no data. Usable as a context manager.

    Attributes:
        port: Its port.
        names: The server name (SNI) of each handshake so far; None if a client sent none.
    """

    def __init__(self, chain: str, key: str, *, client_authority: str | None = None, port: int = 0) -> None:
        """Start to listen.

        Args:
            chain: The certificate and its chain, as PEM.
            key: The certificate's private key, as PEM.
            client_authority: Require a client certificate from this CA, as PEM.
            port: The port to listen on; 0 selects a free port.

        Raises:
            OSError: The port is in use, or the key doesn't match the certificate.
        """
        self._client_authority = client_authority
        self.names: list[str | None] = []
        self.swap(chain, key)
        self._server = _Server(("127.0.0.1", port), self)
        self.port: int = self._server.server_address[1]
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def __enter__(self) -> "TlsServer":  # noqa: PYI034 - typing.Self is newer than Python 3.10
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def swap(self, chain: str, key: str) -> None:
        """Switch to another certificate. The arguments are those of the constructor."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            # Python's ssl reads keys from files only. Only the owner can read the folder.
            file = Path(folder) / "served.pem"
            file.write_text(key + chain)
            context.load_cert_chain(file)
        if self._client_authority is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self._client_authority)
        context.sni_callback = self._note
        self._context = context

    def _note(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)

    def handshake(self, connection: socket.socket) -> None:
        """Complete the handshake with a client, and close the connection."""
        connection.settimeout(_HANDSHAKE_SECONDS)
        with contextlib.suppress(OSError), self._context.wrap_socket(connection, server_side=True) as secured:
            secured.unwrap()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], owner: TlsServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)


class _Handler(BaseRequestHandler):
    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)  # noqa: S101 - _Server creates this handler
        server.owner.handshake(self.request)
