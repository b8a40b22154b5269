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

_SORT: dict[Part, str | None] = {Part.ORDERS: "order_id", Part.REVOCATIONS: "-id", Part.REISSUES: "-id"}
"""Orders so that new ones come last and move none; requests so that the first page has the new ones."""


class Account:
    """The account's order and request lists, fetched page by page as the call budget allows.

    A row says less than order info: the requests have no comments, and of the requests there are only those of the
    types that were listed. Of an order that no row tells of nothing is said; a request that no row tells of is taken for
    one that does not exist, so a list of requests counts only if it is whole. Not thread-safe, but for `as_of`.

    Args:
        client: The CertCentral client.
        clock: Gives the time in seconds.

    Attributes:
        as_of: Every change before this time is known; `NEVER`, before the lists are read to their ends.
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
        self._there: set[Part] = set()
        self._changed: set[int] = set()
        self._untold: set[int] = set()
        self.as_of = NEVER

    def has(self, parts: Collection[Part]) -> bool:
        """Whether these parts are read to their ends."""
        return not any(self._listings[part].left for part in parts)

    def price(self, parts: Collection[Part]) -> int:
        """How many calls the parts cost that were not all there before: at least, before each has begun."""
        return sum(self._listings[part].pages for part in parts if part not in self._there)

    def left(self, parts: Collection[Part]) -> int:
        """How many calls are left until the parts are read to their ends."""
        return sum(self._listings[part].left for part in parts)

    @property
    def freshening_price(self) -> int:
        """How many calls it takes to know the changes since `as_of`."""
        return 2 if self._newest_come_first else self._revocations.pages + 1

    def read_on(self, parts: Collection[Part]) -> None:
        """Fetch one page, starting with lists of unknown length.

        Raises:
            CertCentralError: It cannot be read; what was read before remains.
        """
        listings = [self._listings[part] for part in parts if self._listings[part].left]
        min(listings, key=lambda listing: listing.has_begun).read_on()
        if self.has(parts):
            self._there.update(parts)
        if self.as_of == NEVER and self.has(OBSERVED):
            self.as_of = min(self._listings[part].began for part in OBSERVED)

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

    def revocations(self, order_id: int) -> tuple[OrderRequest, ...]:
        """The order's revoke requests."""
        return self._requests[Part.REVOCATIONS].of(order_id)

    def freshen(self) -> set[int]:
        """Learn what changed since the last time.

        Returns:
            The orders that have a revoke request which is new.

        Raises:
            CertCentralError: It cannot be read; `as_of` stays as it is.
        """
        began = self._clock()
        # The requests first: whose request is approved in between is among the changes then.
        self._read_new_revocations()
        self._read_changes()
        self.as_of = began
        new, self._untold = self._untold, set()
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
            # DigiCert counts back from when it answers, which may be long after the asking.
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
            self._untold.update(row.order.id for row in new)
        return page

    def _in_order(self, part: Part, offset: int, read: Callable[[str | None], _Page]) -> _Page:
        """Read a page of a list in the order that suits, or in DigiCert's own where it takes no other.

        A list that has begun in one order is never gone on with in another.
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
