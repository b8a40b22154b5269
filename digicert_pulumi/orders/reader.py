"""Read orders: singly while few are needed, from the account's lists when many are."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from digicert_pulumi.certcentral import CertCentralError, SubmittedRequest
from digicert_pulumi.orders.clock import Clock
from digicert_pulumi.orders.lists import NEVER, OBSERVED, SHOWN, Account

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from digicert_pulumi.certcentral import Client, Order, OrderRequest
    from digicert_pulumi.orders.lists import Part

__all__ = ["FRESH_SECONDS", "Reader", "Reading"]

_log = logging.getLogger("digicert_pulumi.orders")

FRESH_SECONDS = 30.0
"""The maximum age of a read before a PUT, in seconds."""

SHOWN_SECONDS = 120.0
"""The maximum age of a list for a preview or a refresh, in seconds: about as long as one of them takes."""

READ_BACK_SINGLY = 20
"""The number of revocations of a process that are read back one by one, even if lists are available."""

MANY_CALLS = 100
"""Log a notice before making more calls than this."""

FRESHENING_CREDIT = 2
"""The number of calls that may replace the read of a single order. Two calls update all orders, and cost at most twice as
much as the one call for this order."""

DETAILS_SINGLY = 3
"""The number of requests that are read for optional details, once orders are read from lists."""


class Reading(NamedTuple):
    """An order, and the time of its read. Later changes may be missing.

    Attributes:
        order: The order.
        moment: The time of the call that read it, by the reader's clock.
    """

    order: Order
    moment: float


class Reader:
    """Reads and caches orders through one client. Thread-safe.

    When to switch from single reads to the lists is the ski-rental problem. The reader reads orders singly until it has
    made as many calls as the lists would cost. Then it reads the lists once, and uses them from then on. This costs at
    most twice the calls of an optimal choice. The first page of each list shows its cost. It is read as soon as a list
    of one page would pay off.

    Afterwards, two calls update all orders at once, however many are needed. An order whose status is unclear in the
    lists is read singly. If the lists can't be read, all orders are read singly.

    Args:
        client: The CertCentral client.
        report: Called with each one-line message for the user.
        clock: Returns the time in seconds.
        unclear: Returns the requests of an order whose comments are needed and not loaded.
        fresh_seconds: The maximum age of a read before a PUT, in seconds.
        batch: Whether orders may be read from lists.
    """

    def __init__(
        self,
        client: Client,
        report: Callable[[str], None],
        *,
        unclear: Callable[[Order], Sequence[OrderRequest]],
        clock: Callable[[], float] | None = None,
        fresh_seconds: float = FRESH_SECONDS,
        batch: bool = True,
    ) -> None:
        self._client = client
        self._report = report
        self._unclear = unclear
        self._clock = clock or Clock()
        self._fresh_seconds = fresh_seconds
        self._batch = batch
        self._account = Account(client, self._clock)
        self._account_lock = threading.Lock()
        self._spent = 0
        self._freshening_credit = FRESHENING_CREDIT
        self._lock = threading.Lock()
        self._readings: dict[int, Reading] = {}
        self._sent: dict[int, float] = {}
        self._watched: dict[int, tuple[Order, Callable[[Order], None]]] = {}
        self._read_back = 0
        self._details = 0
        self._reported_many_calls = False

    def order(self, order_id: int) -> Order:
        """Read the order now, singly.

        Raises:
            CertCentralError: The order can't be read.
        """
        return self._read(order_id).order

    def recent_reading(self, order_id: int) -> Reading | None:
        """Return a recent read of the order for the rules, if the cache or the lists have one.

        It is recent when this returns. Call `is_recent` again right before the PUT.

        Raises:
            CertCentralError: The comments of a request, which no list shows, could not be read.
        """
        reading = self._fresh_reading(order_id)
        if not reading or (order_id not in self._sent and reading.moment < self._account.as_of):
            reading = self._listed(order_id, OBSERVED, self._fresh_seconds)
        return reading and reading._replace(order=self.with_comments(reading.order))

    def order_to_show(self, order_id: int) -> Order:
        """Return the order for a preview, with the requests that may prevent a revocation.

        Raises:
            CertCentralError: The order could not be read.
        """
        reading = self._fresh_reading(order_id) or self._listed(order_id, SHOWN, SHOWN_SECONDS)
        return self.with_comments((reading or self._read(order_id)).order)

    def order_to_observe(self, order_id: int) -> Order:
        """Return the order for a refresh, with the status of its revocation.

        Raises:
            CertCentralError: The order could not be read.
        """
        return (self._listed(order_id, OBSERVED, SHOWN_SECONDS) or self._read(order_id)).order

    def request(self, shown: OrderRequest) -> SubmittedRequest:
        """Read a request by itself. Only then it has its requester, its processor and the comments of both.

        Args:
            shown: The request as its order shows it. It is returned without further details if the request read by
                itself has another type.

        Raises:
            CertCentralError: The request can't be read.
        """
        self._spend()
        read = self._client.get_request(shown.id)
        if read.type == shown.type:
            return read
        return SubmittedRequest(shown.id, shown.date, shown.type, shown.status, shown.comments, shown.order)

    def may_read_detail(self) -> bool:
        """Return whether a request may be read for an optional detail. Call this once for each request."""
        if not self._lists:
            return True
        with self._lock:
            self._details += 1
            return self._details <= DETAILS_SINGLY

    def may_read_back(self) -> bool:
        """Return whether this process may still read orders back one by one. Call this once for each order.

        If not, the next update of the lists reads all of them back at once.
        """
        with self._lock:
            self._read_back += 1
            return self._read_back <= READ_BACK_SINGLY or not self._lists

    def report_changes(self, order: Order, see: Callable[[Order], None]) -> None:
        """Watch an order that isn't read back for new requests to revoke it in the lists.

        Args:
            order: The order, with the request that was sent.
            see: Called with the order and all its requests to revoke, if the lists show a new one.
        """
        with self._lock:
            self._watched[order.id] = order, see

    def now(self) -> float:
        """Return the time in seconds, for `is_recent`."""
        return self._clock()

    def is_recent(self, moment: float) -> bool:
        """Whether a read at that time is recent enough for a PUT."""
        return self._clock() - moment < self._fresh_seconds

    def forget(self, order_id: int) -> None:
        """Drop all cached reads of the order, after a PUT that may have changed it.

        From now on the order is read singly, because the lists may be stale.
        """
        with self._lock:
            self._readings.pop(order_id, None)
            self._sent[order_id] = self._clock()

    @property
    def _lists(self) -> bool:
        return self._batch and self._account.as_of != NEVER

    def _fresh_reading(self, order_id: int) -> Reading | None:
        with self._lock:
            reading = self._readings.get(order_id)
            sent = self._sent.get(order_id, NEVER)
        # A read that was in flight when the PUT was sent is cached after it, and may not show its effect.
        return reading if reading and reading.moment >= sent and self.is_recent(reading.moment) else None

    def _read(self, order_id: int) -> Reading:
        self._spend()
        asked = self._clock()
        reading = Reading(self._client.get_order(order_id), asked)
        with self._lock:
            self._readings[order_id] = reading
            oldest = self._clock() - self._fresh_seconds
            self._readings = {of: known for of, known in self._readings.items() if known.moment > oldest}
        return reading

    def _spend(self, calls: int = 1) -> None:
        with self._lock:
            self._spent += calls

    def with_comments(self, order: Order) -> Order:
        """Return the order with the comments of its requests that the rules need and the order doesn't show.

        Raises:
            CertCentralError: The comments can't be read.
        """
        unclear = self._unclear(order)
        if not unclear:
            return order
        read = {request.id: self.request(request) for request in unclear}
        return replace(order, requests=tuple(read.get(request.id, request) for request in order.requests))

    def _listed(self, order_id: int, parts: Collection[Part], max_age: float) -> Reading | None:
        """Return the order from the lists; None if it has to be read singly."""
        if order_id in self._sent:
            return None
        with self._account_lock:
            try:
                if self._batch and self._has(parts) and self._is_as_young_as(max_age):
                    order = self._account.order(order_id)
                    return Reading(order, self._account.as_of) if order else None
            except CertCentralError as error:
                self._fall_back(error)
        return None

    def _has(self, parts: Collection[Part]) -> bool:
        """Read the lists as far as the call budget allows, and return whether they are complete."""
        while not self._account.has(parts):
            price = self._account.price(parts)
            if self._spent < price:
                return False
            self._report_many_calls(self._account.left(parts))
            self._account.read_on(parts)
            if self._account.has(parts):
                self._spend(-price)
        return True

    def _is_as_young_as(self, max_age: float) -> bool:
        """Read the changes if the call budget allows, and return whether the lists are recent enough."""
        if self._clock() - self._account.as_of < max_age:
            return True
        if self._freshening_credit < self._account.freshening_price:
            self._freshening_credit += 1
            return False
        # If the update fails or takes too long, single reads have to earn the budget for the next one.
        self._freshening_credit = 0
        self._notify_watchers(self._account.freshen())
        if self._clock() - self._account.as_of >= max_age:
            return False
        self._freshening_credit = FRESHENING_CREDIT
        return True

    def _fall_back(self, error: CertCentralError) -> None:
        """Switch to single reads: until the lists pay off again or, if a retry is useless, for good."""
        _log.debug("the account cannot be listed: %s", error)
        self._batch = error.transient
        with self._lock:
            self._spent = 0

    def _report_many_calls(self, calls: int) -> None:
        if calls > MANY_CALLS and not self._reported_many_calls:
            self._reported_many_calls = True
            self._report(
                f"reading all orders and requests of the account from DigiCert's lists: {calls} calls, once"
            )

    def _notify_watchers(self, orders: Collection[int]) -> None:
        for order_id in sorted(orders):
            with self._lock:
                watched = self._watched.get(order_id)
            if watched is None:
                continue
            order, see = watched
            requests = {
                request.id: request for request in (*order.requests, *self._account.revocations(order_id))
            }
            see(replace(order, requests=tuple(requests.values())))
