"""Convert a complete HTTP response to a typed value or a typed error."""

import json
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.decoding import Lenient, decode
from digicert_pulumi.certcentral.errors import (
    AccessDenied,
    CertCentralError,
    Intercepted,
    NotFound,
    OrderNotFound,
    RateLimited,
    Refused,
    ServerError,
    UnexpectedAnswer,
    UnreadableAnswer,
)
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.transport import Answer

__all__ = ["decoded", "listed", "require"]

_LONGEST_ERROR = 2**16
"""The largest error body to decode, in bytes. CertCentral's have a few hundred."""

_NOT_REFUSALS = (HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.REQUEST_TIMEOUT)
"""Statuses below 500 that aren't a refusal if CertCentral sends them."""

_NOT_JSON = (msgspec.MsgspecError, ValueError, RecursionError)
"""The exceptions of msgspec for bytes that aren't JSON, aren't UTF-8, or are nested too deeply."""

_Model = TypeVar("_Model", bound=Lenient)

_JSON = "application/json"


def require(call: Call, answer: Answer, key: ApiKey, *statuses: int) -> None:
    """Check that a response has one of the documented statuses of its call.

    Raises:
        CertCentralError: The response has another status.
    """
    if answer.status not in statuses:
        raise _error(call, answer, key)


def decoded(call: Call, answer: Answer, key: ApiKey, model: type[_Model]) -> _Model:
    """Decode the body of a response.

    Raises:
        UnreadableAnswer: The body isn't JSON.
        UnexpectedAnswer: A needed field is missing or doesn't have its documented type, or a name occurs twice.
    """
    about: dict[str, Any] = {"status": answer.status, "remedy": call.remedy_for_surprise, **call.about}
    if answer.content_type != _JSON:
        raise UnreadableAnswer(f"DigiCert's answer is no JSON but {_kind(answer, key)}", **about)
    failure: UnreadableAnswer
    try:
        found = decode(answer.body, model)
        json.loads(answer.body, object_pairs_hook=_distinct)
    except _TwiceError:
        failure = UnexpectedAnswer(
            "DigiCert's answer is not as documented: a name occurs twice in it",
            **{**about, "remedy": call.remedy_for_misfit},
        )
    except msgspec.ValidationError as error:
        failure = UnexpectedAnswer(
            f"DigiCert's answer is not as documented: {key.quote(str(error))}",
            **{**about, "remedy": call.remedy_for_misfit},
        )
    except _NOT_JSON:
        failure = UnreadableAnswer("DigiCert's answer is incomplete JSON", **about)
    else:
        return found
    raise failure


class _TwiceError(Exception):
    """A name occurs twice in an object."""


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    """Reject an object in which a name occurs twice: parsers differ in which value they use (RFC 8259, section 4)."""
    if len(dict(pairs)) != len(pairs):
        raise _TwiceError


def listed(call: Call, answer: Answer, key: ApiKey, model: type[_Model]) -> _Model:
    """Decode a list. A 204 response, `[]` and `{}` are empty lists.

    Raises:
        CertCentralError: The response isn't a list.
    """
    require(call, answer, key, HTTPStatus.OK, HTTPStatus.NO_CONTENT)
    if answer.status == HTTPStatus.NO_CONTENT or (
        answer.content_type == _JSON and answer.body.split() == [b"[]"]
    ):
        return model()
    return decoded(call, answer, key, model)


def _error(call: Call, answer: Answer, key: ApiKey) -> CertCentralError:
    codes, message = _explanation(answer, key)
    kind, what, remedy = _classified(call, answer.status, codes)
    if issubclass(kind, Refused) and not codes and not message:
        # A refusal from DigiCert has its own form. Any other one is from a gateway, which may have passed the request on.
        kind, remedy = Intercepted, call.remedy_for_interception
        what = f"a proxy, firewall or gateway answered instead of DigiCert, with {_kind(answer, key)}"
    return kind(what, remedy=remedy, status=answer.status, codes=codes, message=message, **call.about)


def _classified(call: Call, status: int, codes: tuple[str, ...]) -> tuple[type[CertCentralError], str, str]:
    """Return the error class, the cause and the remedy for a status."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return (
            RateLimited,
            "DigiCert's rate limit is reached",
            "Wait some minutes: 100 requests in 5 seconds and 1000 in 3 minutes are allowed.",
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return AccessDenied, "DigiCert denied access", _access_remedy(codes)
    if status == HTTPStatus.NOT_FOUND and call.order_id is not None and set(codes) == {"not_found|order"}:
        return (
            OrderNotFound,
            "DigiCert does not know this order",
            "Check the order id, and that the API key is of the order's account and region.",
        )
    if status == HTTPStatus.NOT_FOUND:
        subject = "order" if call.order_id is not None else "request" if call.request_id is not None else None
        what = f"the {subject} id and the base URL" if subject else "the base URL"
        return NotFound, "there is nothing at this address", f"Check {what}."
    if status in _NOT_REFUSALS or 500 <= status <= 599:  # noqa: PLR2004
        return ServerError, "DigiCert failed to answer", call.remedy
    if 400 <= status <= 499:  # noqa: PLR2004
        return (
            Refused,
            "DigiCert refused the request",
            "Nothing was changed. Check the order in CertCentral.",
        )
    if 300 <= status <= 399:  # noqa: PLR2004
        return UnexpectedAnswer, "the answer is a redirect, which is not followed", call.remedy_for_surprise
    return UnexpectedAnswer, "the answer has an unexpected status", call.remedy_for_surprise


def _kind(answer: Answer, key: ApiKey) -> str:
    return key.quote(answer.content_type) or "no content type"


def _access_remedy(codes: tuple[str, ...]) -> str:
    if "access_denied|access_denied_invalid_key" in codes:
        return "Check that the API key is complete and active, and of an account in this region."
    if "access_denied|missing_permission" in codes:
        return "Use an API key whose user and whose restriction allow this: a View Only key can only read."
    return "Check the API key and what its user may do."


def _explanation(answer: Answer, key: ApiKey) -> tuple[tuple[str, ...], str | None]:
    """Read DigiCert's `errors`, an array of objects. Anything else is ignored.

    Returns:
        The codes, and the first message.
    """
    if answer.content_type != _JSON or len(answer.body) > _LONGEST_ERROR:
        return (), None
    try:
        body = msgspec.json.decode(answer.body)
    except _NOT_JSON:
        return (), None
    errors = body.get("errors") if isinstance(body, dict) else None
    entries = [
        entry for entry in (errors if isinstance(errors, list) else [errors]) if isinstance(entry, dict)
    ]
    return tuple(_texts(entries, "code", key)), next(iter(_texts(entries, "message", key)), None)


def _texts(entries: list[dict[str, object]], field: str, key: ApiKey) -> list[str]:
    return [
        key.quote(text) for entry in entries if isinstance(text := entry.get(field), str) and text.strip()
    ]
