"""Fetching is bounded, follows few redirects, and goes to web addresses only; on real HTTP servers."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.evidence import fetch
from digicert_pulumi.evidence.fetch import Fetcher
from digicert_pulumi.evidence.verdicts import UnverifiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """Serve an answer to every request; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, b"")

        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_a_crl_is_fetched_and_a_question_is_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGICERT_API_KEY", "not-for-others")
    seen: list[tuple[str, str, bytes]] = []

    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        seen.append((handler.command, str(handler.headers), body))
        send(handler, b"said")

    with server(answer) as url:
        assert Fetcher().crl(f"{url}/a.crl") == b"said"
        assert Fetcher().ocsp(url, b"asked") == b"said"
    (get, get_headers, _), (post, post_headers, body) = seen
    assert (get, post, body) == ("GET", "POST", b"asked")
    assert "application/ocsp-request" in post_headers
    for headers in (get_headers, post_headers):
        assert "not-for-others" not in headers
        assert not {"x-dc-devkey", "authorization", "cookie"} & {
            line.partition(":")[0].lower() for line in headers.splitlines()
        }


@pytest.mark.parametrize("redirects", [3, 4])
def test_three_redirects_are_followed(redirects: int) -> None:
    def answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        assert body == b"asked"
        step = int(handler.path.strip("/") or 0)
        if step < redirects:
            send(handler, b"", 307, Location=f"/{step + 1}")
        else:
            send(handler, b"said")

    with server(answer) as url:
        if redirects == 3:
            assert Fetcher().ocsp(url, b"asked") == b"said"
        else:
            with pytest.raises(UnverifiedError, match="more than 3 redirects"):
                Fetcher().ocsp(url, b"asked")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/a.crl",
        "ldap://example.com/cn=CA",
        "gopher://example.com",
        "//example.com/a.crl",
        "http://",
        "http://user:secret@example.com/a.crl",
        "http://[::1/a.crl",
        "",
    ],
)
def test_nothing_but_the_web_is_fetched(url: str) -> None:
    with pytest.raises(UnverifiedError) as raised:
        Fetcher().crl(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("file:///etc/passwd", "is not an http or https address"),
        ("http://[::1/a.crl", "couldn't be fetched"),
    ],
)
def test_a_redirect_leads_nowhere_but_to_the_web(where: str, why: str) -> None:
    with (
        server(lambda handler, _: send(handler, b"", 302, Location=where)) as url,
        pytest.raises(UnverifiedError, match=why),
    ):
        Fetcher().crl(url)


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "not announced"])
def test_a_large_answer_is_not_read(*, announced: bool) -> None:
    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", str(fetch.LARGEST_OCSP + 1))
        handler.end_headers()
        with suppress(OSError):  # nobody reads any more
            handler.wfile.write(bytes(fetch.LARGEST_OCSP + 1))

    with server(answer) as url, pytest.raises(UnverifiedError, match="larger than 64 KiB"):
        Fetcher().ocsp(url, b"")


def test_an_answer_that_trickles_ends_in_time() -> None:
    ended = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not ended.wait(0.05):
                handler.wfile.write(b"x")
        except OSError:
            pass  # nobody reads any more

    with server(answer) as url:
        begin = time.monotonic()
        try:
            with pytest.raises(UnverifiedError, match="couldn't be fetched: timeout"):
                Fetcher(seconds=0.5).crl(url)
            assert time.monotonic() - begin < 30
        finally:
            ended.set()


@pytest.mark.parametrize("status", [204, 404, 500])
def test_another_status_is_no_answer(status: int) -> None:
    with (
        server(lambda handler, _: send(handler, b"", status)) as url,
        pytest.raises(UnverifiedError, match=f"HTTP status {status}"),
    ):
        Fetcher().crl(url)


def test_nobody_there_is_no_answer() -> None:
    with server(lambda handler, _: send(handler, b"")) as url:
        pass
    with pytest.raises(UnverifiedError, match="couldn't be fetched: connection refused"):
        Fetcher().crl(url)
