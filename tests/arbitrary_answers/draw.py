"""Draws plans: of anything, and of what has been hardest to get right, one subject at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from arbitrary_answers.account import CERTIFICATES
from arbitrary_answers.life import GUARDS, NAMES, SPELLINGS
from arbitrary_answers.plan import Declared, Mutation, Order, Plan
from arbitrary_answers.vocabulary import (
    DECORATED_REQUESTS,
    DECORATION,
    EMPTY,
    ERRORS,
    GATEWAYS,
    SPOILED,
    STRANGE_ANSWER,
    STRANGE_IDENTITY,
    STRANGE_LIST,
    STRANGE_ORDER,
    STRANGE_REQUEST,
    TROUBLE,
    TWICE,
    TYPES,
    WORDS,
)
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UPS = (("up",), ("up", "up"), ("preview", "up"), ("up", "move"))
DECISIONS = (
    ("up", "approve 0", "move"),
    ("up", "approve unseen 0", "move"),
    ("up", "reject 0", "move"),
    ("up", "reject 0", "reword 0", "up", "up"),
    ("up", "approve unseen 0", "refresh", "reword 0", "up", "up"),
    ("up", "approve 0", "refresh", "get"),
    ("wait", "reject 0", "wait"),
)
OTHERS = (("up", "up", "refresh"), ("wait", "refresh"), ("race", "up"), ("up", "get"))
MEANWHILE = (
    ("up", "up"),
    ("up", "reject 0", "reword 0", "up"),
    ("up", "reject 0", "refresh", "reword 0", "up"),
)
LIVES = (*UPS, *DECISIONS, *OTHERS)
"""What is done, as a whole: of what is drawn step by step hardly anything is a life."""

OPEN = ("pending", "submitted", "needs_approval", "on_hold")
BEFORE = (
    *[()] * 8,
    (("pending", "same"),),
    (("needs_approval", "other"),),
    (("rejected", "same"),),
    (("approved", "same"),),
    (("rejected", "other"), ("submitted", "other")),
    (("pending", "other"), ("submitted", "same")),
)

NOT_THERE = [("status", 404, how) for how in ("not found", "not found", "page", "gone")]

ANY, EVERY, FIRST = st.sampled_from([0, 0, 1, 1, 2, 3, 4]), st.none(), st.sampled_from([0, 0, 0, 0, 1])
EITHER = st.sampled_from([None, None, 0, 1, 2])
"""Which calls are spoiled."""


# What is declared of which order.


def _orders(
    certificates: Sequence[str] = tuple(CERTIFICATES), before: Any = BEFORE
) -> st.SearchStrategy[Order]:
    return st.builds(
        Order,
        certificates=st.sampled_from(certificates),
        before=st.sampled_from(before),
        status=st.sampled_from([*["issued"] * 12, "reissue_pending", "needs_approval"]),
        organization=st.sampled_from([True, True, False]),
    )


@st.composite
def _declared(
    draw: Callable[[Any], Any],
    order: int = 0,
    kinds: Sequence[str] = ("order", "order", "serial", "serial", "certificate"),
    expects: Sequence[str] = (*[""] * 6, *NAMES),
    guards: Sequence[str] = (*[""] * 12, *GUARDS),
) -> Declared:
    kind = draw(st.sampled_from(kinds))
    if kind == "decision":
        return Declared(order, kind, decision=draw(st.sampled_from(["approved", "rejected"])))
    expected = draw(st.sampled_from(expects))
    declared = Declared(
        order,
        kind,
        expects=expected,
        misspelt=bool(expected) and draw(st.sampled_from([False] * 4 + [True])),
        guard=draw(st.sampled_from(guards)),
    )
    if kind == "order":
        return declared
    return replace(
        declared,
        of=draw(st.sampled_from(["own", "own", "duplicate", "reissue"])),
        spelled=draw(st.sampled_from(list(SPELLINGS))) if kind == "serial" else "as it is",
        names_order=draw(st.booleans()),
    )


# What is wrong.

_REFUSED = [each for each in ERRORS if each[1] != 500]


def _mutation(on: str, what: Sequence[Any], nth: Any, *others: Sequence[Any]) -> st.SearchStrategy[Mutation]:
    """Draw one of several groups, whatever their sizes, and one of that."""
    drawn = st.one_of(*map(st.sampled_from, (what, *others)))
    return st.builds(Mutation, on=st.just(on), what=drawn, nth=nth)


def _puts(order: int = 0) -> st.SearchStrategy[Mutation]:
    """An answer to a PUT that nobody can read, or that is none of DigiCert's."""
    put = st.builds(
        Mutation,
        on=st.just(f"put {order}"),
        what=st.one_of(*map(st.sampled_from, (ERRORS, GATEWAYS, SPOILED, [("status", 429, "json")]))),
        nth=FIRST,
        fate=st.sampled_from(["processed", "processed", "lost", 1, 3, 9, 9, 9]),
    )
    # What is refused in DigiCert's name and yet taken, is taken at once: after a refusal one look is enough.
    return put.map(
        lambda each: (
            replace(each, fate="processed") if each.what in _REFUSED and isinstance(each.fate, int) else each
        )
    )


