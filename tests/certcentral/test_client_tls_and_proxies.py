"""The key travels over verified connections only, also through a proxy."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import truststore
from certcentral.samples import ORDER, REQUEST
from certcentral.stub import PATIENCE, Stub, answer, close, garble, raw, revoke

from digicert_pulumi.certcentral import Client, Fate, NoAnswer, TLSFailed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PUBLIC = "https://certcentral.example.com/services/v2"


def certificate(folder: Path, names: str) -> tuple[Path, ssl.SSLContext]:
    """Make a self-signed certificate and what a server needs to show it."""
    pem, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-keyout", str(key), "-out", str(pem), "-days", "2", "-subj", "/CN=stub"]
    subprocess.run([*command, "-addext", f"subjectAltName={names}"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context


def hashed(pem: Path) -> Path:
    """Make a folder of authorities as OpenSSL looks them up: by the hash of their names."""
    command = ["openssl", "x509", "-hash", "-noout", "-in", str(pem)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    folder = pem.parent / "authorities"
    folder.mkdir(exist_ok=True)
    (folder / f"{done.stdout.strip()}.0").write_bytes(pem.read_bytes())
    return folder


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """Serve as 127.0.0.1 and as a public host; trusted by those who are told to."""
    return certificate(tmp_path_factory.mktemp("trusted"), "IP:127.0.0.1,DNS:certcentral.example.com")


def greet(server: socket.socket, greeting: bytes) -> None:
    """Answer whatever comes with these bytes, once."""
    connection, _ = server.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(greeting)


def test_a_certificate_that_nobody_vouches_for_ends_the_call_before_it_is_sent(
    client: Callable[..., Client], trusted: tuple[Path, ssl.SSLContext]
) -> None:
    with Stub(answer(201, REQUEST), tls=trusted[1]) as stub, pytest.raises(TLSFailed) as caught:
        revoke(client(stub), 1, comments="Gone.")
    assert caught.value.fate is Fate.NOT_PROCESSED
    assert stub.requests == []
    assert stub.connections == 1
    assert str(caught.value).startswith(
        f"order 1: no secure connection to 127.0.0.1:{stub.port} (its certificate is not trusted: self"
    )
    assert "REQUESTS_CA_BUNDLE" in caught.value.remedy


def test_a_certificate_of_another_host_ends_the_call_before_it_is_sent(
    client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem, context = certificate(tmp_path, "DNS:certcentral.example.com")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with Stub(answer(200, ORDER), tls=context) as stub, pytest.raises(TLSFailed, match="not valid for"):
        client(stub).get_order(123456789)
    assert (stub.requests, stub.connections) == ([], 1)


def test_a_server_that_answers_in_plain_is_told_apart_from_one_that_is_not_there(
    client: Callable[..., Client],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        greeter = threading.Thread(
            target=greet, args=(server, b"HTTP/1.1 400 Bad Request\r\n\r\n"), daemon=True
        )
        greeter.start()
        with pytest.raises(TLSFailed, match="wrong version number"):
            client(f"https://127.0.0.1:{server.getsockname()[1]}/services/v2").get_order(123456789)
        greeter.join(PATIENCE)


def test_a_connection_that_closes_before_it_is_secure_is_tried_again(
    client: Callable[..., Client], trusted: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted[0]))
    with Stub(answer(201, REQUEST), tls=trusted[1], closes=2) as stub:
        assert revoke(client(stub), 1, comments="Gone.") is not None
    assert (stub.sent("PUT"), stub.connections) == (1, 3)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_of_authorities_that_is_not_there_is_named(
    client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    trusted: tuple[Path, ssl.SSLContext],
    variable: str,
) -> None:
    monkeypatch.setenv(variable, "/no/such/bundle.pem")
    with (
        Stub(answer(200, ORDER), tls=trusted[1]) as stub,
        pytest.raises(TLSFailed, match=r"/no/such/bundle\.pem"),
    ):
        client(stub).get_order(123456789)


@pytest.mark.parametrize(
    "variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]
)
def test_an_authority_of_ones_own_is_trusted_through_the_environment(
    client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    trusted: tuple[Path, ssl.SSLContext],
    variable: str,
) -> None:
    folder = hashed(trusted[0])
    monkeypatch.setenv(variable, str(folder if variable == "SSL_CERT_DIR" else trusted[0]))
    with Stub(answer(200, ORDER), answer(201, REQUEST), tls=trusted[1]) as stub:
        shared = client(stub)
        assert shared.get_order(123456789).id == 123456789
        assert revoke(shared, 1, comments="Gone.") is not None
    assert [request.connection for request in stub.requests] == [1, 1]


def test_an_authority_that_the_machine_trusts_is_trusted(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, trusted: tuple[Path, ssl.SSLContext]
) -> None:
    machine = truststore.SSLContext

    def trusting(protocol: int) -> truststore.SSLContext:
        context = machine(protocol)
        context.load_verify_locations(trusted[0])
        return context

    monkeypatch.setattr(truststore, "SSLContext", trusting)
    with Stub(answer(200, ORDER), tls=trusted[1]) as stub:
        assert client(stub).get_order(123456789).id == 123456789


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_named_bundle_replaces_what_the_machine_trusts(
    client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    trusted: tuple[Path, ssl.SSLContext],
    tmp_path: Path,
    variable: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted[0]))
    monkeypatch.setenv(variable, str(certificate(tmp_path, "DNS:another.example.com")[0]))
    with Stub(answer(200, ORDER), tls=trusted[1]) as stub, pytest.raises(TLSFailed, match="not trusted"):
        client(stub).get_order(123456789)
    assert stub.requests == []


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_what_the_environment_adds_to_the_trust_serves_for_no_other_host(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    pem, context = certificate(tmp_path, "DNS:certcentral.example.com")
    monkeypatch.setenv(variable, str(hashed(pem) if variable == "SSL_CERT_DIR" else pem))
    with Stub(answer(200, ORDER), tls=context) as stub, pytest.raises(TLSFailed, match="not valid for"):
        client(stub).get_order(123456789)
    assert stub.requests == []


def test_the_authorities_are_loaded_once_for_all_threads_and_not_before_a_call(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, trusted: tuple[Path, ssl.SSLContext]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted[0]))
    made = []
    machine = truststore.SSLContext

    def make(protocol: Any) -> Any:
        made.append(protocol)
        return machine(protocol)

    monkeypatch.setattr(truststore, "SSLContext", make)
    with Stub(*[answer(200, ORDER)] * 8, tls=trusted[1]) as stub:
        shared = client(stub)
        assert made == []
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(shared.get_order, [123456789] * 8))
    assert len(made) == 1


@pytest.mark.parametrize("act", [garble, close], ids=["no TLS record", "closed"])
def test_tls_that_breaks_after_the_request_was_sent_leaves_its_fate_unknown(
    client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    trusted: tuple[Path, ssl.SSLContext],
    act: Callable[[Any], bool],
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted[0]))
    with Stub(act, tls=trusted[1]) as stub, pytest.raises(NoAnswer) as caught:
        revoke(client(stub), 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN
    assert stub.sent("PUT") == 1


def tunnel_to(stub: Stub) -> Callable[[socket.socket], bool]:
    """Answer a CONNECT by passing bytes on to a stub, whatever host was asked for."""

    def pump(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def act(connection: socket.socket) -> bool:
        with socket.create_connection(("127.0.0.1", stub.port), PATIENCE) as target:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(target, connection), daemon=True)
            back.start()
            pump(connection, target)
            back.join(PATIENCE)
        return False

    return act


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_proxy_passes_the_call_on_and_never_sees_the_key(
    client: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    trusted: tuple[Path, ssl.SSLContext],
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(trusted[0]))
    with Stub(answer(201, REQUEST), tls=trusted[1]) as stub, Stub(tunnel_to(stub)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:something@127.0.0.1:{proxy.port}")
        assert revoke(client(PUBLIC), 1, comments="Gone.") is not None
    assert stub.sent("PUT") == 1
    [request] = proxy.requests
    assert (request.method, request.path) == ("CONNECT", "certcentral.example.com:443")
    assert "x-dc-devkey" not in request.headers


def test_a_revocation_that_breaks_behind_a_proxy_has_an_unknown_fate(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, trusted: tuple[Path, ssl.SSLContext]
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted[0]))
    with Stub(close, tls=trusted[1]) as stub, Stub(tunnel_to(stub)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(NoAnswer) as caught:
            revoke(client(PUBLIC), 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN
    assert (stub.sent("PUT"), proxy.sent("CONNECT")) == (1, 1)


@pytest.mark.parametrize(
    "act",
    [
        raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
        raw(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"),
        raw(b"nonsense\r\n\r\n"),
        close,
    ],
    ids=["407", "502", "nonsense", "closed"],
)
def test_a_proxy_that_opens_no_connection_processed_nothing_and_its_password_is_not_shown(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, act: Callable[[Any], bool]
) -> None:
    with Stub(act) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:something@127.0.0.1:{proxy.port}")
        with pytest.raises(Unreachable, match="the proxy opened no connection") as caught:
            revoke(client(PUBLIC), 1, comments="Gone.")
    assert caught.value.fate is Fate.NOT_PROCESSED
    assert type(caught.value) is Unreachable
    assert "something" not in str(caught.value)
    assert proxy.sent("CONNECT") == proxy.connections == 3
