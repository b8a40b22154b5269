"""Faults: what each fault does to a call, and the rules that select the calls.

A rule is a JSON object. `fault` names the fault. The fields of `Rule` select the calls, and each fault has its own
parameters, the fields of its class:

============== ============================================================================================
fault          result
============== ============================================================================================
refuse         the genuine answer with `connection: close`; before it is sent, the sandbox stops listening for
               `seconds`, so that new connections are refused, and closes idle connections
drop           the connection is reset (RST), `before` or `after` processing
cut            half of the genuine answer, then the connection is closed
status         an error with the given `status` and no JSON, `before` or `after` processing; a 429 is the documented one
refusal        the named `refusal` of `refusals.DOCUMENTED` or `refusals.INVENTED`, such as `invalid_key`
slow           the genuine answer, `seconds` late; the delay is `before` or `after` processing
hold           the genuine answer, once it is released at `/sandbox/holds`; held `before` or `after` processing
html           a web page with the given `status`
empty          no body, with the given `status`
truncated      half of the genuine body in a complete answer
huge           `bytes` bytes of JSON, without a Content-Length
content_type   the genuine body with another `content_type`
redirect       a redirect to `location`, by default on another host
stale_order    the order as of `seconds` ago, or before its last `changes` changes
order_status   the order, or the list of orders, with another `order_status`
late_request   the genuine answer; a request that the call submits is visible to reads only after `seconds`
============== ============================================================================================

If `when` is `before`, the call is never processed (except for `slow` and `hold`, which only delay it). If it is
`after`, the call is processed and committed first. `drop`, `status`, `html`, `empty` and `redirect` also accept `late`:
the call is still processed, `late` seconds after the answer.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from certcentral_sandbox.account.queries import Past
from certcentral_sandbox.http.api import ENDPOINTS, Call
from certcentral_sandbox.http.exchange import Exchange
from certcentral_sandbox.http.wire import HTML, Answer, document
from certcentral_sandbox.refusals import DOCUMENTED, INVENTED

When = Literal["before", "after"]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Status = Annotated[int, msgspec.Meta(ge=200, le=599)]
_CHUNK = b"x" * 65536
_IN_NAME = ("status", "refusal", "when")


class Rule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="fault"):
    """Selects the calls of a fault. Fields that aren't set match every call.

    Attributes:
        method: The HTTP method.
        endpoint: The endpoint's name, one of `api.ENDPOINTS`.
        order_id: The order of the call, named directly or by its certificate or request.
        skip: The number of matching calls to let through first.
        count: The maximum number of calls that get the fault.
        probability: The probability that a matching call gets the fault.
        seed: The random seed for `probability`, to make runs reproducible.
    """

    method: str | None = None
    endpoint: str | None = None
    order_id: int | None = None
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the endpoint's name.

        Raises:
            ValueError: The endpoint doesn't exist.
        """
        if self.endpoint is not None and self.endpoint not in ENDPOINTS:
            raise ValueError(
                f"there is no endpoint {self.endpoint!r}; the endpoints are {', '.join(ENDPOINTS)}"
            )

    @property
    def name(self) -> str:
        """The fault's name in the access log, such as `drop_after` or `status_503_before`."""
        words = [self.__struct_config__.tag, *(getattr(self, field, None) for field in _IN_NAME)]
        return "_".join(str(word) for word in words if word is not None)

    async def inject(self, exchange: Exchange) -> None:
        """Inject the fault into a call."""
        raise NotImplementedError


class Refuse(Rule, kw_only=True, tag="refuse"):
    """Stop listening for a while."""

    seconds: Seconds

    async def inject(self, exchange: Exchange) -> None:
        """Refuse new connections, then answer."""
        answer = exchange.process()
        await exchange.machinery.server.refuse(self.seconds)
        await exchange.deliver(replace(answer, headers=(("connection", "close"),)))


class _Lost(Rule):
    """A fault that loses the genuine answer, whether the call is processed or not."""

    when: When = "before"
    late: Seconds | None = None

    def process(self, exchange: Exchange) -> None:
        """Process the call now, later or never."""
        if self.when == "after":
            exchange.process()
        elif self.late is not None:
            exchange.process_later(self.late)


class Drop(_Lost, tag="drop"):
    """Reset the connection."""

    async def inject(self, exchange: Exchange) -> None:
        """Reset the connection without an answer."""
        self.process(exchange)
        await exchange.drop()


