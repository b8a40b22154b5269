"""What the client makes of connections that fail: whether the request left decides everything."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
import urllib3.connection
from certcentral.conftest import ATTEMPTS
from certcentral.samples import ORDER, REQUEST
from certcentral.stub import Stub, answer, close, raw, reset, revoke, silence

from digicert_pulumi.certcentral import (
    CertCentralError,
    Client,
    Fate,
    NoAnswer,
    TimedOut,
    Unreachable,
    watch,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Hold a port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_refused_connection_processed_nothing(client: Callable[..., Client], closed_port: int) -> None:
    with pytest.raises(Unreachable) as caught:
        revoke(client(f"http://127.0.0.1:{closed_port}/services/v2"), 1, comments="Gone.")
    assert caught.value.fate is Fate.NOT_PROCESSED
    assert str(caught.value) == (
        f"order 1: 127.0.0.1:{closed_port} cannot be reached (connection refused). "
        "Check the network, the base URL, and the proxy settings if there is a proxy."
    )


def test_a_host_name_that_does_not_resolve_processed_nothing(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unreachable, match=r"the host name does not resolve") as caught:
        revoke(client("https://certcentral.example.com/services/v2"), 1, comments="Gone.")
    assert caught.value.fate is Fate.NOT_PROCESSED


def test_a_connection_that_does_not_open_in_time_processed_nothing(client: Callable[..., Client]) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        queue = [socket.socket() for _ in range(4)]
        for waiting in queue:
            waiting.settimeout(0)
            waiting.connect_ex(("127.0.0.1", port))
        shared = client(f"http://127.0.0.1:{port}/services/v2", connect_timeout=0.1)
        with pytest.raises(Unreachable, match=r"no connection within 0\.1 s") as caught:
            revoke(shared, 1, comments="Gone.")
        for waiting in queue:
            waiting.close()
    assert caught.value.fate is Fate.NOT_PROCESSED


def test_a_revocation_is_sent_once_as_soon_as_a_connection_opens(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Stub(answer(201, REQUEST)) as stub:
        refused = iter([True, True])
        connect = socket.socket.connect

        def reluctant(self: socket.socket, address: Any) -> None:
            if next(refused, False):
                raise ConnectionRefusedError(111, "Connection refused")
            connect(self, address)

        monkeypatch.setattr(socket.socket, "connect", reluctant)
        assert revoke(client(stub), 1, comments="Gone.") is not None
    assert stub.sent("PUT") == 1


def impatient(act: Callable[[Any], bool]) -> dict[str, float]:
    """Settings of a client that does not wait long for what never comes."""
    return {"read_timeout": 1.0} if act is silence else {}


LOST = {
    "closed": (close, "closed the connection without an answer", NoAnswer),
    "reset": (reset, "broke off (connection reset by peer)", NoAnswer),
    "closed in the headers": (raw(b"HTTP/1.1 201 Created\r\nContent-Ty"), "no JSON", CertCentralError),
    "closed in the status": (raw(b"HTTP/1.1 2"), "closed the connection during its answer", NoAnswer),
    "closed in the body": (
        raw(b"HTTP/1.1 201 X\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"),
        "closed the connection during its answer",
        NoAnswer,
    ),
    "closed in a chunk": (
        raw(b"HTTP/1.1 201 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"),
        "closed the connection during its answer",
        NoAnswer,
    ),
    "silent": (silence, "did not answer within 1 s", TimedOut),
}


@pytest.mark.parametrize(("act", "says", "kind"), LOST.values(), ids=LOST)
def test_a_revocation_without_an_answer_has_an_unknown_fate_and_is_not_sent_again(
    client: Callable[..., Client], act: Callable[[Any], bool], says: str, kind: type[CertCentralError]
) -> None:
    with Stub(act) as stub, pytest.raises(kind) as caught:
        revoke(client(stub, **impatient(act)), 1, comments="Gone.")
    assert says in str(caught.value)
    assert caught.value.fate is Fate.UNKNOWN
    assert str(caught.value).endswith(
        "The request may have been processed: read the order before sending it again."
    )
    assert stub.sent("PUT") == 1


def test_a_connection_that_breaks_before_the_request_is_read_leaves_its_fate_unknown(
    client: Callable[..., Client],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        shared = client(f"http://127.0.0.1:{server.getsockname()[1]}/services/v2", read_timeout=0.2)
        with pytest.raises(NoAnswer) as caught:
            revoke(shared, 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN


def test_a_kept_connection_that_drops_under_a_revocation_leaves_its_fate_unknown(
    client: Callable[..., Client],
) -> None:
    with Stub(answer(200, ORDER), reset) as stub:
        shared = client(stub)
        shared.get_order(123456789)
        with pytest.raises(NoAnswer) as caught:
            revoke(shared, 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN
    assert [request.connection for request in stub.requests] == [1, 1]
    assert stub.sent("PUT") == 1


@pytest.mark.parametrize("act", [close, reset, silence], ids=["closed", "reset", "silent"])
def test_reading_goes_on_after_lost_connections(
    client: Callable[..., Client], act: Callable[[Any], bool]
) -> None:
    with Stub(act, act, answer(200, ORDER)) as stub:
        assert client(stub, **impatient(act)).get_order(123456789).id == 123456789
    assert stub.sent("GET") == ATTEMPTS


def test_reading_ends_with_one_line_when_the_connection_is_always_lost(client: Callable[..., Client]) -> None:
    with Stub(close) as stub, pytest.raises(NoAnswer) as caught:
        client(stub).get_order(1)
    assert str(caught.value) == (
        f"order 1: 127.0.0.1:{stub.port} closed the connection without an answer. Try again later."
    )
    assert stub.sent("GET") == ATTEMPTS


def test_an_answer_that_came_too_late_is_not_taken_for_the_next_one(client: Callable[..., Client]) -> None:
    with Stub(silence, answer(200, ORDER)) as stub:
        shared = client(stub, read_timeout=2.0)
        with pytest.raises(TimedOut):
            revoke(shared, 1, comments="Gone.")
        shared.get_order(123456789)
    assert [request.connection for request in stub.requests] == [1, 2]


def test_connections_that_cannot_be_watched_are_told_before_anything_is_revoked(
    client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch._Pool, "ConnectionCls", urllib3.connection.HTTPConnection)
    with (
        Stub(answer(200, ORDER)) as stub,
        pytest.raises(CertCentralError, match=r"^order 123456789: the installed urllib3"),
    ):
        client(stub).get_order(123456789)
