"""What the client makes of answers that the API does not document: a typed error with the right fate, never more."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest
from certcentral.conftest import ATTEMPTS
from certcentral.samples import DV_ORDER_ROW, ORDER, REQUEST
from certcentral.stub import Stub, answer, raw, refusal, revoke, trickle

from digicert_pulumi.certcentral import (
    AccessDenied,
    CertCentralError,
    Client,
    Fate,
    Intercepted,
    NoAnswer,
    NotFound,
    OrderNotFound,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    UnexpectedAnswer,
    UnreadableAnswer,
)
from digicert_pulumi.certcentral.transport import LARGEST_ANSWER

if TYPE_CHECKING:
    from collections.abc import Callable

HTML = b"<!DOCTYPE html><html><body>We are down for maintenance.</body></html>"


def body(status: int, length: int, sent: bytes, *headers: bytes) -> Callable[[Any], bool]:
    """Announce one length and send another."""
    lines = [
        b"HTTP/1.1 %d X" % status,
        b"Content-Type: application/json",
        b"Content-Length: %d" % length,
        *headers,
    ]
    return raw(b"\r\n".join(lines) + b"\r\n\r\n" + sent)


REFUSALS = {
    "a bad key": (
        refusal(403, "access_denied|access_denied_invalid_key", "Access denied."),
        AccessDenied,
        (
            "order 123456789: DigiCert denied access (403 access_denied|access_denied_invalid_key: Access denied). "
            "Check that the API key is complete and active, and of an account in this region."
        ),
    ),
    "a missing permission": (
        refusal(403, "access_denied|missing_permission", "Missing permission."),
        AccessDenied,
        (
            "order 123456789: DigiCert denied access (403 access_denied|missing_permission: Missing permission). "
            "Use an API key whose user and whose restriction allow this: a View Only key can only read."
        ),
    ),
    "401": (
        refusal(401, "access_denied"),
        AccessDenied,
        (
            "order 123456789: DigiCert denied access (401 access_denied: No). "
            "Check the API key and what its user may do."
        ),
    ),
    "an unknown order": (
        refusal(404, "not_found|order", "No such order."),
        OrderNotFound,
        (
            "order 123456789: DigiCert does not know this order (404 not_found|order: No such order). "
            "Check the order id, and that the API key is of the order's account and region."
        ),
    ),
    "an unknown route": (
        refusal(404, "not_found|route", "The specified route was not found."),
        NotFound,
        (
            "order 123456789: there is nothing at this address (404 not_found|route: The specified route was not "
            "found). Check the order id and the base URL."
        ),
    ),
    "a bad request": (
        refusal(400, "bad_request_format", "Malformed."),
        Refused,
        (
            "order 123456789: DigiCert refused the request (400 bad_request_format: Malformed). "
            "Nothing was changed. Check the order in CertCentral."
        ),
    ),
}


@pytest.mark.parametrize(("act", "kind", "text"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_one_line_and_is_not_repeated(
    client: Callable[..., Client], act: Callable[[Any], bool], kind: type[CertCentralError], text: str
) -> None:
    with Stub(act) as stub:
        with pytest.raises(CertCentralError) as caught:
            client(stub).get_order(123456789)
        with pytest.raises(CertCentralError) as caught_again:
            revoke(client(stub), 123456789, comments="Gone.")
    for error in (caught.value, caught_again.value):
        assert type(error) is kind
        assert str(error) == text
        assert error.fate is Fate.REFUSED
        assert error.order_id == 123456789
    assert (stub.sent("GET"), stub.sent("PUT")) == (1, 1)


INTERCEPTED = {
    "no body": (b"", "application/json"),
    "no content type": (b"", None),
    "HTML": (HTML, "text/html"),
    "DigiCert's words in HTML": (
        b'{"errors":[{"code":"not_found|order","message":"No."}]}',
        "text/html",
    ),
    "problem details": (b'{"title":"Forbidden"}', "application/problem+json"),
    "a gateway's JSON": (b'{"message":"Forbidden"}', "application/json"),
    "the code elsewhere": (b'{"code":"not_found|order"}', "application/json"),
    "errors without a word": (b'{"errors":[]}', "application/json"),
}


@pytest.mark.parametrize(
    ("status", "content", "content_type"),
    [
        *(
            (status, *INTERCEPTED[name])
            for name in ("HTML", "a gateway's JSON")
            for status in (400, 401, 407, 413, 499)
        ),
        *((status, *row) for row in INTERCEPTED.values() for status in (403, 404)),
    ],
)
def test_a_no_that_is_not_in_digicerts_form_is_not_digicerts(
    client: Callable[..., Client], status: int, content: bytes, content_type: str | None
) -> None:
    with Stub(answer(status, content, content_type)) as stub:
        with pytest.raises(Intercepted) as caught:
            client(stub).get_order(123456789)
        with pytest.raises(Intercepted) as caught_again:
            revoke(client(stub), 123456789, comments="Gone.")
    said = (
        "order 123456789: a proxy, firewall or gateway answered instead of DigiCert, "
        f"with {content_type or 'no content type'} ({status}). "
        "Check the base URL, and any proxy between this machine and DigiCert."
    )
    assert str(caught.value) == said
    assert str(caught_again.value) == (
        f"{said} The request may have been processed: read the order before sending it again."
    )
    assert (caught.value.fate, caught_again.value.fate) == (Fate.UNKNOWN, Fate.UNKNOWN)
    assert (stub.sent("GET"), stub.sent("PUT")) == (1, 1)


NOT_GONE = {
    "the generic code": refusal(404, "not_found"),
    "another thing": refusal(404, "not_found|product"),
    "two codes": answer(404, {"errors": [{"code": "not_found|order"}, {"code": "not_found|route"}]}),
    "a code that begins alike": refusal(404, "not_found|order_price"),
    "no code": answer(404, {"errors": [{"message": "not_found|order"}]}),
}


@pytest.mark.parametrize("act", NOT_GONE.values(), ids=NOT_GONE)
def test_only_digicerts_own_word_means_that_an_order_is_gone(
    client: Callable[..., Client], act: Callable[[Any], bool]
) -> None:
    with Stub(act) as stub, pytest.raises(CertCentralError) as caught:
        client(stub).get_order(123456789)
    assert type(caught.value) is NotFound


@pytest.mark.parametrize("status", [400, 403, 410, 500, 503])
def test_the_code_of_an_unknown_order_counts_only_with_404(
    client: Callable[..., Client], status: int
) -> None:
    with Stub(refusal(status, "not_found|order")) as stub, pytest.raises(CertCentralError) as caught:
        client(stub).get_order(123456789)
    assert not isinstance(caught.value, OrderNotFound)


def test_an_unknown_order_in_the_answer_about_a_request_is_no_unknown_order(
    client: Callable[..., Client],
) -> None:
    with Stub(refusal(404, "not_found|order")) as stub, pytest.raises(NotFound, match=r"^request 198: "):
        client(stub).get_request(198)


ERROR_BODIES: dict[str, tuple[Any, tuple[str, ...], str | None]] = {
    "two entries": (
        {"errors": [{"code": "a", "message": "First."}, {"code": "b", "message": "Second."}]},
        ("a", "b"),
        "First.",
    ),
    "an object": ({"errors": {"code": "a", "message": "First."}}, ("a",), "First."),
    "a number for a code": ({"errors": [{"code": 5, "message": "First."}]}, (), "First."),
    "no message": ({"errors": [{"code": "a"}]}, ("a",), None),
    "among others": ({"errors": ["a", None, {"code": "a"}]}, ("a",), None),
}


@pytest.mark.parametrize(("content", "codes", "message"), ERROR_BODIES.values(), ids=ERROR_BODIES)
def test_the_explanation_of_an_error_is_read_as_far_as_it_can_be(
    client: Callable[..., Client], content: Any, codes: tuple[str, ...], message: str | None
) -> None:
    with Stub(answer(400, json.dumps(content).encode())) as stub, pytest.raises(Refused) as caught:
        client(stub).get_order(1)
    assert caught.value.codes == codes
    assert caught.value.digicert_code == (codes[0] if codes else None)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "errors", [["a", "b"], None, [{"code": "", "message": " "}], 5, [[{"code": "a"}]]], ids=repr
)
def test_an_explanation_without_a_word_is_none(client: Callable[..., Client], errors: Any) -> None:
    with Stub(answer(400, {"errors": errors})) as stub, pytest.raises(Intercepted):
        client(stub).get_order(1)


def test_what_digicert_says_is_quoted_on_one_line_printable_and_short(client: Callable[..., Client]) -> None:
    message = "one\r\ntwo\x1b[31m\u202ethree\t" + "x" * 1000
    with Stub(refusal(400, "c\node", message)) as stub, pytest.raises(Refused) as caught:
        client(stub).get_order(1)
    assert caught.value.digicert_code == "c ode"
    assert caught.value.message is not None
    assert caught.value.message.startswith("one two [31m three xxx")
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


TROUBLE = {
    "500": (answer(500), ServerError),
    "502 with HTML": (answer(502, HTML, "text/html"), ServerError),
    "503": (refusal(503, "unavailable"), ServerError),
    "504": (answer(504), ServerError),
    "406": (answer(406), ServerError),
    "408": (answer(408), ServerError),
    "HTML": (answer(200, HTML, "text/html"), UnreadableAnswer),
    "HTML that says JSON": (answer(200, HTML), UnreadableAnswer),
    "no body": (answer(200), UnreadableAnswer),
    "half of the JSON": (answer(200, json.dumps(ORDER).encode()[:-20]), UnreadableAnswer),
    "two JSON texts": (answer(200, json.dumps(ORDER).encode() * 2), UnreadableAnswer),
    "another content type": (answer(200, json.dumps(ORDER).encode(), "text/plain"), UnreadableAnswer),
    "no content type": (answer(200, json.dumps(ORDER).encode(), None), UnreadableAnswer),
    "no UTF-8": (answer(200, b'{"id":1,"status":"\xff"}'), UnreadableAnswer),
    "endless nesting": (answer(200, b'{"id":1,"x":' + b"[" * 100_000), UnreadableAnswer),
    "a shorter body than announced": (body(200, 500, b'{"id":'), NoAnswer),
    "a shorter body after 201": (body(201, 500, b'{"id":'), NoAnswer),
    "broken gzip": (answer(200, b"no gzip", Content_Encoding="gzip"), UnreadableAnswer),
    "half of the gzip": (
        answer(200, gzip.compress(json.dumps(ORDER).encode())[:-9], Content_Encoding="gzip"),
        UnreadableAnswer,
    ),
    "another encoding": (answer(200, b"...", Content_Encoding="br"), UnreadableAnswer),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), NoAnswer),
    "a broken chunk": (
        raw(
            b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"
        ),
        NoAnswer,
    ),
}


@pytest.mark.parametrize(("act", "kind"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_is_met_again_when_reading_and_not_when_revoking(
    client: Callable[..., Client], act: Callable[[Any], bool], kind: type[CertCentralError]
) -> None:
    with Stub(act) as stub:
        with pytest.raises(CertCentralError) as caught:
            client(stub).get_order(123456789)
        with pytest.raises(CertCentralError) as caught_again:
            revoke(client(stub), 123456789, comments="Gone.")
    assert type(caught.value) is kind
    assert str(caught.value).lower().endswith("try again later.")
    assert (stub.sent("GET"), stub.sent("PUT")) == (ATTEMPTS, 1)
    assert caught_again.value.fate is Fate.UNKNOWN
    assert str(caught_again.value).endswith(
        "The request may have been processed: read the order before sending it again."
    )


SURPRISES = {
    "a missing field": (
        answer(200, {k: v for k, v in ORDER.items() if k != "status"}),
        "required field `status`",
    ),
    "a missing inner field": (
        answer(200, {**ORDER, "product": {"name": "Standard SSL"}}),
        "required field `name_id` - at `$.product`",
    ),
    "a misfit beside one that is not needed": (
        answer(200, {**ORDER, "organization": 5, "certificate": {**ORDER["certificate"], "id": "1"}}),
        "got `str` - at `$.certificate.id`",
    ),
    "an id that is a string": (answer(200, {**ORDER, "id": "123456789"}), "Expected `int`, got `str`"),
    "an id with a fraction": (answer(200, {**ORDER, "id": 123456789.0}), "Expected `int`, got `float`"),
    "another order": (answer(200, {**ORDER, "id": 2}), "DigiCert answered about 2"),
    "a list": (answer(200, b"[]"), "Expected `object`, got `array`"),
    "a name that stands twice": (
        answer(200, json.dumps(ORDER)[:-1].encode() + b', "requests": []}'),
        "a name occurs twice in it",
    ),
    "an inner name that stands twice": (
        answer(200, json.dumps(ORDER).replace('"name_id"', '"name_id": "other", "name_id"').encode()),
        "a name occurs twice in it",
    ),
    "202": (answer(202, REQUEST), "an unexpected status"),
    "206": (answer(206, ORDER), "an unexpected status"),
    "a redirect": (answer(302, Location="https://www.example.com/"), "a redirect, which is not followed"),
    "not modified": (answer(304), "a redirect, which is not followed"),
}


@pytest.mark.parametrize(("act", "says"), SURPRISES.values(), ids=SURPRISES)
def test_an_answer_that_is_not_the_documented_one_is_not_met_again(
    client: Callable[..., Client], act: Callable[[Any], bool], says: str
) -> None:
    with Stub(act) as stub:
        with pytest.raises(UnexpectedAnswer) as caught:
            client(stub).get_order(123456789)
        with pytest.raises(UnexpectedAnswer) as caught_again:
            revoke(client(stub), 123456789, comments="Gone.")
    assert says in str(caught.value)
    assert (stub.sent("GET"), stub.sent("PUT")) == (1, 1)
    assert caught_again.value.fate is Fate.UNKNOWN


def test_an_order_that_cannot_be_read_is_no_matter_of_the_base_url(client: Callable[..., Client]) -> None:
    with Stub(answer(200, {**ORDER, "status": None})) as stub, pytest.raises(UnexpectedAnswer) as caught:
        client(stub).get_order(123456789)
    assert str(caught.value) == (
        "order 123456789: DigiCert's answer is not as documented: Expected `str`, got `null` - at `$.status` (200). "
        "Check it in CertCentral; if all is well there, report this line to the authors of digicert_pulumi."
    )


def test_an_empty_array_in_place_of_an_organization_is_none(client: Callable[..., Client]) -> None:
    pages = {"orders": [DV_ORDER_ROW], "page": {"total": 1, "limit": 25, "offset": 0}}
    with Stub(answer(200, {**ORDER, "organization": []}), answer(200, pages)) as stub:
        info = client(stub).get_order(123456789)
        [row] = client(stub).list_orders().orders
    assert info.organization is None
    assert (row.id, row.organization, row.product.type) == (123458, None, "dv_ssl_certificate")


def test_an_empty_array_in_place_of_an_organization_keeps_no_request_from_being_read(
    client: Callable[..., Client],
) -> None:
    listed = {**REQUEST, "order": {**DV_ORDER_ROW, "certificate": {"common_name": "example.org"}}}
    pages = {"requests": [listed], "page": {"total": 1, "limit": 0, "offset": 0}}
    with Stub(answer(200, listed), answer(200, pages)) as stub:
        info = client(stub).get_request(198)
        [row] = client(stub).list_requests("revoke").requests
    assert info.order is not None
    assert info.order.id == row.order.id == 123458


def test_another_request_than_the_one_asked_for_is_no_answer(client: Callable[..., Client]) -> None:
    with Stub(answer(200, REQUEST)) as stub, pytest.raises(UnexpectedAnswer, match="about 198"):
        client(stub).get_request(1)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"type": "reissue"}, "a request of type reissue"),
        ({"order": {"id": 2}}, "a request on order 2"),
    ],
    ids=["type", "order"],
)
@pytest.mark.parametrize(
    "revoke",
    [
        lambda client: revoke(client, 1, comments="Gone."),
        lambda client: client.revoke_certificate(112358, order_id=1, comments="Gone."),
    ],
    ids=["order", "certificate"],
)
def test_a_request_of_another_kind_is_no_answer_to_a_revocation(
    client: Callable[..., Client], changes: dict[str, Any], says: str, revoke: Callable[[Client], object]
) -> None:
    with Stub(answer(201, {**REQUEST, **changes})) as stub, pytest.raises(UnexpectedAnswer) as caught:
        revoke(client(stub))
    assert says in str(caught.value)
    assert caught.value.fate is Fate.UNKNOWN


@pytest.mark.parametrize("order", [{"id": 1}, {"id": "1"}, [], None], ids=repr)
def test_a_request_that_does_not_say_otherwise_is_the_answer_to_a_revocation(
    client: Callable[..., Client], order: Any
) -> None:
    with Stub(answer(201, {**REQUEST, "order": order, "requester": [], "date": None})) as stub:
        request = revoke(client(stub), 1, comments="Gone.")
    assert request is not None
    assert (request.id, request.status, request.requester, request.date) == (198, "pending", None, None)


@pytest.mark.parametrize("status", [201, 204])
def test_reading_takes_no_status_but_200(client: Callable[..., Client], status: int) -> None:
    with Stub(answer(status, ORDER if status == 201 else b"")) as stub, pytest.raises(UnexpectedAnswer):
        client(stub).get_order(123456789)


@pytest.mark.parametrize(
    "act", [answer(201, HTML), answer(201), answer(201, b"{}")], ids=["HTML", "none", "empty"]
)
def test_the_request_that_a_revocation_made_must_be_readable(
    client: Callable[..., Client], act: Callable[[Any], bool]
) -> None:
    with Stub(act) as stub, pytest.raises(UnreadableAnswer) as caught:
        revoke(client(stub), 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN
    assert stub.sent("PUT") == 1


@pytest.mark.parametrize("act", [answer(200, REQUEST), answer(204)], ids=["200", "204"])
def test_a_revocation_that_is_to_be_approved_is_submitted_with_201_alone(
    client: Callable[..., Client], act: Callable[[Any], bool]
) -> None:
    with Stub(act) as stub, pytest.raises(UnexpectedAnswer) as caught:
        revoke(client(stub), 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN


def test_a_redirect_takes_the_key_nowhere(client: Callable[..., Client]) -> None:
    with Stub(answer(200, ORDER)) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            with Stub(answer(status, b"x" * 1000, Location=elsewhere.url + "/order/certificate/1")) as stub:
                with pytest.raises(UnexpectedAnswer):
                    client(stub).get_order(1)
                with pytest.raises(UnexpectedAnswer):
                    revoke(client(stub), 1, comments="Gone.")
    assert elsewhere.connections == 0


def test_a_compressed_answer_is_read(client: Callable[..., Client]) -> None:
    compressed = gzip.compress(json.dumps(ORDER).encode())
    with Stub(answer(200, compressed, Content_Encoding="gzip")) as stub:
        assert client(stub).get_order(123456789).id == 123456789


def test_a_chunked_answer_is_read(client: Callable[..., Client]) -> None:
    payload = json.dumps(ORDER).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Stub(raw(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(payload), payload), close=False)) as stub:
        assert client(stub).get_order(123456789).id == 123456789


JSON = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"

TOO_MUCH = LARGEST_ANSWER + 2**21

ENDLESS = {
    "a body": (JSON + b"\r\n" + b" " * TOO_MUCH, "sent an answer of more than 32 MiB"),
    "a line of headers": (JSON + b"X: " + b"y" * TOO_MUCH, "closed the connection during its answer"),
    "headers": (JSON + b"X: y\r\n" * 200, "closed the connection during its answer"),
    "the size of a chunk": (
        JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * TOO_MUCH,
        "sent an answer of more than 32 MiB|closed the connection during its answer",
    ),
    "a gzip bomb": (
        JSON
        + b"Content-Encoding: gzip\r\n\r\n"
        + gzip.compress(b" " * (LARGEST_ANSWER + 1), compresslevel=1),
        "sent an answer of more than 32 MiB",
    ),
}


@pytest.mark.parametrize(("data", "says"), ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_end_is_cut_off(client: Callable[..., Client], data: bytes, says: str) -> None:
    with Stub(raw(data)) as stub, pytest.raises(CertCentralError, match=says) as caught:
        revoke(client(stub), 1, comments="Gone.")
    assert caught.value.fate is Fate.UNKNOWN
    assert stub.sent("PUT") == 1


@pytest.mark.parametrize(
    "slow",
    [
        b"HTTP/1.1 201 Created\r\n" + b"X-Padding: none\r\n" * 50,
        b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n" + b" " * 800,
    ],
    ids=["in the headers", "in the body"],
)
def test_an_answer_that_trickles_must_be_whole_in_time(client: Callable[..., Client], slow: bytes) -> None:
    quick = len(slow) - 30
    with Stub(
        lambda connection: raw(slow[:quick])(connection) or trickle(slow[quick:], 0.05)(connection)
    ) as stub:
        with pytest.raises(TimedOut, match=r"did not finish its answer within 0\.4 s") as caught:
            revoke(client(stub, answer_timeout=0.4), 1, comments="Gone.")
        assert caught.value.fate is Fate.UNKNOWN
    assert stub.sent("PUT") == 1


def test_a_request_over_the_rate_limit_is_sent_again_even_when_it_revokes(
    client: Callable[..., Client],
) -> None:
    limited = refusal(429, "request_limit_exceeded", "Service unavailable, please limit request volume")
    with Stub(limited, limited, answer(201, REQUEST)) as stub:
        assert revoke(client(stub), 1, comments="Gone.") is not None
    assert stub.sent("PUT") == 3
    with Stub(limited) as stub, pytest.raises(RateLimited) as caught:
        revoke(client(stub), 1, comments="Gone.")
    assert caught.value.fate is Fate.NOT_PROCESSED
    assert stub.sent("PUT") == ATTEMPTS


def test_reading_succeeds_as_soon_as_the_trouble_is_over(client: Callable[..., Client]) -> None:
    with Stub(answer(503), answer(200, HTML, "text/html"), answer(200, ORDER)) as stub:
        assert client(stub).get_order(123456789).status == "issued"
    assert stub.sent("GET") == 3
