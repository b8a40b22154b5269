"""Everything by which a text leaves the provider, and the search for a key in all of it."""

from __future__ import annotations

import base64
import json
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import grpc
from support.provider import SECONDS, Provider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.sandbox import Sandbox


def forms(key: str) -> dict[str, str]:
    """A key as it is, and as it is found in other texts."""
    encoded = (base64.b64encode(b"x" * shift + key.encode()).decode() for shift in range(3))
    return {
        "as it is": key,
        "quoted by Python": repr(key)[1:-1],
        "in JSON": json.dumps(key)[1:-1],
        "escaped in JSON": "".join(f"\\u{ord(char):04x}" for char in key),
        "in a URL": quote(key, safe=""),
        "in hexadecimal": key.encode().hex(),
        # Only what does not depend on the bytes before and behind.
        **{f"in base64, {shift} bytes shifted": text[4:-4] for shift, text in enumerate(encoded)},
    }


def found(key: str, texts: dict[str, str]) -> list[str]:
    """Where a key stands, and in which form; letter case does not matter."""
    return [
        f"{place}: {form}: {text[max(0, at - 200) : at + 200]!r}"
        for place, text in texts.items()
        for form, value in forms(key).items()
        if (at := text.lower().find(value.lower())) >= 0
    ]


class WatchedProvider(Provider):
    """A provider process all of whose answers are kept."""

    def __init__(self, *args: Any, log: Path, **kwargs: Any) -> None:
        self.answers: list[str] = []
        self.log = log
        self._told = 0
        self._logged = 0
        super().__init__(*args, **kwargs)

    def _call(self, method: Any, request: Any) -> Any:
        try:
            answer, call = method.with_call(request, timeout=SECONDS)
        except grpc.RpcError as error:
            failure = ProviderError(error)
            self.answers += [repr(error), str(error), failure.raw, str(failure), repr(failure.unfinished)]
            self.answers += [_text(part) for item in failure.trailing.items() for part in item]
            self.answers += [_text(part) for item in error.initial_metadata() or () for part in item]
            raise failure from None
        self.answers += [str(answer), answer.SerializeToString().decode("latin-1")]
        self.answers += [_text(part) for item in call.trailing_metadata() or () for part in item]
        return answer

    def news(self) -> dict[str, str]:
        """All that has left the process since this was asked the last time."""
        answers, self.answers = self.answers, []
        lines = self.lines
        logged = self.log.read_text() if self.log.exists() else ""
        news = {
            "an answer to the engine": "\n".join(answers),
            "a line for the user": "\n".join(lines[self._told :]),
            "the debug log": logged[self._logged :],
        }
        self._told, self._logged = len(lines), len(logged)
        return news


def _text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode("latin-1")


def texts_of_sandbox(sandbox: Sandbox) -> dict[str, str]:
    """All that a sandbox has written, but its state."""
    log = "\n".join(json.dumps(line) for line in sandbox.access_log())
    return {"the access log": log, "the sandbox's standard error": sandbox.errors()}


def texts_of_error(error: BaseException, *, frames_of: str) -> dict[str, str]:
    """All that a program could print of an error and of those behind it.

    That includes the variables of the frames of one package, named by its folder.
    """
    texts: dict[str, str] = {}
    for number, each in enumerate(_chain(error)):
        trace = traceback.TracebackException.from_exception(each, capture_locals=True)
        frames = [frame for frame in trace.stack if f"/{frames_of}/" in frame.filename]
        name = f"error {number}, {type(each).__name__}"
        texts[name] = f"{each}\n{each!r}\n{each.args!r}\n{vars(each)!r}"
        texts[f"{name}, its frames"] = "\n".join(f"{frame} {frame.locals}" for frame in frames)
    return texts


def _chain(error: BaseException) -> Iterator[BaseException]:
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            pending += [
                each.__cause__,
                each.__context__,
                *(a for a in each.args if isinstance(a, BaseException)),
            ]


class Renewed:
    """Provider processes one after another, because each is paced: after so many calls it becomes slow.

    Args:
        start: Starts a process.
        uses: How often each is used.
    """

    def __init__(self, start: Callable[[], WatchedProvider], uses: int = 40) -> None:
        self._start = start
        self._uses = uses
        self._left = 0
        self._provider: WatchedProvider | None = None

    def get(self) -> WatchedProvider:
        """Return the provider to use now."""
        if self._provider is None or not self._left:
            self.stop()
            self._provider, self._left = self._start(), self._uses
        self._left -= 1
        return self._provider

    def stop(self) -> None:
        """Stop the last one."""
        if self._provider is not None:
            self._provider.stop()
