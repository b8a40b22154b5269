"""All the orders of an account, from its lists."""

from __future__ import annotations

from enum import Enum
from math import ceil
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from digicert_pulumi.certcentral import Refused, UnexpectedAnswer
from digicert_pulumi.certcentral.models import REQUEST_TYPES
from digicert_pulumi.orders.packed import Shelf
from digicert_pulumi.orders.pages import Listing, RequestListing
from digicert_pulumi.orders.requests_of_orders import RequestsOfOrders

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from digicert_pulumi.certcentral import Client, Order, OrderPage, OrderRequest, RequestPage

__all__ = ["NEVER", "OBSERVED", "SHOWN", "Account", "Part"]

_OVERLAP = 600.0
"""Seconds by which each read of the status changes overlaps the previous one: a change may become visible late, and a
call may wait for its turn."""

NEVER = float("-inf")
"""A time before all others."""

_Page = TypeVar("_Page", "OrderPage", "RequestPage")


class Part(Enum):
    """One of the lists that make up an account."""

    ORDERS = "orders"
    REVOCATIONS = "revoke"
    REISSUES = "reissue"


OBSERVED = (Part.ORDERS, Part.REVOCATIONS)
"""The lists for a refresh: the status of an order and of its revocation."""

SHOWN = (*OBSERVED, Part.REISSUES)
"""The lists for a preview. The requests for reissues show whether a revocation would affect other certificates than the
primary one."""

_SORT: dict[Part, str | None] = {Part.ORDERS: "order_id", Part.REVOCATIONS: "-id", Part.REISSUES: "-id"}
"""The sort order of each list. New orders come last, so that they move no rows; new requests come first, on page one."""


class Account:
    """The account's order and request lists, fetched page by page as the call budget allows.

    A row has less data than order info: its requests have no comments, and only requests of the listed types are known.
    An order without a row may still exist. A request without a row counts as nonexistent, so a list of requests is used
    only if it is complete. Not thread-safe, except `as_of`.

    Args:
        client: The CertCentral client.
        clock: Returns the time in seconds.

    Attributes:
        as_of: All changes before this time are known; `NEVER` until the lists are read to their ends.
    """

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._shelf = Shelf()
        self._requests = {Part.REVOCATIONS: RequestsOfOrders(), Part.REISSUES: RequestsOfOrders()}
        self._sort = dict(_SORT)
        self._revocations = self._listing_of_requests(Part.REVOCATIONS)
        self._listings: dict[Part, Listing[Any]] = {
            Part.ORDERS: Listing(self._read_orders, clock),
            Part.REVOCATIONS: self._revocations,
            Part.REISSUES: self._listing_of_requests(Part.REISSUES),
        }
        self._completed: set[Part] = set()
        self._changed: set[int] = set()
        self._unreported: set[int] = set()
        self.as_of = NEVER

    def has(self, parts: Collection[Part]) -> bool:
        """Whether these lists are read to their ends."""
        return not any(self._listings[part].left for part in parts)

    def price(self, parts: Collection[Part]) -> int:
        """Return the cost of these lists in calls, without those completed earlier; a lower bound until all have begun."""
        return sum(self._listings[part].pages for part in parts if part not in self._completed)

    def left(self, parts: Collection[Part]) -> int:
        """Return the number of calls until these lists are read to their ends."""
        return sum(self._listings[part].left for part in parts)

    @property
    def freshening_price(self) -> int:
        """The number of calls to learn all changes since `as_of`."""
        return 2 if self._newest_come_first else self._revocations.pages + 1

    def read_on(self, parts: Collection[Part]) -> None:
        """Fetch one page, starting with lists of unknown length.

        Raises:
            CertCentralError: The page can't be read; the earlier pages are kept.
        """
        listings = [self._listings[part] for part in parts if self._listings[part].left]
        min(listings, key=lambda listing: listing.has_begun).read_on()
        if self.has(parts):
            self._completed.update(parts)
        if self.as_of == NEVER and self.has(OBSERVED):
            self.as_of = min(self._listings[part].began for part in OBSERVED)

    def order(self, order_id: int) -> Order | None:
        """Return an order from the lists; None if they may not show its current status."""
        order = None if order_id in self._changed else self._shelf.get(order_id)
        if order is None:
            return None
        requests = [request for part in self._requests.values() for request in part.of(order_id)]
        if order.status != "revoked" and any(r.type == "revoke" and r.status == "approved" for r in requests):
            # The approval was for a single certificate, or it is newer than the row. Only order info shows which.
            return None
        return replace(order, requests=tuple(sorted(requests, key=lambda request: request.id)))

    def revocations(self, order_id: int) -> tuple[OrderRequest, ...]:
        """Return the order's requests to revoke."""
        return self._requests[Part.REVOCATIONS].of(order_id)

    def freshen(self) -> set[int]:
        """Read the changes since the last call.

        Returns:
            The orders with a new request to revoke.

        Raises:
            CertCentralError: The changes can't be read; `as_of` stays unchanged.
        """
        began = self._clock()
        # Read the requests first. If one is approved in between, the status changes show its order.
        self._read_new_revocations()
        self._read_changes()
        self.as_of = began
        new, self._unreported = self._unreported, set()
        return new

    @property
    def _newest_come_first(self) -> bool:
        return self._sort[Part.REVOCATIONS] is not None and self._requests[Part.REVOCATIONS].newest_first

    def _read_new_revocations(self) -> None:
        listing = self._listing_of_requests(Part.REVOCATIONS, after=self._revocations)
        while listing.left and not (self._newest_come_first and listing.has_caught_up):
            listing.read_on()
        self._revocations = listing

    def _read_changes(self) -> None:
        while True:
            asked = self._clock()
            changes = self._client.status_changes(ceil(asked - self.as_of + _OVERLAP))
            self._changed.update(change.order_id for change in changes)
            # DigiCert counts back from the time of its response, which may be long after the call began.
            if self._clock() - asked < _OVERLAP:
                return

    def _listing_of_requests(self, part: Part, *, after: RequestListing | None = None) -> RequestListing:
        return RequestListing(lambda offset: self._read_requests(part, offset), self._clock, after=after)

    def _read_orders(self, offset: int) -> OrderPage:
        page = self._in_order(Part.ORDERS, offset, lambda sort: self._client.list_orders(offset, sort=sort))
        self._shelf.put(page.orders)
        return page

    def _read_requests(self, part: Part, offset: int) -> RequestPage:
        page = self._in_order(
            part, offset, lambda sort: self._client.list_requests(part.value, offset, sort=sort)
        )
        strange = page.strange + sum(row.type not in REQUEST_TYPES for row in page.others)
        if strange:
            raise UnexpectedAnswer(f"{strange} requests in DigiCert's list are not as documented")
        new = self._requests[part].put(page.requests)
        if part is Part.REVOCATIONS and self.as_of != NEVER:
            self._unreported.update(row.order.id for row in new)
        return page

    def _in_order(self, part: Part, offset: int, read: Callable[[str | None], _Page]) -> _Page:
        """Read a page in the requested sort order, or in DigiCert's own if DigiCert refuses that.

        The sort order never changes after the first page of a list.
        """
        sort = self._sort[part]
        if sort is None or offset:
            return read(sort)
        try:
            return read(sort)
        except Refused as error:
            if type(error) is not Refused:
                raise
        self._sort[part] = None
        return read(None)
