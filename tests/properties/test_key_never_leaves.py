"""Whatever goes wrong, whatever is said to the provider and by whom: no API key leaves its process but to DigiCert."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from certcentral.samples import ORDER, REQUEST
from certcentral.stub import Stub, answer, close, raw, reset, silence
from certcentral_sandbox.refusals import DOCUMENTED, INVENTED
from hypothesis import given
from hypothesis import strategies as st
from properties.exits import Renewed, WatchedProvider, forms, found, texts_of_error, texts_of_sandbox
from properties.profile import search
from pulumi.dynamic import Config, ConfigureRequest
from support.provider import ProviderError
from support.sandbox import Sandbox

from digicert_pulumi.dynamic.order_revocation import OrderRevocationProvider
from digicert_pulumi.runtime.masking import hide, masked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = f"marked-{secrets.token_hex(16)}"
"""Unlike anything else: where it is found, it leaked."""

ODD_KEY = f"odd%2B\"\\{secrets.token_hex(8)}'+/=&<>"
"""A key that looks different in a URL, in JSON and quoted by Python."""

TIMEOUTS = {
    "digicert:requestTimeout": "0.2",
    "digicert:retryTimeout": "0.05",
    "digicert:settleTimeout": "0.1",
}


# What is asked of the provider.

METHODS = ("check", "create", "diff", "read", "update", "unfinished", "delete")


def inputs(order_id: int = 123456789) -> dict[str, Any]:
    return {"orderId": order_id, "comments": "Key leaked."}


def outputs(order_id: int = 123456789) -> dict[str, Any]:
    shown = {
        "product": "Standard SSL",
        "status": "issued",
        "revocation": "none",
        "dnsNames": ["www.example.com"],
    }
    request = {"requestId": 198, "status": "pending", "requestDate": "2026-10-16T20:05:28+00:00"}
    return {**inputs(order_id), **request, "revoked": False, "order": shown, "reviewedOrder": shown}


def ask(provider: WatchedProvider, method: str, **changes: Any) -> None:
    """Call a method; a failure is as good as an answer here."""
    order_id = changes.pop("order_id", 123456789)
    news, olds = {**inputs(order_id), **changes}, outputs(order_id)
    unfinished = {name: value for name, value in olds.items() if name != "order"}
    id_ = str(order_id)
    with contextlib.suppress(ProviderError):
        match method:
            case "check":
                provider.check(news)
            case "create":
                provider.create(news)
            case "diff":
                provider.diff({**olds, **changes}, news)
            case "read":
                provider.read(id_, {**olds, **changes})
            case "update":
                provider.update(id_, olds, news)
            case "unfinished":
                provider.update(id_, unfinished, news)
            case "delete":
                provider.delete(id_, {**olds, **changes})


# A sandbox in every kind of trouble, which says the key where it can.

WHEN = st.sampled_from(["before", "after"])
HITS = {
    "method": st.sampled_from([None, "GET", "PUT"]),
    "skip": st.sampled_from([0, 0, 1]),
    "count": st.sampled_from([2, 1, None]),
}


def rule(fault: str, **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a rule of the sandbox; what is None is left out."""
    drawn = st.fixed_dictionaries({"fault": st.just(fault), **HITS, **parameters})
    return drawn.map(lambda each: {name: value for name, value in each.items() if value is not None})


# Without 429: it says nothing that is shown, and makes a process wait for seconds.
REFUSALS = sorted({**DOCUMENTED, **INVENTED}.keys() - {"rate_limit"})

