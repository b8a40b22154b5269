"""Headless Chromium, driven over the pipes of its DevTools protocol."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")


class Chromium:
    """A page in a browser of its own, usable as a context manager.

    Attributes:
        errors: What the console, the page and its policy complained of.
        requested: The addresses that the page asked for.
    """

    def __init__(self, profile: Path) -> None:
        program = next(filter(None, map(shutil.which, _NAMES)), None)
        assert program, "there is no Chromium: apt-get install chromium"
        self.errors: list[str] = []
        self.requested: list[str] = []
        self._events: list[dict[str, Any]] = []
        self._ids = iter(range(1, 1_000_000))
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        self._pending = b""
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        options += [f"--user-data-dir={profile}", "--no-first-run", "--remote-debugging-pipe"]
        # Chromium reads from descriptor 3 and writes to 4.
        script = f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", script, program, *options],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)

    def __enter__(self) -> Chromium:  # noqa: PYI034 - typing.Self is newer than Python 3.10
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._on_page(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    def open(self, url: str) -> None:
        """Open a page and wait until it is loaded."""
        self._on_page("Page.navigate", url=url)
        while "Page.loadEventFired" not in (each["method"] for each in self._events):
            self._take(self._message())

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        done = self._on_page("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def _on_page(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._call(method, self._session, **parameters)

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._take(answer)

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            received = os.read(self._read, 65536)
            assert received, "the browser ended"
            self._pending += received
        text, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def _take(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        self.errors += _complaints(event)
        if event.get("method") == "Network.requestWillBeSent":
            self.requested.append(event["params"]["request"]["url"])


def _complaints(event: dict[str, Any]) -> Iterator[str]:
    said = event.get("params", {})
    if event.get("method") == "Runtime.exceptionThrown":
        yield str(said["exceptionDetails"])
    if event.get("method") == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
        yield said["entry"]["text"]
    if event.get("method") == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning", "assert"):
        yield str(said["args"])
