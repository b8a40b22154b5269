"""One of CertCentral's lists, read page by page while the account changes."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Generic, TypeVar

from digicert_pulumi.certcentral import CertCentralError, OrderPage, RequestPage
from digicert_pulumi.certcentral.paging import repeats

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

__all__ = ["IncompleteListError", "Listing", "RequestListing"]


_Page = TypeVar("_Page", bound=OrderPage | RequestPage)


class IncompleteListError(CertCentralError):
    """A list was read to its end and did not show all that it has. The next time it may."""

    transient = True


class Listing(Generic[_Page]):
    """How far a list was read, and how much of it is left.

    A row that others push over the edge between two pages is read twice, or not at all. So what a list does not show
    may exist all the same.

    Args:
        read: Reads the page that begins after so many rows.
        clock: Gives the time in seconds.

    Attributes:
        left: How many pages are left; one at least, before the first one tells.
        began: When the first page was asked for.
    """

    def __init__(self, read: Callable[[int], _Page], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        self._rows = 0
        self._pages = 0
        self._ids = frozenset[int]()
        self.left = 1
        self.began = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether a page was read, which tells how many there are."""
        return self._pages > 0

    @property
    def pages(self) -> int:
        """How many pages the list has; one at least, before the first one tells."""
        return self._pages + self.left

    def read_on(self) -> None:
        """Read the next page.

        Raises:
            IncompleteListError: The list ended and was not whole; it begins anew.
            CertCentralError: The page cannot be read; how far the list was read stays as it is.
        """
        asked = self._clock()
        page = self._read(self._rows)
        if not self.has_begun:
            self.began = asked
        self._take(page)
        self._pages += 1
        self._rows += page.rows
        missing = max(0, page.total - self._rows)
        # A page is as large as it came: DigiCert may have its own idea of the limit.
        self.left = ceil(missing / page.rows) if page.rows and not repeats(page, self._ids) else 0
        self._ids = page.ids
        if not self.left and (missing or not self._is_whole()):
            self._begin()
            raise IncompleteListError("DigiCert's list does not show all the rows that it counts")

    def _take(self, page: _Page) -> None:
        """Note what a page shows."""

    def _is_whole(self) -> bool:
        """Whether the list, which was read to its end, has shown enough."""
        return True


class RequestListing(Listing[RequestPage]):
    """A list of requests, which is taken for whole: a request that it does not show does not exist.

    A request is never removed, but in DigiCert's own order it may move when somebody decides on it. So the requests
    are counted.

    Args:
        read: Reads the page that begins after so many rows.
        clock: Gives the time in seconds.
        after: The same list as it was read before; the requests that it showed are known.

    Attributes:
        ids: Of the requests that are known.
        highest: All requests up to this id were there when the list began; 0, where there was none.
    """

    def __init__(
        self,
        read: Callable[[int], RequestPage],
        clock: Callable[[], float],
        *,
        after: RequestListing | None = None,
    ) -> None:
        self._known = after.ids if after else frozenset[int]()
        self._known_up_to = after.highest if after else 0
        super().__init__(read, clock)

    def _begin(self) -> None:
        super()._begin()
        self.ids: AbstractSet[int] = self._known
        self.highest: int = self._known_up_to
        self._lowest = float("inf")
        self._total_at_first = 0
        self._total = 0
        self._counted = True

    @property
    def has_caught_up(self) -> bool:
        """Whether what was read reaches back to what was known, and nothing is missing in between."""
        return self._counted and self._lowest <= self._known_up_to and len(self.ids) >= self._total

    def _take(self, page: RequestPage) -> None:
        ids = page.ids
        if not self.has_begun:
            self._total_at_first = page.total
            self.highest = max([self.highest, *ids])
        self._total = max(self._total, page.total)
        self._counted &= page.counted
        self.ids = self.ids | ids
        self._lowest = min([self._lowest, *ids])

    def _is_whole(self) -> bool:
        """Whether all the requests are known that there were when the list began."""
        if not self._counted:
            return False
        if len(self.ids) >= self._total:
            return True
        # Requests that came meanwhile, before the first page, are not missing: their ids are higher.
        return sum(id_ <= self.highest for id_ in self.ids) >= self._total_at_first