def _ends(order: int = 0) -> st.SearchStrategy[Mutation]:
    """The provider dies, or the engine gives up."""
    killed = st.builds(
        Mutation,
        on=st.sampled_from([f"put {order}", f"put {order}", f"order {order}"]),
        what=st.just(("killed",)),
        nth=FIRST,
        fate=st.sampled_from(["processed", "lost", 2]),
    )
    return killed | _mutation(f"order {order}", [("given up",)], st.sampled_from([0, 1, 1, 1, 2]))


def _happenings(order: int = 0) -> st.SearchStrategy[Mutation]:
    """Others do something right before a reading, or a PUT."""
    happens = (
        ("decided", "approved", False),
        ("decided", "approved", True),
        ("decided", "rejected", False),
        ("asked elsewhere",),
        ("turned", "revoked"),
        ("turned", "reissue_pending"),
    )
    return _mutation(f"order {order}", happens, ANY) | _mutation(f"put {order}", happens, FIRST)


_APPROVED_ORDER = {"type": "new_request", "status": "approved"}


def _requests(order: int = 0) -> st.SearchStrategy[Mutation]:
    """What an order tells of its last request."""
    on = f"order {order}"
    words = [("value", "requests.-1.status", word) for word in WORDS]
    types = [("value", "requests.-1.type", word) for word in TYPES]
    return st.one_of(
        _mutation(on, STRANGE_REQUEST, EVERY),
        _mutation(on, types, EVERY),
        _mutation(on, TWICE, EVERY),
        _mutation(on, words, EITHER),
        _mutation(on, [("same id", "requests")], EVERY),
        _mutation(f"request {order}", [("instead", _APPROVED_ORDER)], EVERY),
    )


def _untold() -> tuple[st.SearchStrategy[Mutation], st.SearchStrategy[Mutation]]:
    """Neither an order nor its last request itself tells the comments."""
    ways = [("absent",), ("value", None), ("value", 7)]
    return (
        _mutation("order 0", [(way[0], "requests.-1.comments", *way[1:]) for way in ways], EVERY),
        _mutation("request 0", [(way[0], "comments", *way[1:]) for way in ways], EVERY),
    )


def _siblings(order: int = 0) -> st.SearchStrategy[Mutation]:
    return st.sampled_from(["duplicate", "reissue"]).flatmap(
        lambda role: _mutation(f"{role} {order}", TROUBLE, EITHER, EMPTY, EMPTY, STRANGE_LIST)
    )


def _anything(order: int) -> st.SearchStrategy[Mutation]:
    on = f"order {order}"
    return st.one_of(
        _puts(order),
        _mutation(f"put {order}", STRANGE_ANSWER, FIRST),
        _ends(order),
        _mutation(on, STRANGE_IDENTITY, EVERY),
        _mutation(on, DECORATION, EVERY, DECORATED_REQUESTS),
        _mutation(on, STRANGE_ORDER, EITHER),
        _mutation(on, TWICE, EITHER),
        _requests(order),
        _mutation(on, TROUBLE, EITHER),
        _happenings(order),
        _siblings(order),
        _mutation(f"request {order}", STRANGE_ANSWER, EITHER, TROUBLE),
        _mutation(f"decide {order}", TROUBLE, ANY),
    )


def _everybodys() -> st.SearchStrategy[Mutation]:
    return st.sampled_from(["orders", "requests", "changes", "user"]).flatmap(
        lambda on: _mutation(on, TROUBLE, EITHER, EMPTY, STRANGE_LIST)
    )


def _later() -> st.SearchStrategy[tuple[Mutation, ...]]:
    """A PUT of unknown fate that is processed later, and somebody else who may ask meanwhile."""
    put = st.builds(
        Mutation,
        on=st.just("put 0"),
        what=st.sampled_from([*GATEWAYS, ("sent", "reset"), ("killed",)]),
        nth=st.just(0),
        fate=st.just("later"),
    )
    asked = [("asked elsewhere",)]
    return st.tuples(put, _mutation("put 0", asked, st.just(0)) | _mutation("order 0", asked, ANY))