class Cut(Rule, tag="cut"):
    """Close the connection in the middle of the answer."""

    async def inject(self, exchange: Exchange) -> None:
        """Send half of the answer."""
        await exchange.cut(exchange.process())


class _Substitute(_Lost):
    """A fault that replaces the genuine answer."""

    async def inject(self, exchange: Exchange) -> None:
        self.process(exchange)
        await exchange.deliver(self.substitute(exchange))

    def substitute(self, exchange: Exchange) -> Answer:
        """Return the answer to send."""
        raise NotImplementedError


class ErrorStatus(_Substitute, kw_only=True, tag="status"):
    """A gateway's error, or a 429."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]

    def substitute(self, exchange: Exchange) -> Answer:
        """Return a web page; for 429, the documented JSON."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return exchange.refuse("rate_limit")
        return _page(self.status)


class NamedRefusal(_Substitute, kw_only=True, tag="refusal"):
    """A refusal that the state doesn't cause, such as a key that lost its rights, or an order that vanished."""

    refusal: str

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            ValueError: The endpoint or the refusal doesn't exist.
        """
        super().__post_init__()
        if self.refusal not in {**DOCUMENTED, **INVENTED}:
            raise ValueError(f"there is no refusal {self.refusal!r}")

    def substitute(self, exchange: Exchange) -> Answer:
        """Return the refusal, with its override if there is one."""
        return exchange.refuse(self.refusal)


class Html(_Substitute, tag="html"):
    """A web page instead of JSON."""

    status: Status = 200

    def substitute(self, _exchange: Exchange) -> Answer:
        """Return the page."""
        return _page(self.status)


def _page(status: int) -> Answer:
    title = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)
    return Answer(status, f"<html><head><title>{title}</title></head><body></body></html>".encode(), HTML)


class Empty(_Substitute, tag="empty"):
    """An empty body instead of JSON."""

    status: Status = 200

    def substitute(self, _exchange: Exchange) -> Answer:
        """Return an answer without a body."""
        return Answer(self.status)


class Redirect(_Substitute, tag="redirect"):
    """A redirect; without `location`, to the same path on another host."""

    status: Annotated[int, msgspec.Meta(ge=300, le=399)] = 302
    location: str | None = None

    def substitute(self, exchange: Exchange) -> Answer:
        """Return the redirect."""
        location = self.location or f"https://other.example.com{exchange.line.path}"
        return Answer(self.status, headers=(("location", location),))


class Huge(Rule, tag="huge"):
    """An answer that is larger than a client should read."""

    when: When = "before"
    status: Status = 200
    bytes: Annotated[int, msgspec.Meta(ge=1)] = 64 << 20

    async def inject(self, exchange: Exchange) -> None:
        """Send the huge answer."""
        if self.when == "after":
            exchange.process()
        await exchange.deliver_endless(Answer(self.status, b'{"padding":"'), _CHUNK, self.bytes)


class _Delay(Rule):
    """A delayed genuine answer. The access log has its line as soon as the answer is known."""

    when: When = "after"

    async def inject(self, exchange: Exchange) -> None:
        if self.when == "before":
            await self.wait(exchange)
            await exchange.deliver(exchange.process())
        else:
            answer = exchange.process()
            exchange.line.write(answer.status)
            await self.wait(exchange)
            await exchange.deliver(answer)

    async def wait(self, exchange: Exchange) -> None:
        """Wait for the end of the delay."""
        raise NotImplementedError


class Slow(_Delay, kw_only=True, tag="slow"):
    """A slow answer."""

    seconds: Seconds

    async def wait(self, exchange: Exchange) -> None:
        """Wait for `seconds`."""
        await exchange.pause(self.seconds)


class Hold(_Delay, tag="hold"):
    """An answer that is held until it is released."""

    async def wait(self, exchange: Exchange) -> None:
        """Wait for the release."""
        await exchange.hold(self.when)


class Truncated(Rule, tag="truncated"):
    """Half of the body."""

    async def inject(self, exchange: Exchange) -> None:
        """Send truncated JSON."""
        answer = exchange.process()
        await exchange.deliver(replace(answer, body=answer.body[: len(answer.body) // 2]))


class ContentType(Rule, tag="content_type"):
    """The genuine body with a wrong content type."""

    content_type: str = HTML

    async def inject(self, exchange: Exchange) -> None:
        """Send the answer with the wrong content type."""
        await exchange.deliver(replace(exchange.process(), content_type=self.content_type))


class StaleOrder(Rule, tag="stale_order"):
    """An old copy of the order; by default, before its last change."""

    seconds: Seconds | None = None
    changes: Annotated[int, msgspec.Meta(ge=1)] = 1

    async def inject(self, exchange: Exchange) -> None:
        """Send the old copy."""
        past = Past(changes=self.changes) if self.seconds is None else Past(seconds=self.seconds)
        exchange.call.past = past
        await exchange.deliver(exchange.process())


class OrderStatus(Rule, tag="order_status"):
    """An undocumented status of an order."""

    order_status: str = "quarantined"

    async def inject(self, exchange: Exchange) -> None:
        """Send the answer with the status in the order, or in every order of the list."""
        answer = exchange.process()
        if answer.status == HTTPStatus.OK:
            content = msgspec.json.decode(answer.body)
            for order in content.get("orders", [content]):
                order["status"] = self.order_status
            answer = document(content)
        await exchange.deliver(answer)


class LateRequest(Rule, kw_only=True, tag="late_request"):
    """A request that isn't visible to reads yet."""

    seconds: Seconds

    async def inject(self, exchange: Exchange) -> None:
        """Answer, and hide the request from reads for a while."""
        exchange.call.visible_after = self.seconds
        await exchange.deliver(exchange.process())


