"""Plans that broke a promise once, each by the fault that it showed."""

from dataclasses import replace

from arbitrary_answers.life import GUARDS, NAMES, SPELLINGS
from arbitrary_answers.plan import Declared, Mutation, Order, Plan

_ORDER = Declared()
_PLAIN = Order()
_OWN_SERIAL = Declared(kind="serial")
_MANY = "duplicate and reissue"


def _one(
    declared: Declared = _ORDER,
    *mutations: Mutation,
    steps: tuple[str, ...] = ("up",),
    order: Order = _PLAIN,
    word: str = "pending",
    lists: bool = False,
) -> Plan:
    return Plan((order,), (declared,), steps, mutations, word, lists)


def _each(*declared: Declared) -> Plan:
    """Resources that have an order each."""
    program = tuple(replace(each, order=number) for number, each in enumerate(declared))
    return Plan((_PLAIN,) * len(program), program, ("up",), lists=False)


def _unread(*unreadable: tuple[object, ...]) -> Plan:
    """Open requests of somebody else, each on an order of its own, of which something cannot be read."""
    return Plan(
        (Order(before=(("pending", "other"),)),) * len(unreadable),
        tuple(Declared(order=number) for number in range(len(unreadable))),
        ("up",),
        tuple(Mutation(f"order {number}", what) for number, what in enumerate(unreadable)),
        lists=False,
    )


def _decided(*mutations: Mutation) -> Plan:
    """An approved request in the declared words, on an order that lives on."""
    return _one(Declared(), *mutations, order=Order(before=(("approved", "same"),)))


def _late(what: tuple[object, ...], fate: str | int) -> Plan:
    """A PUT of unknown fate, and the `up` after it."""
    return _one(Declared(), Mutation("put 0", what, nth=0, fate=fate), steps=("up", "up"))


def _two(*mutations: Mutation, steps: tuple[str, ...], alike: bool = True) -> Plan:
    """Two certificates of one order."""
    one = Declared(kind="certificate")
    other = Declared(kind="certificate", of="duplicate", alike=alike)
    return Plan((Order("two duplicates"),), (one, other), steps, mutations, lists=False)


def _asked_meanwhile(*steps: str) -> Plan:
    """A PUT of unknown fate that is processed later, and somebody else's request that came right before it."""
    return _one(
        Declared(),
        Mutation("put 0", ("status", 502, "page"), nth=0, fate="later"),
        Mutation("put 0", ("asked elsewhere",), nth=0),
        steps=steps,
    )


