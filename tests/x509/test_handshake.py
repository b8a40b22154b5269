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
from digicert_pulumi.x509.handshake import served_certificate
from digicert_pulumi.x509.identity import identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = new_key()
CERTIFICATE = new_certificate(KEY)


@contextmanager
def server(
    folder: Path, *, asks_client: bool = False, latest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED
) -> Iterator[tuple[int, list[str | None]]]:
    """A TLS server: its port, and the names that clients asked for."""
    (folder / "site.pem").write_bytes(private_bytes(KEY) + pem(CERTIFICATE))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem")
    context.maximum_version = latest
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


@pytest.mark.parametrize("latest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("asks_client", [False, True])
def test_the_certificate_is_that_of_the_server(
    tmp_path: Path, asks_client: bool, latest: ssl.TLSVersion
) -> None:
    with server(tmp_path, asks_client=asks_client, latest=latest) as (port, names):
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


def talking(
    said: bytes, *, then_wait: threading.Event | None = None
) -> tuple[socket.socket, threading.Thread]:
    """A server that says something to the first client, whatever it hears."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        plain, _ = listening.accept()
        with plain:
            plain.recv(65536)
            plain.sendall(said)
            if then_wait:
                then_wait.wait(60)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    return listening, thread


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x03\x00\x05\x0b\x00\x00\x01\x00",  # a certificate message that is cut
        b"\x16\x03\x03\x00\x0a\x0b\x00\x00\x06\x00\x00\x03\x00\x00\x00",  # one without a certificate
        b"\x16\x03\x03\xff\xff" + b"\x0b" * 10,
        b"\x15\x03\x03\x00\x02\x02\x28",  # an alert
        b"",
    ],
)
def test_a_handshake_that_shows_no_certificate_is_an_error(said: bytes) -> None:
    listening, thread = talking(said)
    with listening, pytest.raises(OSError, match=r".+"):
        served_certificate("127.0.0.1", listening.getsockname()[1])
    thread.join()


def test_a_server_that_says_nothing_times_out() -> None:
    done = threading.Event()
    listening, thread = talking(b"", then_wait=done)
    with listening, pytest.raises(TimeoutError):
        served_certificate("127.0.0.1", listening.getsockname()[1], timeout=0.2)
    done.set()
    thread.join()