FAULTS = st.one_of(
    rule("drop", when=WHEN),
    rule("cut"),
    rule("status", status=st.sampled_from([406, 408, 418, 500, 502, 503, 504]), when=WHEN),
    rule("refusal", refusal=st.sampled_from(REFUSALS), when=WHEN),
    rule("slow", seconds=st.just(0.25), when=WHEN),
    rule("hold", when=WHEN),
    rule("html", status=st.sampled_from([200, 302, 403, 500]), when=WHEN),
    rule("empty", status=st.sampled_from([200, 201, 204, 500]), when=WHEN),
    rule("truncated"),
    rule("huge", bytes=st.just(1 << 20), when=WHEN),
    rule("content_type", content_type=st.just(f"text/{KEY}")),
    rule("redirect", location=st.just(f"https://www.example.com/{KEY}?key={KEY}"), when=WHEN),
    rule("stale_order"),
    rule("order_status", order_status=st.just(f"{KEY} as a status")),
    rule("late_request", seconds=st.just(0.1)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("key")


@pytest.fixture(scope="module")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    """A sandbox whose user has the marked key."""
    with Sandbox(folder, "--user-key", KEY) as started:
        yield started


def started(folder: Path, settings: dict[str, str], **environment: str) -> WatchedProvider:
    log = folder / f"{secrets.token_hex(4)}.log"
    debug = {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(log)}
    return WatchedProvider({**TIMEOUTS, **settings}, {**debug, **environment}, log=log)


def renewed(folder: Path, settings: dict[str, str]) -> Iterator[Renewed]:
    providers = Renewed(lambda: started(folder, settings))
    yield providers
    providers.stop()


@pytest.fixture(scope="module")
def troubled(folder: Path, sandbox: Sandbox, front_end: str) -> Iterator[Renewed]:  # noqa: ARG001  # of either
    """Providers of that sandbox."""
    settings = {"digicert:apiKey": KEY, "digicert:baseUrl": sandbox.base_url}
    yield from renewed(folder, settings)


@search(10)
@given(rules=st.lists(FAULTS, min_size=1, max_size=2))
def test_no_fault_makes_the_provider_tell_the_key(
    sandbox: Sandbox, troubled: Renewed, rules: list[dict[str, Any]]
) -> None:
    provider = troubled.get()
    [order_id] = sandbox.plain(1)
    for method in METHODS:
        sandbox.add_faults(*rules)
        ask(provider, method, order_id=order_id)
        sandbox.clear_faults()
        sandbox.release()
    assert found(KEY, provider.news() | texts_of_sandbox(sandbox)) == []


# A server that answers with the key.

ECHOED = (
    KEY,
    KEY.upper(),
    quote(KEY, safe=""),
    base64.b64encode(KEY.encode()).decode(),
    f"{KEY[:8]}\n{KEY[8:]}",
    f"{'x' * 190} {KEY}",
)


def everywhere(document: Any, text: str) -> Any:
    """A document with a text in each of its own texts that decide nothing."""
    match document:
        case dict():
            kept = ("type", "status", "date")
            return {
                name: value if name in kept else everywhere(value, text) for name, value in document.items()
            }
        case list():
            return [everywhere(each, text) for each in document]
        case str():
            return f"{document} {text}"
    return document


def escaped(document: Any) -> bytes:
    """JSON in which every character of every text is escaped."""
    text = json.dumps(document)
    return re.sub(
        r'"([^"\\]*)"(?!:)', lambda m: '"' + "".join(f"\\u{ord(c):04x}" for c in m[1]) + '"', text
    ).encode()


Act = Callable[[socket.socket], bool]


@st.composite
def echoes(draw: st.DrawFn) -> Act:
    """An answer with the key in its body, its headers, its status line or the target of its redirect."""
    text = draw(st.sampled_from(ECHOED))
    line = text.replace("\n", " ")
    error = {"errors": [{"code": f"access_denied|{text}", "message": f"The key {text} is bad."}]}
    order = {**everywhere(ORDER, text), "requests": [*ORDER["requests"], everywhere({**REQUEST}, text)]}
    request = everywhere({**REQUEST, "processor_comment": "No."}, text)
    body = draw(st.sampled_from([error, order, {**order, "status": text}, request, {**request, "id": text}]))
    content = draw(st.sampled_from([json.dumps(body).encode(), escaped(body)]))
    status = draw(st.sampled_from([200, 201, 302, 400, 401, 403, 404, 406, 500, 503]))
    return draw(
        st.sampled_from(
            [
                answer(200, content),
                answer(201, content),
                answer(status, content, Location=f"https://www.example.com/{line}", X_Key=line),
                answer(status, content, f"text/{line}"),
                raw(f"HTTP/1.1 {status} {line}\r\nContent-Length: 0\r\n\r\n".encode()),
                raw(f"{line}\r\n\r\n".encode()),
                raw(f"HTTP/1.1 200 X\r\nContent-Length: 999\r\n\r\n{text}".encode()),
                close,
                reset,
                silence,
            ]
        )
    )


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with Stub(close) as started:
        yield started


@pytest.fixture(scope="module")
def deceived(folder: Path, stub: Stub, front_end: str) -> Iterator[Renewed]:  # noqa: ARG001  # as above
    """Providers of that server."""
    yield from renewed(folder, {"digicert:apiKey": KEY, "digicert:baseUrl": stub.url})


@search(40)
@given(answers=st.lists(echoes(), min_size=1, max_size=4), method=st.sampled_from(METHODS))
def test_no_answer_makes_the_provider_tell_the_key(
    stub: Stub, deceived: Renewed, answers: list[Act], method: str
) -> None:
    provider = deceived.get()
    stub.answers = answers
    ask(provider, method)
    assert found(KEY, provider.news()) == []


# A user who puts the key where it does not belong.

MISPLACED = {
    "digicert:region": [KEY],
    "digicert:baseUrl": [
        KEY,
        f"http://127.0.0.1:1/{KEY}",
        f"http://{KEY}.example.com",
        f"https://{KEY}.example.com",
        f"https://{KEY}@www.example.com",
        f"https://www.example.com/?key={KEY}",
        f"https://www.example.com:{KEY}",
    ],
    "digicert:requestTimeout": [KEY],
    "digicert:retryTimeout": [KEY],
    "digicert:settleTimeout": [KEY],
    "digicert:apiKey": [f" {KEY}", f"{KEY}\n", f"{KEY}\u200b", f"{KEY} {KEY}"],
}
VARIABLES = {
    key: "DIGICERT" + re.sub("([A-Z])", r"_\1", f"_{key.partition(':')[2]}").upper() for key in MISPLACED
}
INPUTS = (
    "orderId",
    "comments",
    "revocationReason",
    "skipApproval",
    "expectedCommonName",
    "expectedOrganization",
    "expectedProduct",
)


def test_the_variables_are_spelled_as_documented() -> None:
    assert VARIABLES["digicert:settleTimeout"] == "DIGICERT_SETTLE_TIMEOUT"
    assert VARIABLES["digicert:baseUrl"] == "DIGICERT_BASE_URL"


misplaced = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in MISPLACED.items()}
)
declared = st.dictionaries(
    st.sampled_from(INPUTS), st.sampled_from([KEY, f"The key is {KEY}.", f"{KEY.upper()}"]), max_size=3
)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name resolves."""

    def fail(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.mark.usefixtures("nowhere")
@search(80)
@given(config=misplaced, environment=misplaced, declared=declared, method=st.sampled_from(METHODS))
def test_no_misplaced_key_is_told(
    config: dict[str, str], environment: dict[str, str], declared: dict[str, Any], method: str
) -> None:
    if "digicert:apiKey" not in environment:
        config = {"digicert:apiKey": KEY, **config}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(io.StringIO()) as lines:
        for name, variable in VARIABLES.items():
            patch.delenv(variable, raising=False)
            if name in environment:
                patch.setenv(variable, environment[name])
        provider = OrderRevocationProvider()
        provider.configure(ConfigureRequest(Config({**TIMEOUTS, **config}, "project")))
        texts = answer_of(provider, method, declared)
    assert found(KEY, texts | {"a line for the user": lines.getvalue()}) == []
    assert found(KEY, {f"the repr of {type(part)}": repr(part) for part in parts_of(provider)}) == []


def answer_of(provider: OrderRevocationProvider, method: str, declared: dict[str, Any]) -> dict[str, str]:
    """Call a method in this process; all the texts of its result, or of its failure."""
    news, olds = {**inputs(), **declared}, outputs()
    unfinished = {name: value for name, value in olds.items() if name != "order"}
    id_ = str(news["orderId"])
    calls: dict[str, Callable[[], Any]] = {
        "check": lambda: provider.check({}, news),
        "create": lambda: provider.create({**news, "orderId": 123456789}),
        "diff": lambda: provider.diff(id_, {**olds, **declared}, news),
        "read": lambda: provider.read(id_, {**olds, **declared}),
        "update": lambda: provider.update("123456789", olds, news),
        "unfinished": lambda: provider.update("123456789", unfinished, {**news, "orderId": 123456789}),
        "delete": lambda: provider.delete("123456789", {**olds, **declared}),
    }
    try:
        result = calls[method]()
    except Exception as error:  # noqa: BLE001  # whatever it is, it is searched
        # Where an input holds the key, the variables of a method that takes it do so, too.
        return texts_of_error(error, frames_of="nothing" if declared else "digicert_pulumi")
    failures = [vars(failure) for failure in getattr(result, "failures", [])]
    return {"a result": f"{result and vars(result)!r} {failures!r}"}


def parts_of(thing: object) -> Iterator[object]:
    """A part of the package and all the parts of the package that it holds."""
    yield thing
    for value in vars(thing).values() if hasattr(thing, "__dict__") else ():
        for part in value if isinstance(value, (tuple, list)) else [value]:
            if type(part).__module__.startswith("digicert_pulumi"):
                yield from parts_of(part)


@pytest.mark.usefixtures("front_end")
@pytest.mark.parametrize("name", ["digicert:region", "digicert:baseUrl", "digicert:retryTimeout"])
def test_a_misplaced_key_leaves_no_process(folder: Path, name: str) -> None:
    with started(folder, {"digicert:apiKey": KEY, name: MISPLACED[name][0]}) as provider:
        for method in METHODS:
            ask(provider, method)
        news = provider.news()
        assert name in news["an answer to the engine"]
        assert found(KEY, news) == []


@pytest.mark.usefixtures("front_end")
def test_a_misplaced_key_in_the_name_of_the_debug_log_is_not_told(folder: Path) -> None:
    log = folder / "missing" / f"{KEY}.log"
    with started(folder, {"digicert:apiKey": KEY}, DIGICERT_LOG_PATH=str(log)) as provider:
        ask(provider, "delete")
        news = provider.news()
        assert "no debug log is written" in news["a line for the user"]
        assert found(KEY, news) == []


# The mask, and the search itself.


@pytest.mark.parametrize("form", ["as it is", "quoted by Python", "in JSON", "in a URL"])
def test_a_key_is_masked_in_every_form_in_which_a_text_could_hold_it(form: str) -> None:
    hide([f" {ODD_KEY}\n"])
    text = f"before {forms(ODD_KEY)[form]} behind"
    for value in (text, [text], {"a": {"b": [text]}}):
        assert "before [API key] behind" in str(masked(value))
        assert found(ODD_KEY, {"here": str(masked(value))}) == []


def test_what_is_too_short_for_a_key_is_left_alone() -> None:
    hide(["", "www", "example"])
    assert masked({"commonName": "www.example.com", "count": 1}) == {
        "commonName": "www.example.com",
        "count": 1,
    }


@pytest.mark.parametrize("form", forms(ODD_KEY))
def test_a_key_is_found_in_every_form(form: str) -> None:
    text = forms(ODD_KEY)[form]
    assert found(ODD_KEY, {"here": f"before {text.upper() if 'base64' not in form else text} behind"})
    assert not found(ODD_KEY, {"here": text[1:]})