KNOWN: dict[str, Plan] = {
    "a certificate without an id": _one(_OWN_SERIAL, Mutation("order 0", ("absent", "certificate.id"))),
    "a reissue with the own serial number": _one(
        _OWN_SERIAL, order=Order("reissue with the own serial number")
    ),
    "a duplicate with the own serial number": _one(
        _OWN_SERIAL, order=Order("duplicate with the own serial number")
    ),
    "a duplicate with the own serial number that was revoked": _one(
        Declared(kind="serial", of="duplicate"),
        order=Order("duplicate with the own serial number"),
        steps=("up", "approve 0", "refresh"),
    ),
    "siblings with one serial number": _one(
        Declared(kind="serial", of="duplicate"), order=Order("siblings with one serial number")
    ),
    "siblings with one serial number, one of them hidden": _one(
        Declared(kind="serial", of="duplicate", names_order=False),
        Mutation("order 0", ("value", "requests.-1.type", "revocation")),
        order=Order("siblings with one serial number"),
    ),
    "siblings with one serial number, one of them in a list that is told to be empty": _one(
        Declared(kind="serial", of="duplicate", names_order=False),
        Mutation("reissue 0", ("empty", "{}")),
        order=Order("siblings with one serial number"),
    ),
    "a read without requests before the PUT of another certificate with the same comments": Plan(
        (Order(_MANY),),
        (Declared(kind="certificate"), Declared(kind="certificate", of="duplicate", alike=True)),
        ("up", "reject 0", "up", "reject 0", "move"),
        (
            Mutation("put 0", ("status", 502, "page"), nth=1, fate="lost"),
            Mutation("order 0", ("rows", "requests", "dropped"), nth=5),
        ),
    ),
    "serial numbers in every spelling": _each(
        *(Declared(kind="serial", spelled=how, names_order=False) for how in SPELLINGS)
    ),
    "an order with siblings": _one(order=Order(_MANY), steps=("preview",)),
    "a certificate with siblings": _one(
        Declared(kind="serial", of="reissue"), order=Order(_MANY), steps=("preview",)
    ),
    "common names in every spelling, and another one": _each(
        *(Declared(expects=how) for how in NAMES if how)
    ),
    "a misspelt input": _one(Declared(expects="another", misspelt=True)),
    "an unknown status of the own request": _one(word="needs_approval", steps=("up", "move")),
    "an unknown status of another's request": _one(order=Order(before=(("on_hold", "other"),))),
    "an unknown status of a request to decide on": _one(
        Declared(kind="decision"), order=Order(before=(("needs_approval", "other"),))
    ),
    "requests without a type, a status or an id, and with strange ones": _unread(
        ("absent", "requests.-1.type"),
        ("value", "requests.-1.type", 7),
        ("absent", "requests.-1.status"),
        ("absent", "requests.-1.id"),
        ("value", "requests.-1.id", 9007199254740993),
    ),
    "a decided request of a strange type": _decided(
        Mutation("order 0", ("value", "requests.-1.type", "Revoke"))
    ),
    "a decided request whose comments its order does not tell": _decided(
        Mutation("order 0", ("value", "requests.-1.comments", ""))
    ),
    "a decided request whose comments nobody tells": _decided(
        Mutation("order 0", ("absent", "requests.-1.comments")),
        Mutation("request 0", ("value", "comments", None)),
    ),
    "two processes at once": _one(steps=("race",)),
    "two processes at once for a certificate": _one(Declared(kind="certificate"), steps=("race",)),
    "a reset PUT that is processed late": _late(("sent", "reset"), 9),
    "a PUT that is answered 502 and processed late": _late(("status", 502, "page"), 9),
    "a PUT that is answered 403 by a gateway and processed late": _late(("status", 403, "page"), 3),
    "a PUT that is processed in the next run": _late(("status", 502, "page"), "later"),
    "a PUT that is processed after another's request was rejected": _asked_meanwhile(
        "up", "reject 0", "refresh", "reword 0", "up"
    ),
    **{
        f"a certificate in the words of another one, whose PUT is {how}": _two(
            Mutation("put 0", what, nth=1, fate="lost"), steps=("up", "approve 0", "up")
        )
        for how, what in {
            "refused": ("status", 403, "denied"),
            "lost": ("status", 502, "page"),
        }.items()
    },
    "a certificate whose request is not shown while another one asks in its words": _two(
        Mutation("put 0", ("status", 403, "denied"), nth=1, fate="lost"),
        Mutation("order 0", ("rows", "requests", "dropped"), nth=6),
        steps=("up", "up"),
    ),
    "a certificate that was rejected before another one": _two(
        steps=("up", "reject 0", "up", "reject 0", "move"), alike=False
    ),
    "a certificate that was rejected before somebody else was": _one(
        Declared(kind="certificate"), order=Order(before=(("rejected", "same"), ("rejected", "other")))
    ),
    "a PUT that is answered 429 and processed": _late(("status", 429, "json"), "processed"),
    "a PUT without a whole answer": _late(("sent", "cut"), "processed"),
    "a PUT that is answered too late": _late(("sent", "late"), 1),
    "an operation that was given up": _one(
        Declared(kind="certificate"), Mutation("order 0", ("given up",), nth=1)
    ),
    "a provider that died": _one(Declared(), Mutation("put 0", ("killed",), nth=0), steps=("up", "up")),
    "approved, not revoked, and moved": _one(steps=("up", "approve unseen 0", "move")),
    "a certificate that was revoked, and moved": _one(
        Declared(kind="certificate"), steps=("up", "approve 0", "move")
    ),
    "an id that is read, and two open requests": _one(
        order=Order(before=(("pending", "other"), ("submitted", "other"))), steps=("get", "up")
    ),
    "a request that stands twice, with another type": _unread(
        ("duplicated", "requests.-1.type", "new_request")
    ),
    "requests that stand twice, with none": _unread(("duplicated", "requests", [])),
    "an id that stands twice": _one(_OWN_SERIAL, Mutation("order 0", ("duplicated", "certificate.id", 1))),
    "a request that is another one by itself": _one(
        Declared(),
        Mutation("request 0", ("instead", {"type": "new_request", "status": "approved"})),
        order=Order(before=(("pending", "other"),)),
    ),
    "two requests with one id": _unread(("same id", "requests")),
    "whatever else is expected": _each(*(Declared(guard=guard) for guard in GUARDS)),
    "an order that is declared twice": Plan((_PLAIN,), (_ORDER, _ORDER), ("preview", "up")),
    **{
        f"an order that is not there: {who}": _one(
            Declared(), Mutation("order 0", ("status", 404, who), nth=2), steps=("up", "refresh")
        )
        for who in ("page", "not found", "gone")
    },
    "an open request without a date": _one(
        Declared(),
        Mutation("order 0", ("absent", "requests.*.date")),
        order=Order(before=(("pending", "other"),)),
    ),
    "an id that is read": _one(order=Order(before=(("pending", "other"),)), steps=("get",)),
    "duplicates that cannot be read": _one(
        Declared(),
        Mutation("duplicate 0", ("status", 500, "json")),
        order=Order(_MANY),
        steps=("preview", "up"),
    ),
    "reissues that a gateway denies": _one(
        _OWN_SERIAL,
        Mutation("reissue 0", ("status", 403, "page")),
        order=Order(_MANY),
        steps=("preview", "up"),
    ),
    "no requester": _one(Declared(), Mutation("order 0", ("value", "requests.*.requester", []))),
    "no DNS names": _one(Declared(), Mutation("order 0", ("value", "certificate.dns_names", None))),
    "a request without a date": _one(Declared(), Mutation("order 0", ("absent", "requests.0.date"))),
    "duplicates that are not there": _one(
        Declared(), Mutation("duplicate 0", ("empty", "204")), order=Order(_MANY), steps=("preview", "up")
    ),
    "a duplicate beside reissues that are not there": _one(
        Declared(kind="serial", of="duplicate"), Mutation("reissue 0", ("empty", "[]")), order=Order(_MANY)
    ),
    "another's request that was rejected": _one(order=Order(before=(("rejected", "other"),))),
    "a gateway's page": _one(
        Declared(), Mutation("order 0", ("status", 403, "page"), nth=0), steps=("preview",)
    ),
    "an order that cannot be read, of several that are imported": Plan(
        (Order(before=(("pending", "other"),)),) * 2,
        (Declared(),),
        ("import",),
        (Mutation("order 0", ("status", 403, "page")),),
    ),
    "an order that cannot be read, of several in an incident": Plan(
        (Order(), Order()),
        (Declared(),),
        ("incident",),
        (Mutation("order 0", ("status", 403, "page")),),
        lists=False,
    ),
    "no time for a second attempt": Plan((Order(),), (Declared(),), ("up",), retry="0"),
    "a comment full of control characters": _one(steps=("wait", "reject 0", "wait")),
    "an order beside one certificate whose PUT is processed late": Plan(
        (Order("two duplicates"),),
        (Declared(kind="certificate", names_order=False), Declared(of="duplicate")),
        ("up", "approve 0", "up"),
        (Mutation("put 0", ("status", 502, "page"), nth=0, fate=3),),
    ),
}

SHOWN_BELOW = (
    "a certificate without an id",
    "a reissue with the own serial number",
    "a duplicate with the own serial number",
    "siblings with one serial number",
    "serial numbers in every spelling",
    "an order with siblings",
    "a certificate with siblings",
    "common names in every spelling, and another one",
    "a misspelt input",
    "an unknown status of another's request",
    "requests without a type, a status or an id, and with strange ones",
    "a request that stands twice, with another type",
    "requests that stand twice, with none",
    "an id that stands twice",
    "two requests with one id",
    "whatever else is expected",
)
"""Those whose mend has a quicker test too, in `orders`, `revoking`, `certcentral` or `resources`."""
