"""The ASGI application: the API under `/services/v2`, and the sandbox's own doors under `/sandbox`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from certcentral_sandbox.faults.rules import Rules
from certcentral_sandbox.http.access_log import AccessLog, Line
from certcentral_sandbox.http.api import ROUTES, Call
from certcentral_sandbox.http.exchange import Exchange, Machinery, Stopped
from certcentral_sandbox.http.keys import Keys
from certcentral_sandbox.http.operator_api import Doors
from certcentral_sandbox.http.wire import refusal
from certcentral_sandbox.pki.control import Control

API_PATH = "/services/v2"
OPERATOR_PATH = "/sandbox"

Passage = Callable[[Call, Scope, Receive, Send], Awaitable[None]]


class Sandbox:
    """Everything that a call passes through."""

    def __init__(
        self, keys: Keys, log: AccessLog, rules: Rules, machinery: Machinery, control: Control
    ) -> None:
        self._control = control
        self._keys = keys
        self._log = log
        self._rules = rules
        self._machinery = machinery

    def app(self) -> Router:
        """The application to serve.

        The API stands twice in it: for callers, and under `/sandbox` for whoever operates the sandbox, where
        calls are neither logged, limited nor disturbed.
        """
        doors = Doors(self._keys, self._rules, self._machinery, self._control)
        return Router(
            [
                Mount(API_PATH, self._api_router(self._serve)),
                Mount(OPERATOR_PATH + API_PATH, self._api_router(self._serve_operator)),
                *doors.routes(OPERATOR_PATH),
            ],
            default=self._nowhere,
            redirect_slashes=False,
        )

    def _api_router(self, passage: Passage) -> Router:
        routes = [
            Route(path, _Endpoint(name, self._keys, passage), methods=[method])
            for method, path, name in ROUTES
        ]
        # A known path with another method is no route either.
        anything_else = Route("/{path:path}", _Endpoint(None, self._keys, passage))
        return Router([*routes, anything_else])

    async def _serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        line = Line(self._log, scope["method"], _target(scope), call.user.name if call.user else None)
        exchange = Exchange(self._machinery, call, line, scope, receive, send)
        rule = self._rules.pick(scope["method"], call)
        try:
            if rule is None:
                await exchange.deliver(exchange.process())
            else:
                line.fault = rule.name
                await rule.inject(exchange)
        except Stopped:
            line.write(None)

    async def _serve_operator(self, call: Call, _scope: Scope, _receive: Receive, send: Send) -> None:
        await self._machinery.api.answer(call).send(send)

    async def _nowhere(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await refusal(self._machinery.answers["unknown_route"]).send(send)


@dataclass(frozen=True)
class _Endpoint:
    """Makes a `Call` of a request and lets it pass."""

    name: str | None
    keys: Keys
    passage: Passage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return  # the call never arrived
        call = Call(
            endpoint=self.name,
            parameters=request.path_params,
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            accept=request.headers.get("accept", ""),
            body=body,
            user=self.keys.owner(request.headers.get("x-dc-devkey")),
        )
        await self.passage(call, scope, receive, send)


def _target(scope: Scope) -> str:
    """The path with its query, as it was asked for."""
    path = str(scope["raw_path"].decode("latin-1"))
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
