"""An account at DigiCert without HTTP: the reading and sending side of a client, with every call counted."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace
from support.orders import make_order

from digicert_pulumi.certcentral import (
    AccessRole,
    CertCentralError,
    Certificate,
    Fate,
    ListedRequest,
    Order,
    OrderNotFound,
    OrderPage,
    OrderRequest,
    Request,
    Requester,
    RequestPage,
    StatusChange,
    SubmittedRequest,
    User,
)
from digicert_pulumi.certcentral.models import OrderReference
from digicert_pulumi.certcentral.pacer import Pacer
from digicert_pulumi.certcentral.retry import Patience
from digicert_pulumi.orders.reader import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import stamina

    from digicert_pulumi.certcentral import Client
    from digicert_pulumi.orders.reader import Reader

REQUESTER = Requester(14, "Ada", "Example", "ada@example.com")
"""Who made every request; order info and lists do not tell."""

REQUEST_DATE = "2026-01-02T03:04:05+00:00"


def as_shown(request: OrderRequest) -> OrderRequest:
    """A request as its order shows it."""
    return OrderRequest(request.id, request.date, request.type, request.status, request.comments)


def answer_of(request: Request) -> SubmittedRequest:
    """A request as the answer to its PUT shows it."""
    return SubmittedRequest(
        request.id, request.date, request.type, request.status, request.comments, requester=REQUESTER
    )


class InTurn:
    """The turns of a client that has the rate limit for itself. Nothing is sent twice by itself."""

    def attempts(self) -> Iterator[stamina.Attempt]:
        return Patience(0.0, Pacer(), print, only_reads=False).attempts()

    @contextmanager
    def reserve(self, calls: Callable[[], int]) -> Iterator[Callable[[], bool]]:
        calls()
        yield lambda: False


@dataclass
class DigiCert(InTurn):
    """An account, and a client of it that threads may share.

    Attributes:
        clock: Gives the time in seconds.
        page: The rows that a page of a list has at most.
        sorts: Whether a list comes in the order that is asked for; else oldest first.
        before: Is called before each call, with the name of the client's method: it may change the account, or raise.
        calls: How often each method was called.
        every_duplicate: The duplicates of every order.
        every_reissue: The reissues of every order.
    """

    clock: Callable[[], float]
    page: int = 1000
    sorts: bool = True
    before: Callable[[str], None] = lambda _: None
    calls: Counter[str] = field(default_factory=Counter)
    orders: dict[int, Order] = field(default_factory=dict)
    requests: dict[int, tuple[int, Request]] = field(default_factory=dict)
    changes: list[tuple[float, int]] = field(default_factory=list)
    every_duplicate: tuple[Certificate, ...] = ()
    every_reissue: tuple[Certificate, ...] = ()
    _lock: Lock = field(default_factory=Lock)
    _busy: bool = False

    @property
    def total(self) -> int:
        """The number of calls."""
        return self.calls.total()

    def add(self, *order_ids: int, **changes: Any) -> None:
        """Add orders."""
        for order_id in order_ids:
            self.orders[order_id] = make_order(id=order_id, **changes)

    def ask(
        self, order_id: int, status: str = "pending", type_: str = "revoke", comments: str = "Gone."
    ) -> int:
        """Have somebody else make a request; its id."""
        with self._lock:
            id_ = max(self.requests, default=0) + 1
            self.requests[id_] = (order_id, Request(id_, REQUEST_DATE, type_, status, comments=comments))
        return id_

    def decide(self, request_id: int, status: str, comment: str | None = None) -> None:
        """Have an administrator decide on a request."""
        order_id, request = self.requests[request_id]
        decided = replace(request, status=status, processor_comment=comment)
        self.requests[request_id] = (order_id, decided)
        if status == "approved" and request.type == "revoke":
            self.change(order_id, "revoked")

    def change(self, order_id: int, status: str) -> None:
        """Change the status of an order."""
        self.orders[order_id] = replace(self.orders[order_id], status=status)
        self.changes.append((self.clock(), order_id))

    @contextmanager
    def reserve(self, calls: Callable[[], int]) -> Iterator[Callable[[], bool]]:
        self._before("reserve")
        with super().reserve(calls) as extend:
            yield extend

    def get_order(self, order_id: int) -> Order:
        self._count("get_order")
        if order_id not in self.orders:
            raise OrderNotFound("DigiCert does not know this order", order_id=order_id)
        with self._lock:
            requests = tuple(as_shown(request) for of, request in self.requests.values() if of == order_id)
        return replace(self.orders[order_id], requests=requests)

    def get_request(self, request_id: int) -> Request:
        self._count("get_request")
        return replace(self.requests[request_id][1], requester=REQUESTER)

    def list_orders(self, offset: int = 0, *, sort: str | None = None) -> OrderPage:
        self._count("list_orders")
        ids = sorted(self.orders, reverse=self.sorts and (sort or "").startswith("-"))
        rows = [self.orders[order_id] for order_id in ids[offset : offset + self.page]]
        return OrderPage(tuple(rows), len(rows), len(ids))

    def list_requests(self, type_: str, offset: int = 0, *, sort: str | None = None) -> RequestPage:
        self._count("list_requests")
        with self._lock:
            listed: Sequence[ListedRequest] = [
                ListedRequest(request.id, request.date, request.type, request.status, OrderReference(of))
                for of, request in self.requests.values()
                if request.type == type_
            ]
        listed = sorted(listed, key=lambda row: row.id, reverse=self.sorts and (sort or "").startswith("-"))
        rows = listed[offset : offset + self.page]
        return RequestPage(tuple(rows), len(rows), len(listed))

    def status_changes(self, seconds: int) -> tuple[StatusChange, ...]:
        self._count("status_changes")
        changed = {order_id for moment, order_id in self.changes if moment >= self.clock() - seconds}
        return tuple(StatusChange(order_id, self.orders[order_id].status) for order_id in sorted(changed))

    def revoke_order(
        self,
        order_id: int,
        *,
        comments: str,
        skip_approval: bool = False,
        **_: Any,
    ) -> SubmittedRequest | None:
        self._count("revoke_order")
        if skip_approval:
            self.change(order_id, "revoked")
            return None
        return answer_of(self.requests[self.ask(order_id, comments=comments)][1])

    def get_duplicates(self, order_id: int) -> tuple[Certificate, ...]:  # noqa: ARG002  # all have the same
        self._count("get_duplicates")
        return self.every_duplicate

    def get_reissues(self, order_id: int) -> tuple[Certificate, ...]:  # noqa: ARG002  # as above
        self._count("get_reissues")
        return self.every_reissue

    def revoke_certificate(
        self, certificate_id: int, *, order_id: int, comments: str, **_: Any
    ) -> SubmittedRequest | None:
        self._count("revoke_certificate")
        assert certificate_id in [
            each.id for each in (self.orders[order_id].certificate, *self.every_duplicate)
        ]
        return answer_of(self.requests[self.ask(order_id, comments=comments)][1])

    def get_user(self) -> User:
        self._count("get_user")
        return User(14, access_roles=(AccessRole(1, "Administrator"),))

    def _count(self, name: str) -> None:
        self._before(name)
        with self._lock:
            self.calls[name] += 1

    def _before(self, name: str) -> None:
        if not self._busy:
            self._busy = True
            try:
                self.before(name)
            finally:
                self._busy = False


def to_decide_on(reader: Reader, order_id: int) -> Reading:
    """Read an order as a submission does before it sends."""
    if recent := reader.recent_reading(order_id):
        return recent
    asked = reader.now()
    return Reading(reader.order(order_id), asked)


def failing(*names: str, error: Callable[[], CertCentralError]) -> Callable[[str], None]:
    """What makes these methods fail."""

    def before(name: str) -> None:
        if name in names:
            raise error()

    return before


def read_singly_as_rejected(digicert: DigiCert) -> None:
    """Have each request decided on before it is read by itself."""
    genuine = digicert.get_request

    def get_request(request_id: int) -> Request:
        return replace(genuine(request_id), status="rejected")

    digicert.get_request = get_request  # type: ignore[method-assign]


class RefusedByDigiCertError(CertCentralError):
    code = "order_expired"
    fate = Fate.REFUSED


class TroubleError(CertCentralError):
    """A failure that may pass."""

    fate = Fate.UNKNOWN
    transient = True


def client(account: DigiCert) -> Client:
    """The account as a client, which it is as far as anybody asks it."""
    return cast("Client", account)
