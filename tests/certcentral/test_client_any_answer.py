"""No answer whatever yields anything but a value of the documented type or one of the client's own errors."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from certcentral.samples import ORDER, PENDING_ORDER, PROCESSED_REQUEST, REQUEST, USER
from certcentral.stub import Stub, raw, revoke
from hypothesis import given
from hypothesis import strategies as st
from properties.profile import search

from digicert_pulumi.certcentral import CertCentralError, Client, Fate, Order, Request, RequestPage, User
from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.decoding import decode
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.pacer import UNPACED, Pacer
from digicert_pulumi.certcentral.paging import pages
from digicert_pulumi.certcentral.session import Session
from digicert_pulumi.certcentral.transport import Answer, Transport

if TYPE_CHECKING:
    from collections.abc import Callable

GET_ORDER = Call("GET", "/order/certificate/123456789", order_id=123456789)
GET_REQUEST = Call("GET", "/request/198", request_id=198)
GET_USER = Call("GET", "/user/me")
PUT = Call("PUT", "/order/certificate/123456789/revoke", b"{}", order_id=123456789)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["errors", "code", "message", "id"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@st.composite
def nearly(draw: st.DrawFn) -> Any:
    """Give a documented body in which something is missing, or something else."""
    document = json.loads(
        json.dumps(draw(st.sampled_from([ORDER, PENDING_ORDER, REQUEST, PROCESSED_REQUEST, USER])))
    )
    spot = document
    while True:
        name = draw(st.sampled_from(sorted(spot)))
        if isinstance(spot[name], dict) and spot[name] and draw(st.booleans()):
            spot = spot[name]
            continue
        if draw(st.booleans()):
            del spot[name]
        else:
            spot[name] = draw(ANYTHING)
        return document


BODIES = st.one_of(
    nearly().map(lambda body: json.dumps(body).encode()),
    st.sampled_from([ORDER, REQUEST, USER]).map(lambda body: json.dumps(body).encode()),
    ANYTHING.map(lambda body: json.dumps({"errors": body}).encode()),
    ANYTHING.map(lambda body: json.dumps(body).encode()),
    st.binary(max_size=60),
)

STATUSES = st.sampled_from([200, 201, 204, 400, 404]) | st.integers(100, 999)

TYPES = st.just("application/json") | st.sampled_from(["", "text/html", "application/problem+json"])


class Canned(Transport):
    """Give one answer to everything."""

    def __init__(self, answer: Answer) -> None:
        self._answer_to_all = answer

    def exchange(self, call: Call) -> Answer:
        del call
        return self._answer_to_all


@search(80)
@given(status=STATUSES, content_type=TYPES, body=BODIES)
def test_any_body_with_any_status_is_a_value_or_an_error(status: int, content_type: str, body: bytes) -> None:
    transport = Canned(Answer(status, content_type, body))
    session = Session(
        ApiKey("key-of-this-test"),
        transport,
        Pacer(UNPACED),
        retry_budget=0.0,
        report=print,
        note=print,
        may_send=lambda: True,
    )
    models: tuple[tuple[Call, Any], ...] = ((GET_ORDER, Order), (GET_REQUEST, Request), (GET_USER, User))
    for call, model in models:
        found, error = outcome(lambda: session.read(call, model))  # noqa: B023 - called at once
        assert error is None or str(error).isprintable()
        assert error or (type(found) is model and status == 200)
    _, error = outcome(lambda: session.revoke(PUT, at_once=False))
    assert error or status == 201
    request, error = outcome(lambda: session.revoke(PUT, at_once=True))
    if error:
        refused = 400 <= status <= 499 and status not in (406, 408, 429)
        assert (error.fate is Fate.REFUSED) is (refused and explains(content_type, body))
        assert (error.fate is Fate.NOT_PROCESSED) is (status == 429)
    else:
        assert status == (204 if request is None else 201)


def explains(content_type: str, body: bytes) -> bool:
    """Whether DigiCert says in its own form why not."""
    try:
        errors = json.loads(body)["errors"]
    except (ValueError, LookupError, TypeError):
        return False
    entries = errors if isinstance(errors, list) else [errors]
    texts = [
        entry.get(field) for entry in entries if isinstance(entry, dict) for field in ("code", "message")
    ]
    return content_type == "application/json" and any(
        isinstance(text, str) and text.strip() for text in texts
    )


NEEDED: list[tuple[type[Order | Request | User], dict[str, Any], tuple[str, ...]]] = [
    (Order, ORDER, ("id", "status", "product", "certificate")),
    (Request, PROCESSED_REQUEST, ("id", "type", "status")),
    (User, USER, ("id",)),
]


@search(60)
@given(data=st.data())
def test_what_is_only_shown_keeps_nothing_from_being_read(data: st.DataObject) -> None:
    model, document, needed = data.draw(st.sampled_from(NEEDED))
    body = {
        name: value if name in needed else data.draw(st.just(value) | ANYTHING)
        for name, value in document.items()
    }
    found = decode(json.dumps(body).encode(), model)
    assert found.id == document["id"]
    if isinstance(found, Order):
        shown = body["requests"]
        rows = len(shown) if isinstance(shown, list) else int(shown not in (None, {}, ""))
        assert len(found.requests) + len(found.unreadable_requests) == rows


ROWS = st.lists(
    st.sampled_from([{**REQUEST, "id": 1, "order": {"id": 5}}, {**REQUEST, "id": 2, "order": {"id": 5}}])
    | ANYTHING,
    max_size=4,
)
PAGES = st.lists(
    st.fixed_dictionaries(
        {"requests": ROWS | ANYTHING}, optional={"page": st.builds(dict, total=st.integers(-1, 9)) | ANYTHING}
    ),
    min_size=1,
    max_size=5,
)


@search(40)
@given(bodies=PAGES)
def test_any_list_ends(bodies: list[Any]) -> None:
    """A server that repeats itself and never says that it is done is left after a while, and counts every row."""
    asked = 0

    def read(offset: int) -> RequestPage:
        nonlocal asked
        asked += 1
        answer = Answer(200, "application/json", json.dumps(bodies[(asked - 1) % len(bodies)]).encode())
        reader = Client("key-of-this-test")
        reader._session._transport = Canned(answer)
        return reader.list_requests("revoke", offset)

    for page in islice(pages(read), 100):
        assert page.rows == len(page.requests) + len(page.others) + page.strange
    assert asked < 100


def outcome(call: Callable[[], Any]) -> tuple[Any, CertCentralError | None]:
    try:
        return call(), None
    except CertCentralError as error:
        return None, error


@pytest.fixture(scope="module")
def noise() -> Any:
    with Stub(raw(b"")) as stub:
        yield stub


@search(60)
@given(
    data=st.binary(max_size=80)
    | st.tuples(
        st.sampled_from([b"HTTP/1.1 201 Created\r\n", b"HTTP/1.1 500 X\r\n", b"HTTP/1.0 200\r\n", b"HTTP/9"]),
        st.lists(
            st.sampled_from(
                [
                    b"Content-Type: application/json\r\n",
                    b"Content-Length: 5\r\n",
                    b"Content-Length: -1\r\n",
                    b"Content-Length: x\r\n",
                    b"Transfer-Encoding: chunked\r\n",
                    b"Content-Encoding: gzip\r\n",
                    b"Connection: close\r\n",
                    b"Location: https://[\r\n",
                    b"Set-Cookie: =;=\r\n",
                    b": \r\n",
                    b"\xff\xfe\r\n",
                ]
            ),
            max_size=4,
        ).map(b"".join),
        st.sampled_from([b"\r\n", b"", b"\r\n\r\n"]),
        st.binary(max_size=20),
    ).map(b"".join)
)
def test_any_bytes_on_the_wire_are_an_error_of_unknown_fate(noise: Stub, data: bytes) -> None:
    noise.answers[:] = [raw(data)]
    before = noise.sent("PUT")
    with pytest.raises(CertCentralError) as caught:
        revoke(Client("key-of-this-test", noise.url, read_timeout=2.0), 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN
    assert noise.sent("PUT") == before + 1
