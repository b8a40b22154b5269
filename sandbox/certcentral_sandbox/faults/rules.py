"""Faults: what each one does to a call, and the rules that say which calls it hits.

A rule is a JSON object. `fault` names the fault; the fields of `Rule` say which calls it hits, and each fault has
parameters of its own, the fields of its class:

============== ============================================================================================
fault          what the caller meets
============== ============================================================================================
refuse         a genuine answer with `connection: close`; from before it goes out, the sandbox has stopped
               listening for `seconds`, so that new connections are truly refused; idle ones are closed
drop           a reset connection (RST), `before` or `after` the call was processed
cut            half of the genuine answer, then the end of the connection
status         an error of the given `status` and no JSON, `before` or `after` processing; 429 is the documented one
refusal        the named `refusal` of `refusals.DOCUMENTED` or `refusals.INVENTED`, such as `invalid_key`
slow           the genuine answer, `seconds` late: it waits `before` or `after` processing
hold           the genuine answer, once it is released at `/sandbox/holds`: held `before` or `after` processing
html           a web page with the given `status`
empty          nothing, with the given `status`
truncated      half of the genuine body in a complete answer
huge           JSON of `bytes` bytes, whose length is not announced
content_type   the genuine body under another `content_type`
redirect       a redirect to `location`, on another host by default
stale_order    the order as it was `seconds` ago, or before its last `changes` changes
order_status   the order, or the list of orders, with another `order_status`
late_request   the genuine answer; a request that the call made is in readings only after `seconds`
============== ============================================================================================

With `when` `before`, the fault strikes and the call is never processed (but for `slow` and `hold`, which only
delay it); with `after`, the call is processed and committed first. `drop`, `status`, `html`, `empty` and `redirect` take
`late` as well: the call is processed all the same, so many seconds after the answer.
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
_TELLING = ("status", "refusal", "when")


class Rule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="fault"):
    """Which calls a fault hits; what is left out does not matter.

    Attributes:
        method: The HTTP method.
        endpoint: The endpoint's name, one of `api.ENDPOINTS`.
        order_id: The order that the call is about, itself or through its certificate or request.
        skip: So many matching calls pass first.
        count: So many calls are hit at most.
        probability: The chance of a matching call to be hit.
        seed: Of the chance, so that a run can be repeated.
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
            ValueError: There is no such endpoint.
        """
        if self.endpoint is not None and self.endpoint not in ENDPOINTS:
            raise ValueError(f"no endpoint is called {self.endpoint!r}; those are {', '.join(ENDPOINTS)}")

    @property
    def name(self) -> str:
        """What the access log calls the fault, such as `drop_after` or `status_503_before`."""
        words = [self.__struct_config__.tag, *(getattr(self, field, None) for field in _TELLING)]
        return "_".join(str(word) for word in words if word is not None)

    async def inject(self, exchange: Exchange) -> None:
        """Do it to a call."""
        raise NotImplementedError


class Refuse(Rule, kw_only=True, tag="refuse"):
    """Stop listening for a while."""

    seconds: Seconds

    async def inject(self, exchange: Exchange) -> None:
        """Answer, already refusing."""
        answer = exchange.process()
        exchange.machinery.server.refuse(self.seconds)
        await exchange.deliver(replace(answer, headers=(("connection", "close"),)))


class _Lost(Rule):
    """No genuine answer, whatever becomes of the call."""

    when: When = "before"
    late: Seconds | None = None

    def process(self, exchange: Exchange) -> None:
        """Process the call: now, later or never."""
        if self.when == "after":
            exchange.process()
        elif self.late is not None:
            exchange.process_later(self.late)


class Drop(_Lost, tag="drop"):
    """Reset the connection."""

    async def inject(self, exchange: Exchange) -> None:
        """Answer nothing."""
        self.process(exchange)
        await exchange.drop()


class Cut(Rule, tag="cut"):
    """End the connection in the middle of the answer."""

    async def inject(self, exchange: Exchange) -> None:
        """Answer half."""
        await exchange.cut(exchange.process())


class _Substitute(_Lost):
    """Another answer than the genuine one."""

    async def inject(self, exchange: Exchange) -> None:
        self.process(exchange)
        await exchange.deliver(self.substitute(exchange))

    def substitute(self, exchange: Exchange) -> Answer:
        """The answer instead."""
        raise NotImplementedError


class ErrorStatus(_Substitute, kw_only=True, tag="status"):
    """An error of a gateway, or a 429."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]

    def substitute(self, exchange: Exchange) -> Answer:
        """A web page; for 429 the documented JSON."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return exchange.refuse("rate_limit")
        return _page(self.status)


class NamedRefusal(_Substitute, kw_only=True, tag="refusal"):
    """A refusal that the state gives no reason for: a key that lost its rights, an order that vanished."""

    refusal: str

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            ValueError: There is no such endpoint or no such refusal.
        """
        super().__post_init__()
        if self.refusal not in {**DOCUMENTED, **INVENTED}:
            raise ValueError(f"no refusal is called {self.refusal!r}")

    def substitute(self, exchange: Exchange) -> Answer:
        """The refusal, with its override if it has one."""
        return exchange.refuse(self.refusal)


