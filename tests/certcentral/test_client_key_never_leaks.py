"""Whatever happens, and whatever a server says: the API key is in no text that leaves the client."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import secrets
import socket
import traceback
from typing import TYPE_CHECKING, Any

import dill
import pytest
import stamina
from certcentral.samples import ORDER, REQUEST
from certcentral.stub import Stub, answer, close, raw, reset, revoke, silence

from digicert_pulumi.certcentral import CertCentralError, Client, InvalidApiKey
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.transport import LARGEST_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = f"marked-{secrets.token_hex(16)}"
"""Unlike anything else: where it is found, it leaked."""

FORMS = (KEY, KEY.upper(), base64.b64encode(KEY.encode()).decode().rstrip("="), KEY[::-1])

ECHO = f'key {KEY}, {KEY.upper()}, "{KEY}"\n{KEY[:8]}\x00{KEY[8:]}'.encode()

ERRORS = json.dumps({"errors": [{"code": f"bad|{KEY}", "message": f"{'x' * 190} {KEY} is bad"}]}).encode()

ESCAPED = "".join(f"\\u{ord(char):04x}" for char in KEY)

FAILURES: dict[str, Callable[[socket.socket], bool]] = {
    **{f"{status}": answer(status, ERRORS) for status in (400, 401, 403, 404, 406, 408, 409, 429, 500, 503)},
    "escaped": answer(403, f'{{"errors":[{{"code":"{ESCAPED}","message":"{ESCAPED}"}}]}}'.encode()),
    "HTML": answer(200, ECHO, f"text/{KEY}"),
    "JSON": answer(200, b'{"id":"%s"}' % KEY.encode()),
    "a strange field": answer(200, {KEY: KEY}),
    "a strange type": answer(201, {**REQUEST, "type": KEY}),
    "the wrong order": answer(200, {**ORDER, "id": 2, "status": KEY}),
    "a redirect": answer(302, ERRORS, Location=f"https://www.example.com/?key={KEY}"),
    "a strange reason": raw(f"HTTP/1.1 418 {KEY}\r\nContent-Length: 0\r\n\r\n".encode()),
    "a strange status line": raw(f"{KEY}\r\n\r\n".encode()),
    "a strange header": raw(f"HTTP/1.1 500 X\r\n {KEY}\r\n{KEY}\r\nX: {KEY}\r\n\r\n".encode()),
    "a strange length": raw(f"HTTP/1.1 200 X\r\nContent-Length: {KEY}\r\n\r\n".encode()),
    "two lengths": raw(f"HTTP/1.1 200 X\r\nContent-Length: 1\r\nContent-Length: {KEY}\r\n\r\n".encode()),
    "a strange chunk": raw(f"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode()),
    "a strange encoding": answer(200, ECHO, Content_Encoding=KEY),
    "broken gzip": answer(200, ECHO, Content_Encoding="gzip"),
    "too much": raw(b"HTTP/1.1 200 X\r\n\r\n" + KEY.encode() + b" " * (LARGEST_ANSWER + 2**21)),
    "half a body": raw(b"HTTP/1.1 200 X\r\nContent-Length: 999\r\n\r\n" + KEY.encode()),
    "closed": close,
    "reset": reset,
    "silent": silence,
}


def timeout(act: Callable[[socket.socket], bool]) -> float:
    """Long enough for an answer on a busy machine, where there is one."""
    return 0.1 if act is silence else 10.0


class Records(logging.Handler):
    """Keep every record whole."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """Log everything of everybody."""
    root, handler = logging.getLogger(), Records()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    yield handler.records
    root.removeHandler(handler)
    root.setLevel(level)


def texts_of_records(records: list[logging.LogRecord]) -> str:
    """Give all that a handler could write of them."""
    formatter = logging.Formatter("%(message)s %(pathname)s")
    return "\n".join(f"{formatter.format(record)} {vars(record)!r}" for record in records)


def texts_of_error(error: BaseException) -> str:
    """Give all that a program could print of an error, the local variables of its traceback included."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = [str(error), repr(error), "".join(trace.format()), "".join(traceback.format_exception(error))]
    return "\n".join([*parts, *(repr(thing) for thing in everything_in(error))])


