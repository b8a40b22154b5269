"""The listed requests of one type, by order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import OrderRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digicert_pulumi.certcentral import ListedRequest

__all__ = ["RequestsOfOrders"]


class RequestsOfOrders:
    """The requests of each order, from the request list.

    Attributes:
        newest_first: Whether all pages were sorted as requested, the newest request first. DigiCert may ignore the sort
            order, so this is checked.
    """

    def __init__(self) -> None:
        self._by_order: dict[int, tuple[OrderRequest, ...]] = {}
        self.newest_first = True

    def put(self, rows: Sequence[ListedRequest]) -> list[ListedRequest]:
        """Add rows, or update known requests; return the rows of new requests."""
        self.newest_first &= all(row.id > following.id for row, following in pairwise(rows))
        return [row for row in rows if self._put(row)]

    def of(self, order_id: int) -> tuple[OrderRequest, ...]:
        """Return the order's requests, without comments and requesters."""
        return self._by_order.get(order_id, ())

    def _put(self, row: ListedRequest) -> bool:
        known = self.of(row.order.id)
        others = tuple(request for request in known if request.id != row.id)
        request = OrderRequest(id=row.id, date=row.date, type=row.type, status=row.status)
        self._by_order[row.order.id] = (*others, request)
        return len(others) == len(known)
