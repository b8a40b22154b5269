"""Handle the documented calls under `/services/v2`: each handler takes a `Call` and returns an `Answer`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from sqlite3 import Row
from typing import Any, TypeVar

import msgspec

from certcentral_sandbox.account import documents
from certcentral_sandbox.account.catalogue import User
from certcentral_sandbox.account.documents import CertificateDetails
from certcentral_sandbox.account.queries import Orders, Past
from certcentral_sandbox.account.revocations import Account, RevocationBody
from certcentral_sandbox.http.wire import JSON, NO_CONTENT, PEM, Answer, document, refusal
from certcentral_sandbox.refusals import Answers, Refused

ROUTES: Sequence[tuple[str, str, str]] = (
    ("GET", "/user/me", "get_user"),
    ("GET", "/order/certificate", "list_orders"),
    ("GET", "/order/certificate/status-changes", "status_changes"),
    ("GET", "/order/certificate/{order}", "get_order"),
    ("GET", "/order/certificate/{order}/duplicate", "list_duplicates"),
    ("GET", "/order/certificate/{order}/reissue", "list_reissues"),
    ("PUT", "/order/certificate/{order}/revoke", "revoke_order"),
    ("PUT", "/certificate/{certificate}/revoke", "revoke_certificate"),
    ("GET", "/certificate/{certificate}/download/format/{format}", "download_certificate"),
    ("GET", "/certificate/{certificate}/chain", "get_chain"),
    ("GET", "/request", "list_requests"),
    ("GET", "/request/{request}", "get_request"),
    ("PUT", "/request/{request}/status", "update_request_status"),
)
"""Method, path and name of every endpoint."""

ENDPOINTS = tuple(name for _, _, name in ROUTES)


@dataclass
class Call:
    """One call of the API.

    Attributes:
        endpoint: The endpoint's name; None when no route matches.
        parameters: The parameters in the path.
        visible_after: Seconds until a request that this call submits is visible to reads.
        past: The age of the copy of an order that this call reads; None for the current order.
    """

    endpoint: str | None
    parameters: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    accept: str
    body: bytes
    user: User | None
    visible_after: float = 0
    past: Past | None = None


_Json = TypeVar("_Json")


class _RevocationJson(msgspec.Struct):
    """The JSON body of a revocation's PUT. The documentation has both `comment` and `comments`."""

    comments: str | None = None
    comment: str | None = None
    revocation_reason: str | None = None
    skip_approval: bool | None = None


class _DecisionJson(msgspec.Struct):
    """The JSON body of a decision's PUT."""

    status: str | None = None
    processor_comment: str | None = None


class Api:
    """The Services API of one account."""

    def __init__(self, orders: Orders, account: Account, answers: Answers) -> None:
        self._orders = orders
        self._account = account
        self._answers = answers
        self._handlers: dict[str, Callable[[Call, User], Answer]] = {
            "get_user": self._get_user,
            "list_orders": self._list_orders,
            "status_changes": self._status_changes,
            "get_order": self._get_order,
            "list_duplicates": self._list_duplicates,
            "list_reissues": self._list_reissues,
            "revoke_order": self._revoke_order,
            "revoke_certificate": self._revoke_certificate,
            "download_certificate": self._download_certificate,
            "get_chain": self._get_chain,
            "list_requests": self._list_requests,
            "get_request": self._get_request,
            "update_request_status": self._update_request_status,
        }

    def answer(self, call: Call) -> Answer:
        """Process a call. Its writes are committed before this returns."""
        try:
            return self._dispatch(call)
        except Refused as refused:
            return refusal(refused.refusal)

    def _dispatch(self, call: Call) -> Answer:
        if call.user is None:
            self._answers.refuse("invalid_key")
        if call.endpoint is None:
            self._answers.refuse("unknown_route")
        if call.endpoint != "download_certificate" and not _accepts_json(call.accept):
            self._answers.refuse("unsupported_accept")
        return self._handlers[call.endpoint](call, call.user)

    def _get_user(self, _call: Call, user: User) -> Answer:
        return document(documents.user_info(user))

    def _list_orders(self, call: Call, _user: User) -> Answer:
        return document(self._orders.list_orders(call.query))

    def _status_changes(self, call: Call, _user: User) -> Answer:
        return document(self._orders.status_changes(call.query))

    def _get_order(self, call: Call, _user: User) -> Answer:
        return document(self._orders.info(self._orders.find(call.parameters["order"]), call.past))

    def _list_duplicates(self, call: Call, _user: User) -> Answer:
        return self._certificates(call, "duplicate", documents.duplicate_row)

    def _list_reissues(self, call: Call, _user: User) -> Answer:
        return self._certificates(call, "reissue", documents.reissue_row)

    def _certificates(
        self, call: Call, role: str, row: Callable[[Row, Row, CertificateDetails], Any]
    ) -> Answer:
        order = self._orders.by_id(call.parameters["order"])
        return document(self._orders.list_certificates(order, role, row))

    def _download_certificate(self, call: Call, _user: User) -> Answer:
        certificate = self._orders.certificate(call.parameters["certificate"])
        file = self._orders.download(certificate, call.parameters["format"])
        return Answer(HTTPStatus.OK, file.encode(), PEM)

    def _get_chain(self, call: Call, _user: User) -> Answer:
        return document(self._orders.chain(self._orders.certificate(call.parameters["certificate"])))

    def _revoke_order(self, call: Call, user: User) -> Answer:
        body = self._revocation_body(call)
        return _submitted(self._account.revoke_order(call.parameters["order"], body, user))

    def _revoke_certificate(self, call: Call, user: User) -> Answer:
        body = self._revocation_body(call)
        return _submitted(self._account.revoke_certificate(call.parameters["certificate"], body, user))

    def _revocation_body(self, call: Call) -> RevocationBody:
        json = self._json(call, _RevocationJson)
        return RevocationBody(
            reason=json.revocation_reason or "unspecified",
            comments=json.comments or json.comment or "",
            skip_approval=bool(json.skip_approval),
            visible_after=call.visible_after,
        )

    def _json(self, call: Call, type_: type[_Json]) -> _Json:
        """Decode the body of a call.

        Raises:
            Refused: The body isn't JSON, or a field has a wrong type.
        """
        try:
            return msgspec.json.decode(call.body, type=type_)
        except msgspec.ValidationError:
            self._answers.refuse("invalid_field")
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._answers.refuse("malformed_body")

    def _list_requests(self, call: Call, _user: User) -> Answer:
        return document(self._orders.list_requests(call.query))

    def _get_request(self, call: Call, _user: User) -> Answer:
        request = self._orders.request(call.parameters["request"])
        return document(self._orders.request_info(request, call.past))

    def _update_request_status(self, call: Call, user: User) -> Answer:
        json = self._json(call, _DecisionJson)
        self._account.decide(call.parameters["request"], json.status or "", json.processor_comment, user)
        return NO_CONTENT


def _accepts_json(accept: str) -> bool:
    types = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    return not accept or bool(types & {JSON, "application/*", "*/*"})


def _submitted(request: Row | None) -> Answer:
    if request is None:
        return NO_CONTENT
    return document(documents.submitted_request(request), HTTPStatus.CREATED)