# Plans.


def _about(
    steps: Sequence[tuple[str, ...]],
    mutations: st.SearchStrategy[Any],
    orders: st.SearchStrategy[Order] | None = None,
    declared: st.SearchStrategy[Declared] | None = None,
) -> st.SearchStrategy[Plan]:
    """Draw plans with one order."""
    return st.builds(
        Plan,
        orders=st.tuples(_orders(before=[()]) if orders is None else orders),
        program=st.tuples(_declared(expects=[""], guards=[""]) if declared is None else declared),
        steps=st.sampled_from(steps),
        mutations=mutations,
        word=st.sampled_from(["pending", "pending", "pending", *OPEN]),
        lists=st.booleans(),
        retry=st.sampled_from([*["0.02"] * 7, "0"]),
    )


def _some(*kinds: st.SearchStrategy[Mutation]) -> st.SearchStrategy[tuple[Mutation, ...]]:
    return st.tuples(*kinds)


_NONE: st.SearchStrategy[tuple[Mutation, ...]] = st.just(())
_WITH_SIBLINGS = [name for name in CERTIFICATES if name != "own"]
_ASKED_BEFORE = [((status, whose),) for status in OPEN for whose in ("same", "other")]
_ASKED_TWICE = [((status, "other"), ("pending", whose)) for status in OPEN[:2] for whose in ("same", "other")]
_DECIDED_BEFORE = [((status, whose),) for status in ("approved", "rejected") for whose in ("same", "other")]
_REJECTED_TWICE = [(("rejected", "same"), ("rejected", "other"))]
_BOTH = ["order", "order", "serial", "certificate"]


def _commands() -> st.SearchStrategy[Plan]:
    """One order that cannot be read, and another one."""
    # After a 429 a command pauses for as long as the rate limit lasts.
    decided = [each for each in ERRORS if each[1] != 429]
    return st.builds(
        Plan,
        orders=st.tuples(_orders(), st.sampled_from([Order(), Order(before=(("pending", "other"),))])),
        program=st.tuples(_declared()),
        steps=st.sampled_from([("import",), ("incident",)]),
        mutations=_some(_mutation("order 0", decided, EVERY, GATEWAYS, SPOILED)),
        lists=st.booleans(),
    )


def _declared_twice() -> st.SearchStrategy[Plan]:
    """Two resources for one order."""
    one = _declared(0, ["order", "order", "serial"], [""], [""])
    return st.builds(
        Plan,
        orders=st.tuples(_orders(before=[(), (("pending", "other"),)])),
        program=st.tuples(one, one),
        steps=st.sampled_from([("preview", "up"), ("up", "up")]),
        lists=st.booleans(),
    )


def _two_certificates() -> st.SearchStrategy[Plan]:
    """Two certificates of one order: the second PUT fails, and a stale copy may show no request."""
    own = Declared(kind="certificate")
    words = st.sampled_from([True, True, False])
    other = st.builds(Declared, kind=st.just("certificate"), of=st.just("duplicate"), alike=words)
    lost = [
        ("status", 403, "denied"),
        ("status", 404, "not found"),
        ("status", 502, "page"),
        ("sent", "reset"),
    ]
    put = _mutation("put 0", lost, st.just(1)).map(lambda each: replace(each, fate="lost"))
    stale = _mutation("order 0", [("rows", "requests", "dropped")], st.sampled_from([5, 6, 6]))
    return st.builds(
        Plan,
        orders=st.tuples(_orders(["two duplicates", "duplicate and reissue"], [()])),
        program=st.tuples(st.just(own), other),
        steps=st.sampled_from(
            [
                ("up", "up"),
                ("up", "approve 0", "up"),
                ("up", "reject 0", "up", "reject 0", "up"),
                ("up", "reject 0", "up", "reject 0", "move"),
            ]
        ),
        mutations=_NONE | _some(put) | _some(put, stale),
        lists=st.booleans(),
    )


