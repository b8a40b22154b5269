"""One call's exchange: process it, log it, and deliver its answer, unless a fault changes that."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from certcentral_sandbox.faults.holds import Holds
from certcentral_sandbox.http.access_log import Line
from certcentral_sandbox.http.api import Api, Call
from certcentral_sandbox.http.limiter import Limiter
from certcentral_sandbox.http.server import Server
from certcentral_sandbox.http.wire import Answer, refusal
from certcentral_sandbox.refusals import Answers


class Stopped(Exception):  # noqa: N818 - control flow, not an error
    """The sandbox is stopping, and the call gets no answer."""


@dataclass(frozen=True)
class Machinery:
    """The parts of the sandbox that all exchanges share."""

    api: Api
    answers: Answers
    limiter: Limiter
    holds: Holds
    server: Server
    latency: float = 0


@dataclass
class Exchange:
    """A call, with the means to answer it."""

    machinery: Machinery
    call: Call
    line: Line
    scope: Scope
    receive: Receive
    send: Send

    def process(self) -> Answer:
        """Process the call, unless its user exceeds the rate limit. The call's writes are committed."""
        user = self.call.user
        if user is not None and not self.machinery.limiter.allows(user.name):
            return self.refuse("rate_limit")
        return self.machinery.api.answer(self.call)

    def process_later(self, seconds: float) -> None:
        """Process the call after some seconds, independently of its answer."""
        asyncio.get_running_loop().call_later(seconds, self.process)

    def refuse(self, name: str) -> Answer:
        """Return the refusal with a name as an answer."""
        return refusal(self.machinery.answers[name])

    async def deliver(self, answer: Answer) -> None:
        """Send the answer."""
        self.line.write(answer.status)
        await self.pause(self.machinery.latency)
        await answer.send(self.send)

    async def deliver_endless(self, start: Answer, chunk: bytes, length: int) -> None:
        """Send the start of an answer and then `length` more bytes, without a Content-Length."""
        self.line.write(start.status)
        headers = [header for header in start.all_headers() if header[0] != b"content-length"]
        await self.send({"type": "http.response.start", "status": start.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": start.body, "more_body": True})
        for sent in range(0, length, len(chunk)):
            await asyncio.sleep(0)  # lets the server notice that the client disconnected
            await self.send({"type": "http.response.body", "body": chunk[: length - sent], "more_body": True})
        await self.send({"type": "http.response.body", "body": b'"}'})

    async def drop(self) -> None:
        """Reset the connection (RST) instead of answering."""
        self.line.write(None)
        self.machinery.server.reset(self.scope["client"])
        await self._disconnected()

    async def cut(self, answer: Answer) -> None:
        """Send the first half of the answer, and close the connection. Without a body, send half of the head."""
        self.line.write(answer.status)
        head = b"HTTP/1.1 %d %s\r\n" % (answer.status, HTTPStatus(answer.status).phrase.encode())
        head += b"".join(b"%s: %s\r\n" % header for header in answer.all_headers()) + b"\r\n"
        half = head + answer.body[: len(answer.body) // 2] if answer.body else head[: len(head) // 2]
        self.machinery.server.write_and_close(self.scope["client"], half)
        await self._disconnected()

    async def _disconnected(self) -> None:
        """Wait until the server notices that the connection is closed, so that it sends no answer of its own."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def pause(self, seconds: float) -> None:
        """Wait for some seconds.

        Raises:
            Stopped: The sandbox is stopping.
        """
        if seconds:
            await self._until(asyncio.Event(), seconds)

    async def hold(self, when: str) -> None:
        """Wait until the operator releases the call.

        Raises:
            Stopped: The sandbox is stopping.
        """
        line = self.line
        await self._until(self.machinery.holds.add(line.method, line.path, self.call.endpoint, when), None)

    async def _until(self, event: asyncio.Event, seconds: float | None) -> None:
        stopping = self.machinery.server.stopping
        waiting = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(stopping.wait())]
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for future in waiting:
            future.cancel()
        if stopping.is_set():
            raise Stopped
