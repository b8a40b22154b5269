"""Draws plans: any, with weight on what has been hardest to get right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arbitrary_answers.account import CERTIFICATES
from arbitrary_answers.life import NAMES, SPELLINGS
from arbitrary_answers.plan import Declared, Mutation, Order, Plan
from arbitrary_answers.vocabulary import (
    DECORATION,
    EMPTY,
    STRANGE_ANSWER,
    STRANGE_IDENTITY,
    STRANGE_LIST,
    STRANGE_ORDER,
    STRANGE_REQUEST,
    TROUBLE,
    WORDS,
)
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

LIVES: tuple[tuple[str, ...], ...] = (
    ("up",),
    ("preview", "up"),
    ("up", "move"),
    ("up", "up", "refresh"),
    ("up", "approve 0", "move"),
    ("up", "approve unseen 0", "move"),
    ("up", "reject 0", "move"),
    ("up", "reject 0", "reword 0", "up", "up"),
    ("up", "approve unseen 0", "refresh", "reword 0", "up", "up"),
    ("up", "approve 0", "refresh", "get"),
    ("wait", "refresh"),
    ("race",),
    ("race", "up"),
    ("import",),
    ("incident",),
    ("get",),
    ("up", "import", "get"),
)
"""What is done, as a whole: of what is drawn step by step hardly anything is a life."""

BEFORE = (
    *[()] * 8,
    (("pending", "same"),),
    (("needs_approval", "other"),),
    (("rejected", "same"),),
    (("approved", "same"),),
    (("rejected", "other"), ("submitted", "other")),
)


def _orders() -> st.SearchStrategy[Order]:
    return st.builds(
        Order,
        certificates=st.sampled_from(["own", *CERTIFICATES]),
        before=st.sampled_from(BEFORE),
        status=st.sampled_from([*["issued"] * 12, "reissue_pending", "needs_approval"]),
        organization=st.sampled_from([True, True, False]),
    )


@st.composite
def _declared(draw: Callable[[Any], Any], order: int, before: bool) -> Declared:
    kinds = ["order", "order", "serial", "serial", "certificate"]
    kind = draw(st.sampled_from([*kinds, *["decision"] * 4] if before else kinds))
    expects = draw(st.sampled_from([*[""] * 4, *NAMES]))
    return Declared(
        order=order,
        kind=kind,
        of=draw(st.sampled_from(["own", "own", "duplicate", "reissue"]))
        if kind in ("serial", "certificate")
        else "own",
        spelled=draw(st.sampled_from(sorted(SPELLINGS))) if kind == "serial" else "as it is",
        names_order=draw(st.booleans()) if kind in ("serial", "certificate") else True,
        expects="" if kind == "decision" else expects,
        misspelt=bool(expects) and kind != "decision" and draw(st.sampled_from([False] * 4 + [True])),
        decision=draw(st.sampled_from(["approved", "rejected"])) if kind == "decision" else "approved",
    )


def _mutation(on: str, what: Any, nth: Any) -> st.SearchStrategy[Mutation]:
    return st.builds(Mutation, on=st.just(on), what=st.sampled_from(what), nth=nth)


def _one_of_several() -> st.SearchStrategy[int]:
    return st.sampled_from([0, 0, 1, 1, 2, 3, 4])


def _mutations(order: int) -> st.SearchStrategy[Mutation]:
    """One mutation of an order's calls."""
    some, every = _one_of_several(), st.none()
    first = st.sampled_from([0, 0, 0, 0, 1])
    either = st.sampled_from([None, 0, 1, 2])
    fates = st.sampled_from(["processed", "processed", "lost", 1, 3, 9])
    happens = (
        ("decided", "approved", False),
        ("decided", "approved", True),
        ("decided", "rejected", False),
        ("asked elsewhere",),
        ("turned", "revoked"),
        ("turned", "reissue_pending"),
    )
    put = st.builds(
        Mutation,
        on=st.just(f"put {order}"),
        what=st.sampled_from((*TROUBLE, *[("status", 429, "json")] * 5)),
        nth=first,
        fate=fates,
    )
    # What a gateway refused in DigiCert's name and yet passed on, it passed on at once.
    refused = put.map(
        lambda each: (
            each
            if each.what[:2] != ("status", 429) or each.fate in ("lost", "processed")
            else Mutation(each.on, each.what, each.nth)
        )
    )
    killed = st.builds(
        Mutation,
        on=st.sampled_from([f"put {order}", f"put {order}", f"order {order}"]),
        what=st.just(("killed",)),
        nth=first,
        fate=st.sampled_from(["processed", "lost", 2]),
    )
    given_up = _mutation(f"order {order}", [("given up",)], st.sampled_from([0, 1, 1, 2]))
    return st.one_of(
        refused,
        refused,
        _mutation(f"put {order}", STRANGE_ANSWER, first),
        killed,
        given_up,
        _mutation(f"order {order}", STRANGE_IDENTITY, every),
        _mutation(f"order {order}", DECORATION, every),
        _mutation(f"order {order}", STRANGE_ORDER, either),
        _mutation(f"order {order}", STRANGE_REQUEST, every),
        _mutation(f"order {order}", [("value", "requests.-1.status", word) for word in WORDS], either),
        _mutation(f"order {order}", TROUBLE, either),
        _mutation(f"order {order}", happens, some),
        st.sampled_from(["duplicate", "reissue"]).flatmap(
            lambda role: _mutation(f"{role} {order}", (*TROUBLE, *EMPTY * 4, *STRANGE_LIST), either)
        ),
        _mutation(f"request {order}", (*STRANGE_ANSWER, *TROUBLE), either),
        _mutation(f"decide {order}", TROUBLE, some),
    )


def _everybodys() -> st.SearchStrategy[Mutation]:
    either = st.sampled_from([None, 0, 1])
    return st.sampled_from(["orders", "requests", "changes", "user"]).flatmap(
        lambda on: _mutation(on, (*TROUBLE, *EMPTY, *STRANGE_LIST), either)
    )


@st.composite
def plans(draw: Callable[[Any], Any]) -> Plan:
    """Draw a plan."""
    orders = tuple(draw(st.lists(_orders(), min_size=1, max_size=3)))
    program = [draw(_declared(number, bool(order.before))) for number, order in enumerate(orders)]
    if draw(st.sampled_from([False, False, False, False, True])):
        program.append(draw(_declared(0, bool(orders[0].before))))
    mutations: list[Mutation] = []
    for number in range(len(orders)):
        mutations += draw(st.lists(_mutations(number), max_size=2))
    mutations += draw(st.lists(_everybodys(), max_size=1))
    steps = draw(st.sampled_from(LIVES))
    if steps[0] in ("import", "incident"):
        # One order that cannot be read, and another one.
        orders = (orders[0], draw(st.sampled_from([Order(), Order(before=(("pending", "other"),))])))
        program, mutations = program[:1], [draw(_mutation("order 0", TROUBLE, st.none()))]
    return Plan(
        orders=orders,
        program=tuple(program),
        steps=steps,
        mutations=tuple(mutations),
        word=draw(st.sampled_from(["pending", "pending", *WORDS[:4]])),
        lists=draw(st.booleans()),
        retry=draw(st.sampled_from([*["0.02"] * 7, "0"])),
    )
