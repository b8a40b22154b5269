"""All the orders of an account, as its lists show them."""

from __future__ import annotations

from enum import Enum
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from digicert_pulumi.certcentral import Refused
from digicert_pulumi.reading.listing import Listing
from digicert_pulumi.reading.requests_of_orders import RequestsOfOrders
from digicert_pulumi.reading.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from digicert_pulumi.certcentral import Client, ListedRequest, Order, OrderPage, Request, RequestPage

__all__ = ["NEVER", "OBSERVED", "SHOWN", "Account", "Part"]

_OVERLAP = 600.0
"""Seconds by which each look at the changes reaches back further than the last one began: a change may become
visible late, and a call may wait for its turn."""

NEVER = float("-inf")
"""The time before every other."""

_Page = TypeVar("_Page", "OrderPage", "RequestPage")


class Part(Enum):
    """A list that an account is put together from."""

    ORDERS = "orders"
    REVOCATIONS = "revoke"
    REISSUES = "reissue"


OBSERVED = (Part.ORDERS, Part.REVOCATIONS)
"""What tells how an order and its revocation stand."""

SHOWN = (*OBSERVED, Part.REISSUES)
"""What tells as well whether a revocation would hit other certificates than the primary one."""

_SORT = {Part.ORDERS: "order_id", Part.REVOCATIONS: "-id", Part.REISSUES: "-id"}
"""Orders so that new ones come last and move none; requests so that the first page has the new ones."""


class Account:
    """The lists of one account, read as far as somebody pays for it.

    A row says less than order info: the requests have no comments, and of the requests there are only those of the
    types that were listed. Not thread-safe, but for `as_of`.

    Args:
        client: The CertCentral client.
        clock: Gives the time in seconds.

    Attributes:
        as_of: Every change before this time is known; `NEVER`, before the lists are read to their ends.
        freshening_price: How many calls it takes to know the later ones.
    """

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._shelf = Shelf()
        self._requests = {Part.REVOCATIONS: RequestsOfOrders(), Part.REISSUES: RequestsOfOrders()}
        self._listings = {part: Listing(self._reading(part), clock) for part in Part}
        self._unsortable: set[Part] = set()
        self._there: set[Part] = set()
        self._changed: set[int] = set()
        self.as_of = NEVER
        self.freshening_price = 2

    def has(self, parts: Collection[Part]) -> bool:
        """Whether these parts are read to their ends."""
        return not any(self._listings[part].left for part in parts)

    def price(self, parts: Collection[Part]) -> int:
        """How many calls the parts cost that were not all there before: at least, before each has begun."""
        return sum(self._listings[part].pages for part in parts if part not in self._there)

    def read_on(self, parts: Collection[Part]) -> None:
        """Read one page of these parts; first of those that have not told yet what they cost.

        Raises:
            CertCentralError: It cannot be read; what was read before remains.
        """
        listings = [self._listings[part] for part in parts if self._listings[part].left]
        min(listings, key=lambda listing: listing.has_begun).read_on()
        if self.has(parts):
            self._there.update(parts)
        if self.as_of == NEVER and self.has(OBSERVED):
            self.as_of = min(self._listings[part].began for part in OBSERVED)
            revocations = self._requests[Part.REVOCATIONS]
            self.freshening_price = (
                2 if revocations.newest_first else 1 + self._listings[Part.REVOCATIONS].pages
            )

    def order(self, order_id: int) -> Order | None:
        """Put an order together; none where the lists do not tell for sure how it stands."""
        order = None if order_id in self._changed else self._shelf.get(order_id)
        if order is None:
            return None
        requests = [request for part in self._requests.values() for request in part.of(order_id)]
        if order.status != "revoked" and any(r.type == "revoke" and r.status == "approved" for r in requests):
            # Approved for a single certificate, or since the row was read: only order info tells.
            return None
        return replace(order, requests=tuple(sorted(requests, key=lambda request: request.id)))

    def revocations(self, order_id: int) -> tuple[Request, ...]:
        """The order's revoke requests."""
        return self._requests[Part.REVOCATIONS].of(order_id)

    def freshen(self) -> list[ListedRequest]:
        """Learn what changed since the last time.

        Returns:
            The revoke requests that are new.

        Raises:
            CertCentralError: It cannot be read; `as_of` stays as it is.
        """
        began = self._clock()
        # The requests first: whose request is approved in between is among the changes then.
        new = self._read_new_revocations()
        self._read_changes()
        self.as_of = began
        return new

    def _read_new_revocations(self) -> list[ListedRequest]:
        known = self._requests[Part.REVOCATIONS]
        new: list[ListedRequest] = []
        met_known = False

        def read(offset: int) -> RequestPage:
            nonlocal met_known
            page = self._page_of_requests(Part.REVOCATIONS, offset)
            added = known.put(page.requests)
            met_known |= len(added) < len(page.requests)
            new.extend(added)
            return page

        listing = Listing(read, self._clock)
        while listing.left and not (met_known and known.newest_first):
            listing.read_on()
        self.freshening_price = 1 + listing.pages - listing.left
        return new

    def _read_changes(self) -> None:
        while True:
            asked = self._clock()
            changes = self._client.status_changes(ceil(asked - self.as_of + _OVERLAP))
            self._changed.update(change.order_id for change in changes)
            # DigiCert counts back from when it answers, which may be long after the asking.
            if self._clock() - asked < _OVERLAP:
                return

    def _reading(self, part: Part) -> Callable[[int], OrderPage | RequestPage]:
        if part is Part.ORDERS:
            return self._read_orders
        return lambda offset: self._read_requests(part, offset)

    def _read_orders(self, offset: int) -> OrderPage:
        page = self._in_order(Part.ORDERS, lambda sort: self._client.list_orders(offset, sort=sort))
        self._shelf.put(page.orders)
        return page

    def _read_requests(self, part: Part, offset: int) -> RequestPage:
        page = self._page_of_requests(part, offset)
        self._requests[part].put(page.requests)
        return page

    def _page_of_requests(self, part: Part, offset: int) -> RequestPage:
        return self._in_order(part, lambda sort: self._client.list_requests(part.value, offset, sort=sort))

    def _in_order(self, part: Part, read: Callable[[str | None], _Page]) -> _Page:
        """Read a page of a list in the order that suits, or in DigiCert's own where it takes no other."""
        if part not in self._unsortable:
            try:
                return read(_SORT[part])
            except Refused as error:
                if type(error) is not Refused:
                    raise
                self._unsortable.add(part)
        return read(None)