class Html(_Substitute, tag="html"):
    """A web page where JSON should be."""

    status: Status = 200

    def substitute(self, _exchange: Exchange) -> Answer:
        """The page."""
        return _page(self.status)


def _page(status: int) -> Answer:
    title = f"{status} {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else str(status)
    return Answer(status, f"<html><head><title>{title}</title></head><body></body></html>".encode(), HTML)


class Empty(_Substitute, tag="empty"):
    """Nothing where JSON should be."""

    status: Status = 200

    def substitute(self, _exchange: Exchange) -> Answer:
        """No body."""
        return Answer(self.status)


class Redirect(_Substitute, tag="redirect"):
    """A redirect to another host; without `location`, to the same path there."""

    status: Annotated[int, msgspec.Meta(ge=300, le=399)] = 302
    location: str | None = None

    def substitute(self, exchange: Exchange) -> Answer:
        """The redirect."""
        location = self.location or f"https://other.example.com{exchange.line.path}"
        return Answer(self.status, headers=(("location", location),))


class Huge(Rule, tag="huge"):
    """More than a client should read."""

    when: When = "before"
    status: Status = 200
    bytes: Annotated[int, msgspec.Meta(ge=1)] = 64 << 20

    async def inject(self, exchange: Exchange) -> None:
        """Answer on and on."""
        if self.when == "after":
            exchange.process()
        await exchange.deliver_endless(Answer(self.status, b'{"padding":"'), _CHUNK, self.bytes)


class _Delay(Rule):
    """The genuine answer, later; its line is in the access log as soon as it is known."""

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
        """Let the time pass."""
        raise NotImplementedError


class Slow(_Delay, kw_only=True, tag="slow"):
    """A late answer."""

    seconds: Seconds

    async def wait(self, exchange: Exchange) -> None:
        """Some seconds."""
        await exchange.pause(self.seconds)


class Hold(_Delay, tag="hold"):
    """An answer that waits to be released."""

    async def wait(self, exchange: Exchange) -> None:
        """Until it is released."""
        await exchange.hold(self.when)


