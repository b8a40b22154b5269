"""The certificate that a TLS server shows, whatever it asks of its client."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from support.sandbox import free_port
from support.x509_files import new_certificate, new_key, pem, private_bytes

from digicert_pulumi.finding.wanted import NotUsableError, by_host
from digicert_pulumi.x509.identity import identity
from digicert_pulumi.x509.served import served_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = new_key()
CERTIFICATE = new_certificate(KEY)


@contextmanager
def server(folder: Path, *, asks_client: bool = False) -> Iterator[tuple[int, list[str | None]]]:
    """A TLS server: its port, and the names that clients asked for."""
    (folder / "site.pem").write_bytes(private_bytes(KEY) + pem(CERTIFICATE))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem")
    names: list[str | None] = []
    context.sni_callback = lambda _, name, __: names.append(name)
    if asks_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=pem(CERTIFICATE).decode())
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with plain:
                    try:
                        context.wrap_socket(plain, server_side=True).close()
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], names
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("asks_client", [False, True])
def test_the_certificate_is_that_of_the_server(tmp_path: Path, asks_client: bool) -> None:
    with server(tmp_path, asks_client=asks_client) as (port, names):
        assert served_certificate("localhost", port) == CERTIFICATE
        wanted = by_host(f"https://localhost:{port}/")
    assert names == ["localhost", "localhost"]
    assert wanted.serial_number == identity(CERTIFICATE).serial_number
    assert wanted.sha1 == identity(CERTIFICATE).sha1


def test_a_port_without_a_server_is_refused() -> None:
    with pytest.raises(ConnectionRefusedError):
        served_certificate("127.0.0.1", free_port())


def test_a_server_without_tls_is_no_certificate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer() -> None:
            plain, _ = listening.accept()
            plain.sendall(b"SSH-2.0-example\r\n")
            plain.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NotUsableError, match=f"^127.0.0.1:{port}: "):
            by_host(f"127.0.0.1:{port}")
        thread.join()
