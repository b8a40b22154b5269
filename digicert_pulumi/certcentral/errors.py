"""Errors of the client, and what each one means for the request that was sent.

After a failure, the caller needs to know whether DigiCert may have processed the request. Every error has a `Fate` for
that. The class shows the cause.
"""

# ruff: noqa: N818 - each class is named after what happened, which reads better in `except`

from enum import Enum
from typing import Any, ClassVar

__all__ = [
    "AccessDenied",
    "CertCentralError",
    "Fate",
    "Intercepted",
    "Interrupted",
    "InvalidApiKey",
    "InvalidEndpoint",
    "NoAnswer",
    "NotFound",
    "OrderNotFound",
    "PartlyUnreadable",
    "RateLimited",
    "Refused",
    "ServerError",
    "TLSFailed",
    "TimedOut",
    "UnexpectedAnswer",
    "Unreachable",
    "UnreadableAnswer",
]


class Fate(Enum):
    """What DigiCert did with a request that failed."""

    NOT_PROCESSED = "not processed"
    """Nothing: the request was never sent, or the rate limit rejected it. It can be sent again."""

    REFUSED = "refused"
    """DigiCert refused the request and changed nothing. The same request would be refused again."""

    UNKNOWN = "unknown"
    """Unknown: DigiCert may have processed the request. Only a fresh read of the order shows it."""


class InvalidEndpoint(ValueError):
    """Raised for a region or a base URL that can't be used; nothing was sent."""


class InvalidApiKey(ValueError):
    """Raised for an API key that no HTTP header can carry; nothing was sent. The message doesn't show the key."""


class CertCentralError(Exception):
    """A failed call to CertCentral: the base class of all errors below.

    The message is one line: what happened, to which order or request, DigiCert's code and message if there are any, and
    what to do. It never contains the API key.

    Attributes:
        code: The stable code of the error.
        fate: What DigiCert did with the request.
        transient: Whether a retry after some seconds may succeed.
        status: The HTTP status; None without a response.
        codes: DigiCert's `errors[].code`, in its order; empty if the response has none.
        message: DigiCert's first `errors[].message`, on one line and shortened.
        order_id: The order that the call was for.
        request_id: The request that the call was for.
        remedy: What the user can do, as a sentence.
    """

    code: ClassVar[str] = "failed"
    fate: Fate = Fate.UNKNOWN
    transient: bool = False

    def __init__(
        self,
        what: str,
        *,
        remedy: str = "",
        status: int | None = None,
        codes: tuple[str, ...] = (),
        message: str | None = None,
        order_id: int | None = None,
        request_id: int | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.status = status
        self.codes = codes
        self.message = message
        self.order_id = order_id
        self.request_id = request_id

    @property
    def digicert_code(self) -> str | None:
        """DigiCert's first `errors[].code`."""
        return self.codes[0] if self.codes else None

    @property
    def happened(self) -> str:
        """The message without the remedy: what happened, and to which order or request."""
        return f"{self._subject()}{self.cause}"

    @property
    def cause(self) -> str:
        """What happened, for a message that already names the order or request."""
        answer = ": ".join(part for part in (self.digicert_code, (self.message or "").rstrip(".")) if part)
        detail = " ".join(part for part in (str(self.status or ""), answer) if part)
        return f"{self.what}{f' ({detail})' if detail else ''}"

    def __str__(self) -> str:
        return f"{self.happened}. {self.remedy}" if self.remedy else self.happened

    def _subject(self) -> str:
        if self.order_id is not None:
            return f"order {self.order_id}: "
        if self.request_id is not None:
            return f"request {self.request_id}: "
        return ""


class Unreachable(CertCentralError):
    """Raised when no connection could be opened: refused, no such host, no route, connect timeout, proxy.

    Not a byte of the request left this machine, so DigiCert did nothing.
    """

    code = "unreachable"

    fate = Fate.NOT_PROCESSED
    transient = True


class TLSFailed(Unreachable):
    """Raised when the connection could not be secured, most often because a certificate is not trusted.

    The request is sent only over a verified connection, so DigiCert did nothing. A retry doesn't help.
    """

    code = "tls-failed"

    transient = False


class NoAnswer(CertCentralError):
    """Raised when the request was sent and no complete response came: timeout, reset, connection closed early.

    DigiCert may have processed the request, or may not have received all of it.
    """

    code = "no-answer"

    transient = True


class TimedOut(NoAnswer):
    """Raised when the request was sent and timed out.

    DigiCert may have processed the request, or may still be about to.
    """

    code = "timed-out"


class Interrupted(CertCentralError):
    """Raised for a request that was not sent, because its caller was cancelled or no longer exists."""

    code = "interrupted"

    fate = Fate.NOT_PROCESSED


class RateLimited(CertCentralError):
    """Raised for 429: the key's user made too many requests. DigiCert rejected this one without processing it.

    The exception is a gateway that counts a request after passing it on. So a caller reads the order before it retries a
    PUT.
    """

    code = "rate-limited"

    fate = Fate.NOT_PROCESSED
    transient = True


class Refused(CertCentralError):
    """Raised for a refusal (400 and other 4xx) in DigiCert's own form. DigiCert changed nothing."""

    code = "refused"

    fate = Fate.REFUSED


class AccessDenied(Refused):
    """Raised for 401 and 403: the key is wrong, or lacks a permission. DigiCert changed nothing."""

    code = "access-denied"


class OrderNotFound(Refused):
    """Raised only for a 404 with DigiCert's code `not_found|order`.

    The API key's account doesn't have the order: the id is wrong, the key belongs to another account, or the order no
    longer exists.
    """

    code = "order-not-found"


class NotFound(Refused):
    """Raised for any other 404 from DigiCert, such as `not_found|route`.

    The order may still exist. The usual cause is a wrong base URL.
    """

    code = "not-found"


class Intercepted(CertCentralError):
    """Raised for a 400 or other 4xx that is not in DigiCert's form: a web page, another JSON, no body.

    It comes from a proxy, a firewall or a gateway in front of DigiCert. Usually this blocked the request, but it may
    also have replaced DigiCert's response. The API key and the order may be fine. A retry doesn't help.
    """

    code = "intercepted"


class ServerError(CertCentralError):
    """Raised for 5xx, 406 and 408 responses from CertCentral or a gateway.

    DigiCert may have processed the request before it failed.
    """

    code = "server-error"

    transient = True


class UnreadableAnswer(CertCentralError):
    """Raised for an unreadable response: HTML, an empty or truncated body, another content type.

    DigiCert may have processed the request.
    """

    code = "unreadable-answer"

    transient = True


class UnexpectedAnswer(UnreadableAnswer):
    """Raised for a readable response that differs from what the API documents.

    For example a missing or mistyped field, another order than the requested one, a redirect (never followed), an
    undocumented status, or a response that is too large. DigiCert may have processed the request. A retry doesn't help.
    """

    code = "unexpected-answer"

    transient = False


class PartlyUnreadable(UnexpectedAnswer):
    """Raised for a list of certificates with rows that can't be read. Callers that need all rows must stop.

    Attributes:
        readable: The readable rows, for callers that only show them.
    """

    code = "partly-unreadable"

    def __init__(self, what: str, readable: tuple[Any, ...] = (), **about: Any) -> None:
        super().__init__(what, **about)
        self.readable = readable