def everything_in(error: BaseException) -> Iterator[object]:
    """Give an error, and everything that hangs on it but for the code that raised it."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        thing = pending.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield thing
        if isinstance(thing, BaseException):
            pending += [thing.__cause__, thing.__context__, *thing.args]
        if isinstance(thing, (list, tuple, set)):
            pending += thing
        if isinstance(thing, dict):
            pending += [*thing, *thing.values()]
        pending += list(getattr(thing, "__dict__", {}).values())


def assert_clean(text: str) -> None:
    for form in FORMS:
        assert form not in text


@pytest.mark.parametrize("act", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("call", ["get_order", "revoke_order"])
def test_no_failure_shows_the_key_or_leads_back_to_the_exception_that_holds_the_request(
    act: Callable[[socket.socket], bool], call: str, records: list[logging.LogRecord]
) -> None:
    lines: list[str] = []
    with Stub(act) as stub:
        client = Client(KEY, stub.url, read_timeout=timeout(act), report=lines.append)
        with pytest.raises(CertCentralError) as caught:
            client.get_order(1) if call == "get_order" else revoke(client, 1, comments="Gone.")
        assert stub.requests[0].headers["x-dc-devkey"] == KEY
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert_clean(texts_of_error(error))
    assert_clean(texts_of_error(pickle.loads(pickle.dumps(error))))  # noqa: S301 - our own pickle
    assert_clean(pickle.dumps(error).decode("latin-1"))
    assert_clean(texts_of_records(records))
    assert_clean("\n".join(lines))
    assert "\n" not in str(error)


def test_an_unreachable_host_does_not_show_the_key(records: list[logging.LogRecord]) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        client = Client(KEY, f"http://127.0.0.1:{bound.getsockname()[1]}/services/v2")
        with pytest.raises(CertCentralError) as caught:
            client.get_order(1)
    assert_clean(texts_of_error(caught.value))
    assert_clean(texts_of_records(records))


def test_a_line_about_trying_again_does_not_show_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    monkeypatch.setattr("digicert_pulumi.certcentral.retry._SILENCE", 0.0)
    with Stub(answer(503, ERRORS)) as stub, pytest.raises(CertCentralError):
        Client(KEY, stub.url, report=lines.append).get_order(1)
    assert lines
    assert_clean("\n".join(lines))


def test_success_logs_method_path_status_time_and_attempt_and_no_key(
    records: list[logging.LogRecord],
) -> None:
    with Stub(answer(503), answer(200, {**ORDER, "status": KEY})) as stub:
        Client(KEY, stub.url).get_order(123456789)
    ours = [record.getMessage() for record in records if record.name == "digicert_pulumi.certcentral"]
    assert [line.split(" in ")[0] for line in ours] == [
        "GET /order/certificate/123456789: 503",
        "GET /order/certificate/123456789: 200",
    ]
    assert [line.split(" ms ")[1] for line in ours] == ["(attempt 1)", "(attempt 2)"]
    assert_clean(texts_of_records(records))


def test_a_client_shows_its_base_url_and_nothing_else() -> None:
    client = Client(KEY, "https://certcentral.example.com/services/v2/")
    assert repr(client) == "Client('https://certcentral.example.com/services/v2')"
    for thing in (client, client._session, client._session._key, client._session._transport):
        assert_clean(f"{thing!r} {thing}")


@pytest.mark.parametrize("dumps", [pickle.dumps, dill.dumps, copy.deepcopy], ids=["pickle", "dill", "copy"])
def test_a_client_and_a_key_cannot_be_pickled(dumps: Callable[[Any], Any]) -> None:
    client = Client(KEY)
    for thing in (client, client._session._key, client._session._transport, client._session):
        with pytest.raises(TypeError):
            dumps(thing)


@pytest.mark.parametrize(
    "wrong", ["", "\n", "a b", " a", "a\n", "a\r\nX-Other: b", "a\x00", "a\x7f", "schlüssel", "鍵", "a\u200b"]
)
def test_a_key_that_no_header_can_carry_is_one_clear_error_that_does_not_show_it(wrong: str) -> None:
    with pytest.raises(InvalidApiKey) as caught:
        Client(wrong)
    assert str(caught.value) in (
        "the API key is empty",
        "the API key holds a space, a line break or another character that no key has",
    )
    assert caught.value.__context__ is None


@pytest.mark.parametrize("around", ["", " ", "x" * 300, "\x00"])
def test_a_quote_holds_no_part_of_the_key_that_the_text_had_whole(around: str) -> None:
    quote = ApiKey(KEY).quote(f"{around}{KEY}{around}{KEY.upper()}")
    assert_clean(quote)
    assert KEY[:8] not in quote


def test_no_warning_of_the_retry_library_reaches_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        with stamina.set_testing(True, attempts=2), Stub(answer(503)) as stub:
            with pytest.raises(CertCentralError):
                Client(KEY, stub.url).get_order(1)
            assert stub.sent("GET") == 2
    finally:
        root.handlers = handlers
    assert capfd.readouterr() == ("", "")
