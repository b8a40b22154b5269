"""What happens at DigiCert between two commands of the user, and what the user sees of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chaos.life import COMMENTS, Life, sandbox_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from support.sandbox import Sandbox
    from support.stack import Result

_DIFFERENCE = re.compile(r"^\s+(~ .* => .*|- .*: \(delete\))$", re.MULTILINE)


@dataclass(frozen=True)
class Event:
    """Something that happens to an order.

    Attributes:
        name: What happened.
        happens: Does it; is given the order's request, where there is one.
        sent: How many requests have to be sent in all where it happens between `preview` and `up`.
        state_after_up: What the state has to say then.
        state_after_refresh: What the state has to say where it happens between `up` and `refresh`.
    """

    name: str
    happens: Callable[[Sandbox, int, int], object]
    sent: int
    state_after_up: str
    state_after_refresh: str


NOTHING = "nothing"
REJECTED = Event(
    "the request was rejected",
    lambda sandbox, _, request: sandbox.reject(request, "Not this one."),
    sent=0,
    state_after_up="`status` rejected, `revoked` false",
    state_after_refresh="`status` rejected, `revoked` false",
)
LOST_RIGHTS = Event(
    "the API key lost its rights, and got them back afterwards",
    lambda sandbox, *_: sandbox.add_faults({"fault": "refusal", "refusal": "missing_permission"}),
    sent=1,
    state_after_up=NOTHING,
    state_after_refresh="`status` pending, `revoked` false",
)
EVENTS = (
    REJECTED,
    Event(
        "somebody else revoked the order",
        lambda sandbox, order, _: sandbox.revoke_now(order),
        sent=0,
        state_after_up="`status` unset, `revoked` true",
        state_after_refresh="`status` pending, `revoked` true",
    ),
    Event(
        "the order vanished from the account",
        lambda sandbox, order, _: sandbox.forget(order),
        sent=0,
        state_after_up=NOTHING,
        state_after_refresh=NOTHING,
    ),
    LOST_RIGHTS,
)


@dataclass(frozen=True)
class Seen:
    """A row of the table.

    Attributes:
        event: What happened at DigiCert.
        between: Between which commands.
        lines: What the second command showed: errors, warnings, what differs.
        state: What the state said then.
        sent: How many requests were sent in all, the next `pulumi up` included.
        flaws: What of it is not as it has to be; leaked keys and tracebacks too.
    """

    event: str
    between: str
    lines: Sequence[str]
    state: str
    sent: int
    flaws: Sequence[str]


def before_up(event: Event, folder: Path) -> Seen:
    """The event happens between `pulumi preview` and `pulumi up`.

    What is rejected then is a request that somebody else made with the same comments.
    """
    with sandbox_in(folder / "sandbox") as sandbox:
        [order] = sandbox.plain(1)
        life = Life(folder / "stack", sandbox, [order])
        request = sandbox.revoke(order, COMMENTS) if event is REJECTED else 0
        assert life.preview().code == 0
        event.happens(sandbox, order, request)
        life.up()
        return _seen(event, "`preview` and `up`", life, event.state_after_up, event.sent)


def before_refresh(event: Event, folder: Path) -> Seen:
    """The event happens between `pulumi up` and `pulumi refresh`."""
    with sandbox_in(folder / "sandbox") as sandbox:
        [order] = sandbox.plain(1)
        life = Life(folder / "stack", sandbox, [order])
        assert life.up().code == 0
        event.happens(sandbox, order, life.requests(order)[0]["id"])
        life.refresh()
        return _seen(event, "`up` and `refresh`", life, event.state_after_refresh, 1)


def _seen(event: Event, between: str, life: Life, expected_state: str, expected_puts: int) -> Seen:
    lines = _lines(life.results[-1])
    state = _state(life)
    life.calm()
    life.up()
    puts = len(life.sandbox.writes())
    traces = life.traces()
    flaws = {
        f"the state says {state}, not {expected_state}": state != expected_state,
        f"{puts} requests were sent, not {expected_puts}": puts != expected_puts,
        "a key leaked": traces.leaked,
        "a traceback was shown": traces.tracebacks,
    }
    return Seen(event.name, between, lines, state, puts, [flaw for flaw, found in flaws.items() if found])


def _lines(result: Result) -> list[str]:
    errors = [f"error: {error}" for error in result.errors]
    return [*errors, *result.notices, *_DIFFERENCE.findall(result.text)]


def _state(life: Life) -> str:
    states = life.state_of(life.orders[0])
    if not states:
        return NOTHING
    [state] = states
    return f"`status` {state.get('status') or 'unset'}, `revoked` {str(state['revoked']).lower()}"
