"""The TLS server that serves certificates of the sandbox to tests."""

import socket
import ssl
from pathlib import Path

import pytest
from support.sandbox import Sandbox


def served(port: int, name: str, context: ssl.SSLContext | None = None) -> bytes | None:
    if context is None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 60) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        return secured.getpeercert(binary_form=True)


def der(sandbox: Sandbox, certificate_id: int) -> bytes:
    return ssl.PEM_cert_to_DER_cert(first(sandbox.pem_all(certificate_id)))


def first(chain: str) -> str:
    end = "-----END CERTIFICATE-----"
    return chain[: chain.index(end) + len(end)]


def test_it_serves_a_certificate_that_a_client_can_verify(shared: Sandbox) -> None:
    order_id = shared.find("ov_multi_domain")
    certificate_id, name = shared.certificate_ids(order_id)[0], shared.order(order_id)["certificate"]
    context = ssl.create_default_context(
        cadata=shared.pem_all(certificate_id).split(end := "-----END CERTIFICATE-----\n")[2] + end
    )
    with shared.tls_server(certificate_id) as server:
        assert served(server.port, name["common_name"], context) == der(shared, certificate_id)
        assert server.names == [name["common_name"]]


def test_it_serves_another_certificate_from_one_moment_to_the_next(shared: Sandbox) -> None:
    one, other = shared.certificate_ids(shared.find("duplicates"))[:2]
    with shared.tls_server(one) as server:
        assert served(server.port, "www.example.com") == der(shared, one)
        server.swap(shared.pem_all(other), shared.private_key(other))
        assert served(server.port, "www.example.com") == der(shared, other)


def test_it_can_demand_a_certificate_of_its_client(shared: Sandbox, tmp_path: Path) -> None:
    certificate_id, other = shared.certificate_ids(shared.find("duplicates"))[:2]
    chain = shared.pem_all(other)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = (
        ssl.TLSVersion.TLSv1_2
    )  # in which the client's certificate is a part of the handshake
    with shared.tls_server(certificate_id, client_authority=chain) as server:
        with pytest.raises(OSError, match=r".+"):
            served(server.port, "www.example.com", context)
        (tmp_path / "client.pem").write_text(shared.private_key(other) + chain)
        context.load_cert_chain(tmp_path / "client.pem")
        assert served(server.port, "www.example.com", context) == der(shared, certificate_id)


def test_it_stops(shared: Sandbox) -> None:
    with shared.tls_server(shared.certificate_ids(shared.find("ov"))[0]) as server:
        pass
    with pytest.raises(ConnectionRefusedError):
        served(server.port, "www.example.com")
