"""The ASGI application: the Services API under `/services/v2`, and the operator API under `/sandbox`."""

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
from certcentral_sandbox.http.operator_api import OperatorApi
from certcentral_sandbox.http.wire import refusal
from certcentral_sandbox.pki.control import Control

API_PATH = "/services/v2"
OPERATOR_PATH = "/sandbox"

Handler = Callable[[Call, Scope, Receive, Send], Awaitable[None]]


class Sandbox:
    """Handles every call: routes it, logs it, and injects faults."""

    def __init__(
        self, keys: Keys, log: AccessLog, rules: Rules, machinery: Machinery, control: Control
    ) -> None:
        self._control = control
        self._keys = keys
        self._log = log
        self._rules = rules
        self._machinery = machinery

    def app(self) -> Router:
        """Return the application to serve.

        It contains the Services API twice: for callers, and under `/sandbox` for the operator. The operator's calls aren't
        logged, rate limited or affected by faults.
        """
        operator_api = OperatorApi(self._keys, self._rules, self._machinery, self._control)
        return Router(
            [
                Mount(API_PATH, self._api_router(self._serve)),
                Mount(OPERATOR_PATH + API_PATH, self._api_router(self._serve_operator)),
                *operator_api.routes(OPERATOR_PATH),
            ],
            default=self._unknown_route,
            redirect_slashes=False,
        )

    def _api_router(self, handler: Handler) -> Router:
        routes = [
            Route(path, _Endpoint(name, self._keys, handler), methods=[method])
            for method, path, name in ROUTES
        ]
        # A known path with another method is an unknown route too.
        fallback = Route("/{path:path}", _Endpoint(None, self._keys, handler))
        return Router([*routes, fallback])

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

    async def _unknown_route(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await refusal(self._machinery.answers["unknown_route"]).send(send)


@dataclass(frozen=True)
class _Endpoint:
    """Converts an HTTP request to a `Call`, and hands it to a handler."""

    name: str | None
    keys: Keys
    handler: Handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return  # the client disconnected before the call was complete
        call = Call(
            endpoint=self.name,
            parameters=request.path_params,
            query=parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            accept=request.headers.get("accept", ""),
            body=body,
            user=self.keys.owner(request.headers.get("x-dc-devkey")),
        )
        await self.handler(call, scope, receive, send)


def _target(scope: Scope) -> str:
    """Return the requested path with its query."""
    path = str(scope["raw_path"].decode("latin-1"))
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path