class Truncated(Rule, tag="truncated"):
    """Half of the body."""

    async def inject(self, exchange: Exchange) -> None:
        """Answer with broken JSON."""
        answer = exchange.process()
        await exchange.deliver(replace(answer, body=answer.body[: len(answer.body) // 2]))


class ContentType(Rule, tag="content_type"):
    """The genuine body under a wrong name."""

    content_type: str = HTML

    async def inject(self, exchange: Exchange) -> None:
        """Answer with the other content type."""
        await exchange.deliver(replace(exchange.process(), content_type=self.content_type))


class StaleOrder(Rule, tag="stale_order"):
    """An old copy of the order; before its last change when nothing else is said."""

    seconds: Seconds | None = None
    changes: Annotated[int, msgspec.Meta(ge=1)] = 1

    async def inject(self, exchange: Exchange) -> None:
        """Answer as the order was."""
        past = Past(changes=self.changes) if self.seconds is None else Past(seconds=self.seconds)
        exchange.call.past = past
        await exchange.deliver(exchange.process())


class OrderStatus(Rule, tag="order_status"):
    """A status that no documentation names."""

    order_status: str = "quarantined"

    async def inject(self, exchange: Exchange) -> None:
        """Answer with that status in the order, or in every order of the list."""
        answer = exchange.process()
        if answer.status == HTTPStatus.OK:
            content = msgspec.json.decode(answer.body)
            for order in content.get("orders", [content]):
                order["status"] = self.order_status
            answer = document(content)
        await exchange.deliver(answer)


class LateRequest(Rule, kw_only=True, tag="late_request"):
    """A request that readings do not show yet."""

    seconds: Seconds

    async def inject(self, exchange: Exchange) -> None:
        """Answer, and hide the request for a while."""
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
    """The rules of a JSON array.

    Raises:
        ValueError: It is not an array of valid rules.
    """
    try:
        rules: list[Rule] = msgspec.json.decode(text, type=list[AnyRule])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    return rules


def load_rules(path: Path | None) -> list[Rule]:
    """The rules of a file; none without one.

    Raises:
        ValueError: The file is not an array of valid rules.
        OSError: The file cannot be read.
    """
    if path is None:
        return []
    try:
        return decode_rules(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


class _Entry:
    """A rule in force, with what it has seen so far."""

    def __init__(self, entry_id: int, rule: Rule) -> None:
        self.id = entry_id
        self.rule = rule
        self.matched = 0
        self.injected = 0
        self._random = random.Random(rule.seed)  # noqa: S311 - repeatable by design

    def strikes(self) -> bool:
        """Whether a matching call is hit; counts it."""
        self.matched += 1
        if self.matched <= self.rule.skip or self.injected == self.rule.count:
            return False
        if self._random.random() >= self.rule.probability:
            return False
        self.injected += 1
        return True

    def shown(self) -> dict[str, Any]:
        """The rule as the operator's door shows it."""
        return {"id": self.id, "rule": self.rule, "matched": self.matched, "injected": self.injected}


class Rules:
    """The rules in force. A call meets the first one that strikes; later ones do not see it."""

    def __init__(self, order_of: Callable[[Call], int | None], rules: Sequence[Rule] = ()) -> None:
        """Start with some rules.

        Args:
            order_of: Tells which order a call is about.
            rules: The first rules.
        """
        self._order_of = order_of
        self._ids = count(1)
        self._entries: list[_Entry] = []
        for rule in rules:
            self.add(rule)

    def add(self, rule: Rule) -> int:
        """Add a rule behind the others; its id."""
        entry = _Entry(next(self._ids), rule)
        self._entries.append(entry)
        return entry.id

    def remove(self, rule_id: int | None = None) -> bool:
        """Remove one rule, or all of them; whether there was one."""
        kept = [entry for entry in self._entries if rule_id is not None and entry.id != rule_id]
        removed = len(kept) < len(self._entries)
        self._entries = kept
        return removed

    def shown(self) -> list[dict[str, Any]]:
        """The rules and what they have done so far."""
        return [entry.shown() for entry in self._entries]

    def pick(self, method: str, call: Call) -> Rule | None:
        """The rule that strikes this call."""
        for entry in self._entries:
            if self._matches(entry.rule, method, call) and entry.strikes():
                return entry.rule
        return None

    def _matches(self, rule: Rule, method: str, call: Call) -> bool:
        return (
            rule.method in {None, method}
            and rule.endpoint in {None, call.endpoint}
            and (rule.order_id is None or rule.order_id == self._order_of(call))
        )
