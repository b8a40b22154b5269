"""A certificate that a host still serves is not revoked."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from certcentral_sandbox.tls_server import TlsServer
from msgspec.structs import replace
from support.digicert import DigiCert, TroubleError, failing
from support.orders import make_order
from support.sandbox import free_port
from support.x509_files import new_certificate, new_key, pem, private_bytes

from digicert_pulumi.certcentral import Certificate
from digicert_pulumi.revoking import served
from digicert_pulumi.revoking.failures import RefusedError
from digicert_pulumi.revoking.served import Look, look
from digicert_pulumi.revoking.spec import RevocationSpec, SingleCertificate, WholeOrder
from digicert_pulumi.revoking.submission import Submission
from digicert_pulumi.x509.hosts import Host
from digicert_pulumi.x509.identity import identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.virtual_time import VirtualTime

    from digicert_pulumi.orders.reader import Reader

ORDER, CERTIFICATE = 1, 7001
WWW, MAIL = Host("www.example.com", 443), Host("mail.example.com", 25)
SERIAL, OTHER, STRANGE = "0A01", "0A02", "0A03"
THUMBPRINT = "A" * 40


@pytest.fixture
def digicert(digicert: DigiCert) -> DigiCert:
    """An order with a primary certificate, a duplicate and a reissue."""
    primary = replace(make_order().certificate, id=CERTIFICATE, serial_number=SERIAL, thumbprint=THUMBPRINT)
    digicert.add(ORDER, certificate=primary)
    digicert.every_duplicate = (Certificate(id=7002, serial_number=OTHER),)
    return digicert


@pytest.fixture
def submitting(digicert: DigiCert, reader: Reader, time: VirtualTime) -> Callable[..., Submission]:
    """Make what submits, with what is seen of the hosts."""

    def make(*seen: Look, then: Callable[[Host], None] = lambda _: None) -> Submission:
        known = {each.host: each for each in seen}

        def see(host: Host) -> list[Look]:
            then(host)
            return [known[host]]

        return Submission(digicert, reader, print, sleep=time.pass_by, look=see)  # type: ignore[arg-type]

    return make


def spec(*hosts: Host, **changes: Any) -> RevocationSpec:
    values = {"order_id": ORDER, "scope": WholeOrder(), "comments": "Gone.", **changes}
    return RevocationSpec(must_not_be_served_by=hosts, **values)


def refusal(submission: Submission, asked: RevocationSpec, digicert: DigiCert) -> tuple[str, str]:
    """The code and the line of a refusal, after which nothing was sent."""
    with pytest.raises(RefusedError) as refused:
        submission.ensure(asked)
    assert digicert.calls["revoke_order"] == digicert.calls["revoke_certificate"] == 0
    return refused.value.refusal.code, str(refused.value)


@pytest.mark.parametrize("serial_number", [SERIAL, OTHER, "000A01", "a02"])
def test_what_is_served_is_not_revoked_be_it_the_primary_certificate_or_a_duplicate(
    submitting: Callable[..., Submission], digicert: DigiCert, serial_number: str
) -> None:
    code, line = refusal(submitting(Look(WWW, serial_number, "B" * 40)), spec(WWW), digicert)
    assert code == "still-served"
    assert line == (
        f"order 1: www.example.com:443 still serves the certificate with the serial number {serial_number}, which would be "
        "revoked; nothing was sent; install another certificate there, or take the host out of must_not_be_served_by"
    )


def test_a_reissue_that_is_served_is_not_revoked(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    digicert.every_reissue, digicert.every_duplicate = digicert.every_duplicate, ()
    assert refusal(submitting(Look(WWW, OTHER)), spec(WWW), digicert)[0] == "still-served"


def test_a_thumbprint_is_enough(submitting: Callable[..., Submission], digicert: DigiCert) -> None:
    certificate = replace(digicert.orders[ORDER].certificate, serial_number=None)
    digicert.add(ORDER, certificate=certificate)
    seen = Look(WWW, SERIAL, THUMBPRINT)
    assert refusal(submitting(seen), spec(WWW), digicert)[0] == "still-served"


def test_what_is_served_is_told_before_what_cannot_be_told(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    submission = submitting(Look(WWW, problem="no answer within 5 s"), Look(MAIL, OTHER))
    code, line = refusal(submission, spec(WWW, MAIL), digicert)
    assert code == "still-served"
    assert "mail.example.com:25 still serves" in line


def test_a_host_that_cannot_be_told_of_is_refused_too(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    submission = submitting(Look(WWW), Look(MAIL, problem="no answer within 5 s"))
    assert refusal(submission, spec(WWW, MAIL), digicert) == (
        "served-unclear",
        (
            "order 1: cannot tell whether mail.example.com:25 still serves a certificate that would be revoked "
            "(no answer within 5 s); nothing was sent; if that doesn't matter, take the host out of must_not_be_served_by"
        ),
    )


def test_another_certificate_may_be_served(submitting: Callable[..., Submission], digicert: DigiCert) -> None:
    outcome = submitting(Look(WWW, STRANGE, "B" * 40), Look(MAIL)).ensure(spec(WWW, MAIL))
    assert outcome.sent
    assert digicert.calls["revoke_order"] == 1


def test_no_other_certificate_is_read_where_no_host_serves_any(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    assert submitting(Look(WWW)).ensure(spec(WWW)).sent
    assert digicert.calls["get_duplicates"] == digicert.calls["get_reissues"] == 0


@pytest.mark.parametrize("list_", ["get_duplicates", "get_reissues"])
def test_without_the_other_certificates_nobody_can_tell(
    submitting: Callable[..., Submission], digicert: DigiCert, list_: str
) -> None:
    digicert.before = failing(list_, error=lambda: TroubleError("no answer"))
    code, line = refusal(submitting(Look(WWW, STRANGE)), spec(WWW), digicert)
    assert code == "served-unclear"
    assert "www.example.com:443 still serves a certificate that would be revoked (order 1: its" in line


def test_a_certificate_without_numbers_can_be_compared_with_nothing(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    digicert.every_duplicate = (Certificate(id=7002),)
    assert refusal(submitting(Look(WWW, STRANGE)), spec(WWW), digicert)[0] == "served-unclear"
    digicert.every_duplicate = ()
    digicert.add(ORDER, certificate=Certificate(id=CERTIFICATE, common_name="www.example.com"))
    assert refusal(submitting(Look(WWW, STRANGE)), spec(WWW), digicert)[0] == "served-unclear"


def test_of_a_single_certificate_only_that_one_counts(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    single = spec(WWW, scope=SingleCertificate(CERTIFICATE))
    assert refusal(submitting(Look(WWW, SERIAL)), single, digicert)[0] == "still-served"
    assert submitting(Look(WWW, OTHER)).ensure(single).sent
    assert digicert.calls["revoke_certificate"] == 1


def test_a_request_that_stands_is_adopted_whatever_is_served(
    submitting: Callable[..., Submission], digicert: DigiCert
) -> None:
    request_id = digicert.ask(ORDER, comments="Gone.")
    outcome = submitting(Look(WWW, SERIAL)).ensure(spec(WWW))
    assert outcome.request is not None
    assert outcome.request.id == request_id


def test_the_hosts_are_asked_right_before_the_put_and_the_order_is_read_after_them(
    submitting: Callable[..., Submission], digicert: DigiCert, reader: Reader
) -> None:
    """Also where the order was read a moment ago, as in the preview."""
    seen: list[tuple[Host, int]] = []
    reader.order(ORDER)
    submission = submitting(Look(WWW), then=lambda host: seen.append((host, digicert.calls["get_order"])))
    assert submission.ensure(spec(WWW)).sent
    assert seen == [(WWW, 1)]
    assert digicert.calls["get_order"] >= 2


def test_without_hosts_nobody_is_asked(submitting: Callable[..., Submission]) -> None:
    assert submitting().ensure(spec()).sent


KEY = new_key()
SERVED = new_certificate(KEY)


@contextmanager
def server(**options: Any) -> Iterator[Host]:
    with TlsServer(pem(SERVED).decode(), private_bytes(KEY).decode(), **options) as started:
        yield Host("localhost", started.port)


@pytest.mark.parametrize("authority", [None, pem(SERVED).decode()])
def test_a_look_at_a_host_shows_its_certificate(authority: str | None) -> None:
    """Also where it demands one of its client."""
    with server(client_authority=authority) as host:
        assert look(host) == [Look(host, identity(SERVED).serial_number, identity(SERVED).sha1)]


def resolving(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> Host:
    """A name with several addresses."""
    genuine = socket.getaddrinfo

    def resolve(name: str, *given: Any, **named: Any) -> Any:
        names = addresses if name == WWW.name else (name,)
        return [each for known in names for each in genuine(known, *given, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return Host(WWW.name, port)


def test_each_address_of_a_name_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one serves; the first one is the same machine, where nothing listens."""
    with server() as local:
        host = resolving(monkeypatch, local.port, "127.0.0.2", "127.0.0.1")
        assert look(host) == [Look(host, identity(SERVED).serial_number, identity(SERVED).sha1)]