@st.composite
def _of_anything(draw: Callable[[Any], Any]) -> Plan:
    orders = tuple(draw(st.lists(_orders(), min_size=1, max_size=3)))
    kinds = [[*_BOTH, *["decision"] * 3] if order.before else _BOTH for order in orders]
    program = [draw(_declared(number, kinds[number])) for number in range(len(orders))]
    if draw(st.sampled_from([False, False, False, False, True])):
        program.append(draw(_declared(0, kinds[0])))
    mutations: list[Mutation] = []
    for number in range(len(orders)):
        mutations += draw(st.lists(_anything(number), max_size=2))
    mutations += draw(st.lists(_everybodys(), max_size=1))
    return Plan(
        orders=orders,
        program=tuple(program),
        steps=draw(st.sampled_from(LIVES)),
        mutations=tuple(mutations),
        word=draw(st.sampled_from(["pending", "pending", *WORDS[:4]])),
        lists=draw(st.booleans()),
        retry=draw(st.sampled_from([*["0.02"] * 7, "0"])),
    )


def plans() -> st.SearchStrategy[Plan]:
    """Draw plans: of each subject as often as it takes, as it is hard to strike."""
    identity = _some(_mutation("order 0", STRANGE_IDENTITY, EVERY, TWICE))
    subjects = {
        "PUTs": (2, _about(UPS, _some(_puts()))),
        "PUTs that are processed later": (
            2,
            _about(MEANWHILE, _later(), declared=_declared(0, ["order"], [""], [""])),
        ),
        "answers to PUTs": (1, _about(UPS, _some(_mutation("put 0", STRANGE_ANSWER, FIRST)))),
        "ends": (1, _about([("up",), ("up", "up")], _some(_ends()))),
        "races": (1, _about([("race",), ("race", "up")], _NONE | _some(_happenings()))),
        "certificates": (
            1,
            _about(
                UPS, _NONE | identity, declared=_declared(0, ["serial", "serial", "certificate"], [""], [""])
            ),
        ),
        "names": (
            2,
            _about(
                [("up",)],
                _NONE,
                declared=_declared(0, _BOTH, ["decomposed", "A-labels", "trailing dot", "another"], [""]),
            ),
        ),
        "guards": (1, _about([("up",)], _NONE, declared=_declared(0, _BOTH, [""], list(GUARDS)))),
        "siblings": (3, _about(UPS, _some(_siblings()), _orders(_WITH_SIBLINGS, [()]))),
        "open requests": (
            3,
            _about(
                [*UPS, ("get",)],
                _some(_requests()),
                _orders(before=_ASKED_BEFORE),
                _declared(0, _BOTH, [""], [""]),
            ),
        ),
        "answers that contradict themselves": (
            2,
            _about(
                [*UPS, ("get",)],
                _some(_mutation("order 0", TWICE, EVERY, [("same id", "requests")])),
                _orders(before=_ASKED_BEFORE),
                _declared(0, _BOTH, [""], [""]),
            ),
        ),
        "orders that are not there": (
            2,
            _about(
                [("up", "refresh")],
                _some(_mutation("order 0", NOT_THERE, st.sampled_from([1, 2, 2]))),
                _orders(["own"], [()]),
                _declared(0, ["order"], [""], [""]),
            ),
        ),
        "requests that are met": (
            2,
            _about(
                [("up",), ("move",), ("get",), ("get", "up")],
                _NONE,
                _orders(before=[*_ASKED_BEFORE, *_ASKED_TWICE]),
            ),
        ),
        "refreshes": (
            3,
            _about(
                [("up", "refresh"), ("up", "approve 0", "refresh")],
                _some(_mutation("order 0", ERRORS, st.sampled_from([1, 2, 2, 3]), GATEWAYS, STRANGE_ORDER)),
            ),
        ),
        "declared twice": (1, _declared_twice()),
        "certificates of one order": (3, _two_certificates()),
        "requests to decide on": (
            1,
            _about(UPS, _NONE, _orders(before=_ASKED_BEFORE), _declared(0, ["decision"], [""])),
        ),
        "decided requests": (
            2,
            _about(UPS, _NONE | _some(_requests()) | _some(*_untold()), _orders(before=_DECIDED_BEFORE)),
        ),
        "certificates that were rejected": (
            1,
            _about(
                UPS,
                _NONE,
                _orders(before=_REJECTED_TWICE),
                _declared(0, ["serial", "certificate"], [""], [""]),
            ),
        ),
        "decisions": (3, _about(DECISIONS, _NONE)),
        "happenings": (1, _about(LIVES, _some(_happenings()))),
        "decoration": (
            3,
            _about(
                [*UPS, ("up", "move")],
                _some(_mutation("order 0", DECORATION, EVERY, DECORATED_REQUESTS)),
                _orders(before=[(), (("pending", "other"),)]),
            ),
        ),
        "commands": (1, _commands()),
        "anything": (2, _of_anything()),
    }
    return st.one_of(*(about for weight, about in subjects.values() for _ in range(weight)))
