"""Simulate an incident on a virtual clock, with the real client, pacer, reader and submission.

Time and DigiCert are simulated. The provider's own code decides which calls to make and when. One thread is enough: at
100 ms a call, it could make ten calls a second, and the limit allows fewer than six.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from digicert_pulumi.certcentral import Client, Ledger, Pacer
from digicert_pulumi.certcentral.pacer import Limit, Pace, Time
from digicert_pulumi.certcentral.session import Session
from digicert_pulumi.certcentral.transport import Answer
from digicert_pulumi.orders.reader import Reader
from digicert_pulumi.revoking.observation import observe
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.rules import Submit, decide
from digicert_pulumi.revoking.spec import RevocationSpec, WholeOrder
from digicert_pulumi.revoking.submission import Submission
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Condition

    from digicert_pulumi.certcentral.call import Call

STRICTER = ("1,000 in 5 minutes", 200.0, (Limit(1000, 300.0), Limit(100, 5.0)))
NEWER = ("1,000 in 3 minutes", 333.0, (Limit(1000, 180.0), Limit(100, 5.0)))
CONDITIONS = (
    "On a virtual clock, the provider's own client, pacer, reader and submission call a simulated account of issued orders, "
    "with 100 ms a call and one thread. An independent counter enforces the limit's windows and returns 429 for calls beyond "
    "them. The preview, each stack's up and each refresh run in a new process, which learns of earlier calls from the "
    "machine's ledger."
)
LATENCY = 0.1
"""Seconds from a request to its answer."""

_FIRST_ORDER, _FIRST_REQUEST, _PAGE = 100_000_001, 5_000_001, 1000
_ORDER_PATH = re.compile(r"/order/certificate/(\d+)(/revoke)?")
_MADE = "2026-01-02T03:04:05+00:00"


class VirtualTime(Time):
    """A clock that advances only during waits."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Return the seconds since the start."""
        return self._now

    def wait(self, changed: Condition, seconds: float | None) -> None:  # noqa: ARG002  # there is only one thread
        """Advance the clock."""
        if seconds is None:
            raise RuntimeError("the only thread waits for another one")
        self._now += seconds

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self._now += seconds


class Limiter:
    """Counts the calls in rolling windows, independently of the pacer."""

    def __init__(self, limits: Sequence[Limit]) -> None:
        self._windows = [(limit, deque[float]()) for limit in limits]

    def allows(self, now: float) -> bool:
        """Return whether a call is allowed now, and count it if so."""
        for limit, calls in self._windows:
            while calls and calls[0] <= now - limit.seconds:
                calls.popleft()
        if any(len(calls) >= limit.calls for limit, calls in self._windows):
            return False
        for _, calls in self._windows:
            calls.append(now)
        return True