def test_two_addresses_with_two_certificates_are_both_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    other_key = new_key()
    other = new_certificate(other_key)
    with server() as local, socket.create_server(("127.0.0.2", local.port)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            TlsServer.handshake(second, connection)

        second = TlsServer(pem(other).decode(), private_bytes(other_key).decode())
        thread = threading.Thread(target=answer)
        thread.start()
        host = resolving(monkeypatch, local.port, "127.0.0.1", "127.0.0.2")
        seen = look(host)
        thread.join()
        second.close()
    assert [each.thumbprint for each in seen] == [identity(SERVED).sha1, identity(other).sha1]


@pytest.mark.parametrize("reachable", [True, False])
def test_an_address_to_which_this_machine_has_no_way_counts_only_if_all_are_so(
    monkeypatch: pytest.MonkeyPatch, reachable: bool
) -> None:
    genuine = socket.create_connection

    def connect(address: tuple[str, int], *given: Any) -> socket.socket:
        if address[0] == "127.0.0.2":
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return genuine(address, *given)

    monkeypatch.setattr(socket, "create_connection", connect)
    with server() as local:
        addresses = ["127.0.0.2", *(["127.0.0.1"] if reachable else [])]
        host = resolving(monkeypatch, local.port, *addresses)
        (seen,) = look(host)
    assert seen == (
        Look(host, identity(SERVED).serial_number, identity(SERVED).sha1)
        if reachable
        else Look(host, problem="this machine has no way to it")
    )


def test_a_refused_connection_is_not_serving() -> None:
    host = Host("127.0.0.1", free_port())
    assert look(host) == []


@pytest.mark.parametrize(
    ("error", "is_nobody"),
    [(socket.EAI_NONAME, True), (socket.EAI_AGAIN, False), (socket.EAI_FAIL, False)],
)
def test_a_name_that_there_is_not_is_not_serving_and_a_silent_resolver_says_nothing(
    monkeypatch: pytest.MonkeyPatch, error: int, is_nobody: bool
) -> None:
    def resolve(*_: object, **__: object) -> None:
        raise socket.gaierror(error, "told by the resolver")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert look(WWW) == ([] if is_nobody else [Look(WWW, problem="told by the resolver")])


def test_a_host_that_does_not_answer_in_time_cannot_be_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "LOOK_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = Host("127.0.0.1", listening.getsockname()[1])
        assert look(host) == [Look(host, problem="no answer within 0.2 s")]


@pytest.mark.parametrize("said", [b"220 mail.example.com ESMTP\r\n", b""])
def test_a_host_that_speaks_no_tls_cannot_be_told_of(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        (seen,) = look(Host("127.0.0.1", listening.getsockname()[1]))
        thread.join()
    assert seen.serial_number is None
    assert seen.problem
    assert "\n" not in seen.problem


def test_many_hosts_are_asked_in_their_order() -> None:
    hosts = [Host(f"{number}.example.com", 443) for number in range(20)]
    assert [each.host for each in served.look_at_all(hosts, lambda host: [Look(host)])] == hosts
