"""The wire format of answers: compact JSON, no charset, no rate-limit headers."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import Send

from certcentral_sandbox.refusals import Refusal

JSON = "application/json"
HTML = "text/html"
PEM = "application/x-pem-file"


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        status: The HTTP status.
        body: The whole body; may be empty.
        content_type: The content type of the body. It isn't sent for an empty body.
        headers: Additional headers.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def all_headers(self) -> list[tuple[bytes, bytes]]:
        """Return all headers to send."""
        headers = [("cache-control", "private,no-cache"), *self.headers]
        if self.body:
            headers.append(("content-type", self.content_type))
        if self.status != HTTPStatus.NO_CONTENT:
            headers.append(("content-length", str(len(self.body))))
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    async def send(self, send: Send) -> None:
        """Send the answer through the server."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.all_headers()})
        await send({"type": "http.response.body", "body": self.body})


def document(body: Any, status: int = HTTPStatus.OK) -> Answer:
    """Return a JSON answer."""
    return Answer(status, msgspec.json.encode(body))


NO_CONTENT = Answer(HTTPStatus.NO_CONTENT)


def refusal(entry: Refusal) -> Answer:
    """Return a refusal in the documented error format."""
    return document({"errors": [{"code": entry.code, "message": entry.message}]}, entry.status)