class CertCentral:
    """A transport that simulates an account whose orders are all issued.

    Attributes:
        calls: The number of calls: `all`, and those refused with `429`.
    """

    def __init__(self, size: int, time: VirtualTime, limits: Sequence[Limit]) -> None:
        self._size = size
        self._time = time
        self._limiter = Limiter(limits)
        self._requests: dict[int, int] = {}
        self.calls: Counter[str] = Counter()

    @property
    def requested(self) -> int:
        """The number of orders with a request."""
        return len(self._requests)

    def exchange(self, call: Call) -> Answer:
        """Answer a call. The limit is checked after half of the latency."""
        self._time.sleep(LATENCY / 2)
        status, document = self._answer(call)
        self._time.sleep(LATENCY / 2)
        return Answer(status, "application/json", json.dumps(document).encode())

    def _answer(self, call: Call) -> tuple[int, Any]:
        self.calls["all"] += 1
        if not self._limiter.allows(self._time.now()):
            self.calls["429"] += 1
            return 429, {"errors": [{"code": "request_limit_exceeded", "message": "Too many requests."}]}
        address = urlsplit(call.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        if found := _ORDER_PATH.fullmatch(address.path):
            order = int(found[1])
            return (201, self._revoke(order)) if found[2] else (200, self._order(order))
        if address.path == "/order/certificate":
            return 200, self._orders(int(query["offset"]))
        if address.path == "/request":
            return 200, self._listed_requests(query)
        if address.path == "/order/certificate/status-changes":
            return 200, {}
        raise RuntimeError(f"{call.method} {call.path} is not simulated")

    def _revoke(self, order: int) -> Any:
        if order in self._requests:
            raise RuntimeError(f"a second request for order {order}")
        self._requests[order] = _FIRST_REQUEST + len(self._requests)
        requester = {"id": 14, "first_name": "Ada", "last_name": "Example", "email": "ada@example.com"}
        return self._request(order) | {"requester": requester, "comments": "Incident."}

    def _request(self, order: int) -> dict[str, Any]:
        return {"id": self._requests[order], "date": _MADE, "type": "revoke", "status": "pending"}

    def _order(self, order: int) -> Any:
        requests = [self._request(order)] if order in self._requests else []
        return _row(order) | {"requests": requests}

    def _orders(self, offset: int) -> Any:
        numbers = range(offset, min(offset + _PAGE, self._size))
        return {"orders": [_row(_FIRST_ORDER + number) for number in numbers], "page": _page(self._size)}

    def _listed_requests(self, query: dict[str, str]) -> Any:
        orders = list(self._requests) if query["filters[type]"] == "revoke" else []
        orders.reverse()
        offset = int(query["offset"])
        rows = [self._request(order) | {"order": {"id": order}} for order in orders[offset : offset + _PAGE]]
        return {"requests": rows, "page": _page(len(orders))}


def _page(total: int) -> dict[str, int]:
    return {"total": total, "limit": _PAGE, "offset": 0}


def _row(order: int) -> dict[str, Any]:
    name = f"www-{order}.example.com"
    return {
        "id": order,
        "status": "issued",
        "certificate": {
            "id": order + 1_000_000,
            "common_name": name,
            "dns_names": [name],
            "valid_till": "2027-03-01",
        },
        "organization": {"id": 112233, "name": "Example, Inc."},
        "product": {"name_id": "ssl_plus", "name": "Standard SSL", "type": "ssl_certificate"},
    }


def run(
    account: int, orders: int, limit: tuple[str, float, Sequence[Limit]], *, stack: int | None = None
) -> dict[str, Any]:
    """Preview, request and refresh the revocation of orders.

    Args:
        account: The number of orders in the account.
        orders: The number of orders to revoke.
        limit: DigiCert's limit: its name, the setting `digicert:requestsPerMinute`, and its windows.
        stack: The number of orders in a stack. By default, all are in one.

    Returns:
        The calls and hours until the last revocation was requested, and those of the refresh that follows.
    """
    name, per_minute, limits = limit
    time = VirtualTime()
    digicert = CertCentral(account, time, limits)
    spread = account / orders
    order_ids = [_FIRST_ORDER + int(number * spread) for number in range(orders)]
    size = stack or orders
    stacks = [order_ids[start : start + size] for start in range(0, orders, size)]

    made: dict[Any, Any] = {}
    with tempfile.TemporaryDirectory() as folder:

        def process() -> _Process:
            ledger = Ledger(Path(folder) / "calls.json", _ignore, clock=time.now)
            return _Process(digicert, time, per_minute, ledger)

        process().preview(order_ids)
        preview = digicert.calls["all"]
        for part in stacks:
            made |= process().up(part)
        requested, hours = digicert.calls["all"], time.now() / 3600
        for part in stacks:
            process().refresh({order: made[order] for order in part})
    return {
        "solution": "digicert_pulumi",
        "account": account,
        "orders": orders,
        "limit": name,
        "stacks": len(stacks),
        "preview_calls": preview,
        "preview_and_up_calls": requested,
        "requests_made": digicert.requested,
        "refresh_calls": digicert.calls["all"] - requested,
        "turned_away": digicert.calls["429"],
        "hours_until_all_are_requested": round(hours, 3),
        "hours_with_refresh": round(time.now() / 3600, 3),
    }


def ideal(
    solution: str, calls: int, orders: int, limit: tuple[str, float, Sequence[Limit]]
) -> dict[str, Any]:
    """Compute the time of an ideal client, which uses the limit fully and never exceeds it.

    Args:
        solution: The name of the client.
        calls: The number of its calls for each order.
        orders: The number of orders to revoke.
        limit: DigiCert's limit.
    """
    name, _, limits = limit
    window = min(limits, key=lambda each: each.calls / each.seconds)
    full, rest = divmod(calls * orders, window.calls)
    seconds = (full - (not rest)) * window.seconds
    return {
        "solution": solution,
        "orders": orders,
        "limit": name,
        "calls": calls * orders,
        "hours_with_refresh": round(seconds / 3600, 3),
    }


class _Process:
    """The parts of a provider process."""

    def __init__(self, digicert: CertCentral, time: VirtualTime, per_minute: float, ledger: Ledger) -> None:
        client = Client("key-of-this-simulation", "http://127.0.0.1/services/v2")
        pacer = Pacer(Pace.of(per_minute), time=time, others=ledger)
        client._session = Session(  # noqa: SLF001  # the only place to replace the transport
            client._session._key,  # noqa: SLF001
            digicert,  # type: ignore[arg-type]
            pacer,
            retry_budget=45.0,
            report=_ignore,
            note=_ignore,
            may_send=lambda: True,
        )
        self._client = client
        self._reader = Reader(client, _ignore, clock=time.now, unclear=undecidable_requests)
        self._submission = Submission(client, self._reader, _ignore, sleep=time.sleep)

    def preview(self, orders: Sequence[int]) -> None:
        for order in orders:
            self._check(order)

    def up(self, orders: Sequence[int]) -> dict[int, Any]:
        made: dict[Any, Any] = {}
        for order in orders:
            self._check(order)
            outcome = self._submission.ensure(_spec(order))
            made[order] = outcome.request
        return made

    def refresh(self, made: dict[int, Any]) -> None:
        for order, request in made.items():
            observe(self._client, self._reader, _ignore, _spec(order), request)

    def _check(self, order: int) -> None:
        if not isinstance(decide(Target(self._reader.order_to_show(order)), _spec(order)), Submit):
            raise TypeError(f"order {order}: the action is not Submit")


def _ignore(*_: object) -> None:
    """Discard messages for the user."""


def _spec(order: int) -> RevocationSpec:
    return RevocationSpec(order, WholeOrder(), "Incident.", "keyCompromise")
