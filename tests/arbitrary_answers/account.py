"""An account, as it is in truth: its orders, certificates and requests, and what it was asked and has told.

Written from the documentation alone; shares nothing with the client or the sandbox.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from arbitrary_answers.plan import Order, Plan

FIRST_ORDER = 100_000_001

CERTIFICATES: dict[str, tuple[tuple[str, str], ...]] = {
    "own": (),
    "duplicate and reissue": (("duplicate", "other"), ("reissue", "third")),
    "reissue with the own serial number": (("reissue", "own"),),
    "duplicate with the own serial number": (("duplicate", "own"),),
    "two duplicates": (("duplicate", "other"), ("duplicate", "third")),
    "siblings with one serial number": (("duplicate", "other"), ("reissue", "other")),
}
"""The certificates beside an order's own: in which list, and whose serial number."""

LATER = 9
"""How many readings of later operations a PUT waits that is processed later."""

FINAL = ("approved", "rejected")
"""The statuses of a request that is decided."""


@dataclass
class Certificate:
    """A certificate, as it is in truth."""

    id: int
    serial: int
    role: str
    status: str = "issued"

    @property
    def digits(self) -> str:
        """The serial number as DigiCert writes it: in whole bytes."""
        digits = f"{self.serial:X}"
        return digits.zfill(len(digits) + len(digits) % 2)


@dataclass
class Request:
    """A request, as it is in truth.

    Attributes:
        target: What it revokes: `("order", id)` or `("certificate", id)`.
        hidden: How many readings more it is not seen; 0 where it is.
        operation: In which operation it came.
        ours: Whether the provider under test made it.
    """

    id: int
    order: int
    type: str
    status: str
    comments: str
    target: tuple[str, int] | None = None
    hidden: int = 0
    operation: int = -1
    ours: bool = False
    processor_comment: str = ""


@dataclass
class Put:
    """A PUT that arrived.

    Attributes:
        target: `("order", id)`, `("certificate", id)` or `("request", id)`.
        body: What it said.
        operation: In which operation.
        order: The order that it is about; 0 where it is about nothing that there is.
        made: The request that it made.
        known: The revoke requests of the order, as they were, which whoever sent it knew: made in this operation, or
            in the last answer about the order.
        abandoned: Whether its operation had been given up by then.
        waiting: How many readings more it waits to be processed; 0 where it does not.
        met: The PUTs for its order that waited when it came.
    """

    target: tuple[str, int]
    body: dict[str, Any]
    operation: int
    order: int
    made: int | None = None
    known: list[Request] = field(default_factory=list)
    abandoned: bool = False
    waiting: int = 0
    met: list[Put] = field(default_factory=list)

    def __str__(self) -> str:
        return f"PUT {self.target} {self.body} in operation {self.operation}"


