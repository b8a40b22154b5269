"""Errors of the client, and what each means for the request that was sent.

After a failure the caller needs to know whether the request may have been processed. `Fate` answers that for every
error; the class says the rest.
"""

# ruff: noqa: N818 - each is named as what happened, which reads better where it is caught

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
    """What DigiCert did with a request that ended in an error."""

    NOT_PROCESSED = "not processed"
    """Nothing: the request was never sent, or was rejected by the rate limit. It can be sent again."""

    REFUSED = "refused"
    """It refused the request and changed nothing. The same request gets the same answer."""

    UNKNOWN = "unknown"
    """Anything from nothing to everything. Only a fresh read of the order can tell."""


class InvalidEndpoint(ValueError):
    """Raised for a region or a base URL that cannot be used; nothing was sent."""


class InvalidApiKey(ValueError):
    """Raised for an API key that no HTTP header can carry; nothing was sent. The message does not show the key."""


class CertCentralError(Exception):
    """A call to CertCentral that failed: the base of all errors below.

    Its text is one line: what happened, to which order or request, DigiCert's own code and message where
    there is one, and what to do. It never holds the API key.

    Attributes:
        code: What happened: a word that no release changes.
        fate: What DigiCert did with the request.
        transient: Whether the same call may well succeed some seconds later.
        status: The HTTP status, when an answer arrived.
        codes: DigiCert's `errors[].code`, in its order; empty when the answer names none.
        message: DigiCert's first `errors[].message`, on one line and shortened.
        order_id: The order that the call was about.
        request_id: The request that the call was about.
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
        """What happened, to which order or request: the text without the remedy."""
        return f"{self._subject()}{self.cause}"

    @property
    def cause(self) -> str:
        """What happened, for a line that names the order or request already."""
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

    The request is sent only over a verified connection, so DigiCert did nothing. Trying again does not help.
    """

    code = "tls-failed"

    transient = False


class NoAnswer(CertCentralError):
    """Raised when the request was sent and no complete response came: timeout, reset, connection closed early.

    DigiCert may have processed the request, or never have seen all of it.
    """

    code = "no-answer"

    transient = True


class TimedOut(NoAnswer):
    """Raised when the request was sent and timed out.

    DigiCert may have processed the request, or may still be about to.
    """

    code = "timed-out"


class Interrupted(CertCentralError):
    """Raised for a request whose caller was cancelled, or is gone, before it was sent."""

    code = "interrupted"

    fate = Fate.NOT_PROCESSED


class RateLimited(CertCentralError):
    """Raised for 429: the key's user made too many requests. DigiCert rejected this one without processing it.

    A gateway that counts after it passed a request on would be an exception, so a caller looks before it sends a PUT
    again.
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
    """Raised only for a 404 in which DigiCert says `not_found|order`.

    The account of the key has no such order: the id is wrong, the key is another account's, or it is gone.
    """

    code = "order-not-found"


class NotFound(Refused):
    """Raised for any other 404 of DigiCert's, such as `not_found|route`.

    It says nothing about whether an order exists: most often the base URL is wrong.
    """

    code = "not-found"


class Intercepted(CertCentralError):
    """Raised for a 400 or other 4xx that is not in DigiCert's form: a web page, another JSON, no body.

    A proxy, a firewall or a gateway before DigiCert said it. Most often it did not let the request through, but it may
    have kept back DigiCert's answer. It says nothing about the key or the order. Trying again does not help.
    """

    code = "intercepted"


class ServerError(CertCentralError):
    """Raised for 5xx, 406 and 408 responses from CertCentral or a gateway.

    DigiCert may have processed the request before it failed to say so.
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

    A missing or mistyped field, another order than the one asked for, a redirect (never followed), a status
    that the call does not have, more bytes than any true answer has. DigiCert may have processed the request.
    Trying again does not help.
    """

    code = "unexpected-answer"

    transient = False


class PartlyUnreadable(UnexpectedAnswer):
    """Raised for a list of certificates of which some rows can't be read. Callers that need all of them must stop.

    Attributes:
        readable: The others, for who only shows them.
    """

    code = "partly-unreadable"

    def __init__(self, what: str, readable: tuple[Any, ...] = (), **about: Any) -> None:
        super().__init__(what, **about)
        self.readable = readable
