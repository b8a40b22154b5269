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
"""How old a reading may be on which a decision to send is made."""

SHOWN_SECONDS = 120.0
"""How old a list may be from which a preview or a refresh is answered: as long as one of them takes."""

READ_BACK_SINGLY = 20
"""How many revocations of a process are read back one by one, however their orders were read before."""

MANY_CALLS = 100
"""Log a notice before making more calls than this."""

FRESHENING_CREDIT = 2
"""How many calls it may take to learn what changed, in the place of reading a single order: two calls for all orders
instead of one for this order are never more than twice as many."""

DETAILS_SINGLY = 3
"""How many requests are read for a detail that is only nice to have, once orders are read from lists."""


class Reading(NamedTuple):
    """An order, and the moment that it is known from: what happened since may be missing.

    Attributes:
        order: The order.
        moment: When it was asked for, in the reader's seconds.
    """

    order: Order
    moment: float


class Reader:
    """The orders as they were read through one client. Any number of threads may share it.

    Whether to go on reading orders singly or to list them all is the ski-rental problem: singly, until as many calls
    were spent as the lists would cost; then the lists are read once, and answer from then on. That is never more than
    twice the calls of one who knew beforehand what will be asked. What the lists cost is in the first page of each,
    which is read as soon as a list of one page would be worth it.

    Two calls tell what changed since the lists were read, however many orders are asked for afterwards. What the
    lists cannot tell for sure is read singly, and so is everything where they cannot be read.

    Args:
        client: The CertCentral client.
        report: Is given one line where the user has something to know.
        clock: Gives the time in seconds.
        unclear: Gives the requests of an order whose comments matter, and which only the requests themselves can tell.
        fresh_seconds: How old a reading may be on which a decision to send is made.
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
        self._told_of_many_calls = False

    def order(self, order_id: int) -> Order:
        """Read the order now, singly.

        Raises:
            CertCentralError: It cannot be read.
        """
        return self._read(order_id).order

    def recent_reading(self, order_id: int) -> Reading | None:
        """Return the order for a decision to send, where it can be had without reading it singly.

        It is fresh when it is asked for; whether it still is when the request leaves, `is_recent` tells.

        Raises:
            CertCentralError: What a list does not tell of the order could not be read.
        """
        reading = self._fresh_reading(order_id)
        if not reading or (order_id not in self._sent and reading.moment < self._account.as_of):
            reading = self._listed(order_id, OBSERVED, self._fresh_seconds)
        return reading and reading._replace(order=self.with_comments(reading.order))

    def order_to_show(self, order_id: int) -> Order:
        """Return the order for a preview: what a revocation would hit, and what stands in its way.

        Raises:
            CertCentralError: The order had to be read and could not be.
        """
        reading = self._fresh_reading(order_id) or self._listed(order_id, SHOWN, SHOWN_SECONDS)
        return self.with_comments((reading or self._read(order_id)).order)

    def order_to_observe(self, order_id: int) -> Order:
        """Return the order for a refresh: how it and its revocation stand.

        Raises:
            CertCentralError: The order had to be read and could not be.
        """
        return (self._listed(order_id, OBSERVED, SHOWN_SECONDS) or self._read(order_id)).order

    def request(self, shown: OrderRequest) -> SubmittedRequest:
        """Read a request singly: only so it says who made it, who decided, and what both had to say.

        Args:
            shown: The request as its order shows it. That counts where, read singly, it is one of another type.

        Raises:
            CertCentralError: It cannot be read.
        """
        self._spend()
        read = self._client.get_request(shown.id)
        if read.type == shown.type:
            return read
        return SubmittedRequest(shown.id, shown.date, shown.type, shown.status, shown.comments, shown.order)

    def affords_a_detail(self) -> bool:
        """Whether a request may be read for a detail that is only nice to have."""
        if not self._lists:
            return True
        with self._lock:
            self._details += 1
            return self._details <= DETAILS_SINGLY

    def affords_reading_back(self) -> bool:
        """Return whether this process may still read orders back one by one; call it once for each.

        Where not, what changed since is asked for all of them at once, before the next decision that needs it.
        """
        with self._lock:
            self._read_back += 1
            return self._read_back <= READ_BACK_SINGLY or not self._lists

    def watch(self, order: Order, see: Callable[[Order], None]) -> None:
        """Show an order that is not read back again where the lists tell later that it changed.

        Args:
            order: The order, with the request that was made.
            see: Is given the order, with the requests that the lists have added.
        """
        with self._lock:
            self._watched[order.id] = order, see

    def now(self) -> float:
        """Give the time, for `is_recent`."""
        return self._clock()

    def is_recent(self, moment: float) -> bool:
        """Whether a decision to send may still rest on what was read at that time."""
        return self._clock() - moment < self._fresh_seconds

    def forget(self, order_id: int) -> None:
        """Drop what is known of the order: something was sent that may have changed it.

        From now on it is read singly: a list may show it late.
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
        # One that was under way when something was sent is kept after it, and may not show it.
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
        """Fill in the comments on which a decision depends, and which the order does not show.

        Raises:
            CertCentralError: They cannot be read.
        """
        unclear = self._unclear(order)
        if not unclear:
            return order
        read = {request.id: self.request(request) for request in unclear}
        return replace(order, requests=tuple(read.get(request.id, request) for request in order.requests))

    def _listed(self, order_id: int, parts: Collection[Part], max_age: float) -> Reading | None:
        """Return the order from the lists; none where it has to be read singly."""
        if order_id in self._sent:
            return None
        with self._account_lock:
            try:
                if self._batch and self._has(parts) and self._is_as_young_as(max_age):
                    order = self._account.order(order_id)
                    return Reading(order, self._account.as_of) if order else None
            except CertCentralError as error:
                self._stumble(error)
        return None

    def _has(self, parts: Collection[Part]) -> bool:
        """Read the lists as far as they are paid for; whether all of them are there."""
        while not self._account.has(parts):
            price = self._account.price(parts)
            if self._spent < price:
                return False
            self._tell_of_many_calls(self._account.left(parts))
            self._account.read_on(parts)
            if self._account.has(parts):
                self._spend(-price)
        return True

    def _is_as_young_as(self, max_age: float) -> bool:
        """Learn what changed, if that is paid for; whether the lists are young enough."""
        if self._clock() - self._account.as_of < max_age:
            return True
        if self._freshening_credit < self._account.freshening_price:
            self._freshening_credit += 1
            return False
        # What fails, or takes so long that it is no use, has to be paid for by single readings the next time.
        self._freshening_credit = 0
        self._show_again(self._account.freshen())
        if self._clock() - self._account.as_of >= max_age:
            return False
        self._freshening_credit = FRESHENING_CREDIT
        return True

    def _stumble(self, error: CertCentralError) -> None:
        """What cannot be listed is read singly: until it is paid for anew, or for good if trying again is no use."""
        _log.debug("the account cannot be listed: %s", error)
        self._batch = error.transient
        with self._lock:
            self._spent = 0

    def _tell_of_many_calls(self, calls: int) -> None:
        if calls > MANY_CALLS and not self._told_of_many_calls:
            self._told_of_many_calls = True
            self._report(
                f"reading all orders and requests of the account from DigiCert's lists: {calls} calls, once"
            )

    def _show_again(self, orders: Collection[int]) -> None:
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