class Account:
    """The account and its truth.

    Args:
        plan: What is in it.
        words: Gives the comments that are declared for an order, by its number.

    Attributes:
        puts: What it was asked to do.
        requests: All its requests.
        told: The statuses that it told of an order or a certificate.
        seen: The revoke requests in what it last told of an order, in this operation.
        denied: The operations in which DigiCert itself denied access.
        gone: The orders of which it said that there is none.
        operation: The number of the operation that runs.
        given_up: Whether that was given up.
        races: Whether two processes are in it: which of them an answer told of somebody else's new request, nobody knows.
    """

    key = "k3y-0f-the-account-WHICH-nobody-may-see"

    def __init__(self, plan: Plan, words: Callable[[int], str]) -> None:
        self.puts: list[Put] = []
        self.requests: dict[int, Request] = {}
        self.told: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        self.seen: dict[int, set[int]] = {}
        self.denied: set[int] = set()
        self.gone: set[int] = set()
        self.operation = 0
        self.given_up = False
        self.races = False
        self.certificates: dict[int, list[Certificate]] = {}
        self.orders: dict[int, Order] = {}
        self.statuses: dict[int, str] = {}
        self.word = plan.word
        for number, order in enumerate(plan.orders):
            self._add_order(number, order, words(number))

    def _add_order(self, number: int, order: Order, words: str) -> None:
        id_ = FIRST_ORDER + number
        self.orders[id_], self.statuses[id_] = order, order.status
        serials = {"own": 0x0A00 + number, "other": 0x0B00 + number, "third": 0x0C00 + number}
        first = 500_001 + 10 * number
        self.certificates[id_] = [Certificate(first, serials["own"], "own")]
        self.add_request(id_, "new_request", "approved", "Please.")
        for place, (role, serial) in enumerate(CERTIFICATES[order.certificates], 1):
            self.certificates[id_].append(Certificate(first + place, serials[serial], role))
            self.add_request(id_, role, "approved", "Another one.")
        for status, whose in order.before:
            said = words if whose == "same" else "Somebody else's words."
            self.add_request(id_, "revoke", status, said, target=("order", id_))

    def add_request(self, order: int, type_: str, status: str, comments: str, **more: Any) -> Request:
        """Make a request."""
        id_ = 9001 + len(self.requests)
        self.requests[id_] = Request(id_, order, type_, status, comments, operation=self.operation, **more)
        return self.requests[id_]

    def begin(self) -> None:
        """Begin an operation: what was late is seen by now."""
        self.operation += 1
        self.given_up = False
        self.seen.clear()
        for request in self.requests.values():
            request.hidden = 0

    def decide(self, order: int, decision: str, *, unseen: bool = False) -> None:
        """Let an administrator decide on the oldest open request of an order.

        Args:
            order: The order.
            decision: `approved` or `rejected`.
            unseen: After an approval nothing shows that it is revoked.
        """
        opened = [each for each in self.revocations(order) if each.status not in FINAL]
        if opened:
            self._decide(opened[0], decision, unseen=unseen)

    def _decide(self, request: Request, decision: str, *, unseen: bool = False) -> None:
        request.status = decision
        request.processor_comment = f"So be it.\x1b[2J\r\n\x00Really. {self.key}"
        if decision != "approved" or unseen or request.target is None:
            return
        kind, id_ = request.target
        if kind == "order":
            self.statuses[id_] = "revoked"
        else:
            self.certificate(id_).status = "revoked"

    def take(
        self, target: tuple[str, int], order: int, body: dict[str, Any], fate: str | int
    ) -> Request | None:
        """Take a PUT; the request that it makes, none where it is lost or makes none."""
        sent_now = {
            each.id for each in self.requests.values() if each.operation == self.operation and each.ours
        }
        known = [
            each
            for each in self.revocations(order)
            if each.id in sent_now | self.seen.get(order, set())
            and not (self.races and each.operation == self.operation and not each.ours)
        ]
        put = Put(target, body, self.operation, order, None, copy.deepcopy(known), self.given_up)
        put.met = [each for each in self.puts if each.order == order and each.waiting]
        self.puts.append(put)
        if fate == "later":
            put.waiting = LATER
        if fate in ("lost", "later") or not order:
            return None
        if target[0] == "request":
            self._decide(self.requests[target[1]], body["status"])
            return None
        request = self._process(put)
        request.hidden = fate if isinstance(fate, int) else 0
        return request

    def is_read(self, order: int) -> None:
        """Have the PUTs of earlier operations wait for one reading less."""
        for put in self.puts:
            if put.order == order and put.waiting and put.operation < self.operation:
                put.waiting -= 1
                if not put.waiting:
                    self._process(put)

    def _process(self, put: Put) -> Request:
        words = put.body["comments"]
        made = self.add_request(put.order, "revoke", self.word, words, target=put.target, ours=True)
        put.made = made.id
        return made

    def revocations(self, order: int) -> list[Request]:
        """The revoke requests of an order, the oldest first."""
        return [each for each in self.requests.values() if each.order == order and each.type == "revoke"]

    def certificate(self, id_: int) -> Certificate:
        """The certificate of that id."""
        return next(each for all_ in self.certificates.values() for each in all_ if each.id == id_)

    def order_of(self, certificate: int) -> int:
        """The order of the certificate of that id; 0 where there is none."""
        return next(
            (of for of, all_ in self.certificates.items() if any(c.id == certificate for c in all_)), 0
        )


def name_of(order: int) -> str:
    """The common name of an order's certificates."""
    return f"bücher{order - FIRST_ORDER}.example.com"