AnyRule = (
    Refuse
    | Drop
    | Cut
    | ErrorStatus
    | NamedRefusal
    | Slow
    | Hold
    | Html
    | Empty
    | Truncated
    | Huge
    | ContentType
    | Redirect
    | StaleOrder
    | OrderStatus
    | LateRequest
)


def decode_rules(text: bytes) -> list[Rule]:
    """Decode a JSON array of rules.

    Raises:
        ValueError: The text isn't an array of valid rules.
    """
    try:
        rules: list[Rule] = msgspec.json.decode(text, type=list[AnyRule])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    return rules


def load_rules(path: Path | None) -> list[Rule]:
    """Load the rules of a file; no rules if there is no file.

    Raises:
        ValueError: The file isn't an array of valid rules.
        OSError: The file can't be read.
    """
    if path is None:
        return []
    try:
        return decode_rules(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


class _Entry:
    """An active rule, with its counters."""

    def __init__(self, entry_id: int, rule: Rule) -> None:
        self.id = entry_id
        self.rule = rule
        self.matched = 0
        self.injected = 0
        self._random = random.Random(rule.seed)  # noqa: S311 - repeatable by design

    def applies(self) -> bool:
        """Count a matching call, and return whether it gets the fault."""
        self.matched += 1
        if self.matched <= self.rule.skip or self.injected == self.rule.count:
            return False
        if self._random.random() >= self.rule.probability:
            return False
        self.injected += 1
        return True

    def shown(self) -> dict[str, Any]:
        """Return the rule for the operator API."""
        return {"id": self.id, "rule": self.rule, "matched": self.matched, "injected": self.injected}


class Rules:
    """The active rules. A call gets the first fault that applies; later rules don't count the call."""

    def __init__(self, order_of: Callable[[Call], int | None], rules: Sequence[Rule] = ()) -> None:
        """Start with some rules.

        Args:
            order_of: Returns the order of a call.
            rules: The initial rules.
        """
        self._order_of = order_of
        self._ids = count(1)
        self._entries: list[_Entry] = []
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> int:
        """Append a rule, and return its id."""
        entry = _Entry(next(self._ids), rule)
        self._entries.append(entry)
        return entry.id

    def remove(self, rule_id: int | None = None) -> bool:
        """Remove one rule, or all of them. Return whether a rule was removed."""
        kept = [entry for entry in self._entries if rule_id is not None and entry.id != rule_id]
        removed = len(kept) < len(self._entries)
        self._entries = kept
        return removed

    def shown(self) -> list[dict[str, Any]]:
        """Return the rules with their counters."""
        return [entry.shown() for entry in self._entries]

    def pick(self, method: str, call: Call) -> Rule | None:
        """Return the rule whose fault the call gets; None if there is none."""
        for entry in self._entries:
            if self._matches(entry.rule, method, call) and entry.applies():
                return entry.rule
        return None

    def _matches(self, rule: Rule, method: str, call: Call) -> bool:
        return (
            rule.method in {None, method}
            and rule.endpoint in {None, call.endpoint}
            and (rule.order_id is None or rule.order_id == self._order_of(call))
        )
