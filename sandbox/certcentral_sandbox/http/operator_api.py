"""The operator API under `/sandbox`. It requires the administrator's key.

===================================== ======================================================================
`GET /sandbox/faults`                 `{"faults": [{"id", "rule", "matched", "injected"}]}`
`PUT /sandbox/faults`                 replaces the rules with an array of rules; returns the same as GET
`POST /sandbox/faults`                appends an array of rules; returns the same as GET
`DELETE /sandbox/faults[/ID]`         removes all rules, or one
`GET /sandbox/holds`                  `{"holds": [{"id", "method", "path", "endpoint", "when", "since"}]}`
`DELETE /sandbox/holds[/ID]`          releases all held calls, or one
`GET /sandbox/limits`                 `{"limits": ["1000/180", "100/5"]}`
`PUT /sandbox/limits`                 replaces the limits with an array of limits
`POST /sandbox/refuse`                `{"seconds": 2}`: refuses connections for some seconds
`GET /sandbox/publication`            `{"origin": "http://127.0.0.1:8081", "delay": 0}`: the address of CRLs and OCSP,
                                      and the seconds until they show a revocation
`PUT /sandbox/publication`            `{"delay": 60}`: sets the delay; returns the same as GET
`GET /sandbox/publication/faults`     `{"faults": [{"id", "rule", "injected"}]}`: the fault rules for CRLs and OCSP,
                                      which `certcentral_sandbox.pki.faults` lists
`POST /sandbox/publication/faults`    appends an array of rules; returns the same as GET
`DELETE /sandbox/publication/faults`  removes all rules
`GET /sandbox/certificates/ID/key`    the private key of a certificate, as PEM
===================================== ======================================================================
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from certcentral_sandbox.faults.rules import Rules, Seconds, decode_rules
from certcentral_sandbox.http.exchange import Machinery
from certcentral_sandbox.http.keys import Keys
from certcentral_sandbox.http.limiter import parse_limit
from certcentral_sandbox.http.wire import NO_CONTENT, PEM, Answer, document, refusal
from certcentral_sandbox.pki.control import Control
from certcentral_sandbox.pki.faults import decode_faults
from certcentral_sandbox.refusals import Refused

_Handler = Callable[[Request, bytes], Answer | Awaitable[Answer]]


class _Refusal(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Seconds


class _Publication(msgspec.Struct, forbid_unknown_fields=True):
    delay: Seconds


class OperatorApi:
    """Controls a running sandbox."""

    def __init__(self, keys: Keys, rules: Rules, machinery: Machinery, control: Control) -> None:
        self._control = control
        self._keys = keys
        self._rules = rules
        self._machinery = machinery

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes of the operator API, below a prefix."""
        table: list[tuple[str, str, _Handler]] = [
            ("GET", "/faults", self._show_faults),
            ("PUT", "/faults", self._replace_faults),
            ("POST", "/faults", self._add_faults),
            ("DELETE", "/faults", self._remove_faults),
            ("DELETE", "/faults/{id:int}", self._remove_faults),
            ("GET", "/holds", self._show_holds),
            ("DELETE", "/holds", self._release),
            ("DELETE", "/holds/{id:int}", self._release),
            ("GET", "/limits", self._show_limits),
            ("PUT", "/limits", self._set_limits),
            ("POST", "/refuse", self._refuse),
            ("GET", "/publication", self._show_publication),
            ("PUT", "/publication", self._set_publication),
            ("GET", "/publication/faults", self._show_publication_faults),
            ("POST", "/publication/faults", self._add_publication_faults),
            ("DELETE", "/publication/faults", self._remove_publication_faults),
            ("GET", "/certificates/{id:int}/key", self._show_key),
        ]
        return [
            Route(prefix + path, self._guarded(handler), methods=[method]) for method, path, handler in table
        ]

    def _guarded(self, handler: _Handler) -> "_Endpoint":
        async def answer(request: Request, body: bytes) -> Answer:
            owner = self._keys.owner(request.headers.get("x-dc-devkey"))
            if owner is None or not owner.is_administrator:
                return refusal(self._machinery.answers["invalid_key"])
            try:
                answered = handler(request, body)
                return answered if isinstance(answered, Answer) else await answered
            except Refused as refused:
                return refusal(refused.refusal)
            except (ValueError, msgspec.DecodeError) as error:
                return _problem(HTTPStatus.BAD_REQUEST, "invalid_input", str(error))

        return _Endpoint(answer)

    def _show_faults(self, _request: Request, _body: bytes) -> Answer:
        return document({"faults": self._rules.shown()})

    def _replace_faults(self, request: Request, body: bytes) -> Answer:
        rules = decode_rules(body)
        self._rules.remove()
        for rule in rules:
            self._rules.add(rule)
        return self._show_faults(request, body)

    def _add_faults(self, request: Request, body: bytes) -> Answer:
        for rule in decode_rules(body):
            self._rules.add(rule)
        return self._show_faults(request, body)

    def _remove_faults(self, request: Request, _body: bytes) -> Answer:
        return _removed(request, self._rules.remove(request.path_params.get("id")))

    def _show_holds(self, _request: Request, _body: bytes) -> Answer:
        return document({"holds": self._machinery.holds.list()})

    def _release(self, request: Request, _body: bytes) -> Answer:
        return _removed(request, self._machinery.holds.release(request.path_params.get("id")))

    def _show_limits(self, _request: Request, _body: bytes) -> Answer:
        return document({"limits": [str(limit) for limit in self._machinery.limiter.limits]})

    def _set_limits(self, request: Request, body: bytes) -> Answer:
        limits = [parse_limit(text) for text in msgspec.json.decode(body, type=list[str])]
        self._machinery.limiter.limits = limits
        return self._show_limits(request, body)

    async def _refuse(self, _request: Request, body: bytes) -> Answer:
        await self._machinery.server.refuse(msgspec.json.decode(body, type=_Refusal).seconds)
        return Answer(HTTPStatus.NO_CONTENT, headers=(("connection", "close"),))

    def _show_publication(self, _request: Request, _body: bytes) -> Answer:
        control = self._control
        return document({"origin": control.certificates.origin, "delay": control.publication.delay})

    def _set_publication(self, request: Request, body: bytes) -> Answer:
        self._control.publication.delay = msgspec.json.decode(body, type=_Publication).delay
        return self._show_publication(request, body)

    def _show_publication_faults(self, _request: Request, _body: bytes) -> Answer:
        return document({"faults": self._control.faults.shown()})

    def _add_publication_faults(self, request: Request, body: bytes) -> Answer:
        self._control.faults.add(decode_faults(body))
        return self._show_publication_faults(request, body)

    def _remove_publication_faults(self, _request: Request, _body: bytes) -> Answer:
        self._control.faults.remove()
        return NO_CONTENT

    def _show_key(self, request: Request, _body: bytes) -> Answer:
        return Answer(HTTPStatus.OK, self._control.key(str(request.path_params["id"])), PEM)


class _Endpoint:
    """A handler as an ASGI application."""

    def __init__(self, answer: Callable[[Request, bytes], Awaitable[Answer]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await self._answer(request, await request.body())
        await answer.send(send)


def _removed(request: Request, found: bool) -> Answer:
    if found or "id" not in request.path_params:
        return NO_CONTENT
    return _problem(HTTPStatus.NOT_FOUND, "not_found", f"There is no entry {request.path_params['id']}.")


def _problem(status: int, code: str, message: str) -> Answer:
    return document({"errors": [{"code": code, "message": message}]}, status)
