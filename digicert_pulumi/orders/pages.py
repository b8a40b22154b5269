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
    """A list was read to its end, but didn't show all its rows. A retry may succeed."""

    transient = True


class Listing(Generic[_Page]):
    """The progress of reading a list.

    If rows are added or removed between two pages, another row can be read twice or not at all. So a row that isn't read
    may still exist.

    Args:
        read: Reads the page at this offset, in rows.
        clock: Returns the time in seconds.

    Attributes:
        left: The number of pages left; 1 until the first page is read.
        began: The time of the call for the first page.
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
        """Whether a page was read, so that the number of pages is known."""
        return self._pages > 0

    @property
    def pages(self) -> int:
        """The number of pages of the list; 1 until the first page is read."""
        return self._pages + self.left

    def read_on(self) -> None:
        """Read the next page.

        Raises:
            IncompleteListError: The list ended and was incomplete; the next call starts again at the first page.
            CertCentralError: The page can't be read; the progress stays unchanged.
        """
        asked = self._clock()
        page = self._read(self._rows)
        if not self.has_begun:
            self.began = asked
        self._take(page)
        self._pages += 1
        self._rows += page.rows
        missing = max(0, page.total - self._rows)
        # Count with the actual size of the page: DigiCert may apply another limit than the requested one.
        self.left = ceil(missing / page.rows) if page.rows and not repeats(page, self._ids) else 0
        self._ids = page.ids
        if not self.left and (missing or not self._is_whole()):
            self._begin()
            raise IncompleteListError("DigiCert's list does not show all the rows that it counts")

    def _take(self, page: _Page) -> None:
        """Record the rows of a page."""

    def _is_whole(self) -> bool:
        """Whether the list, after its last page, counts as complete."""
        return True


class RequestListing(Listing[RequestPage]):
    """A list of requests that must be complete: a request that it doesn't show counts as nonexistent.

    A request is never removed, but in DigiCert's own sort order it may move when it is decided on. So the requests are
    counted.

    Args:
        read: Reads the page at this offset, in rows.
        clock: Returns the time in seconds.
        after: An earlier read of the same list; its requests are already known.

    Attributes:
        ids: The ids of the known requests.
        highest: All requests up to this id existed when the read began; 0 if there was no request.
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
        """Whether the read reached a known request, and no request in between is missing."""
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
        """Whether all requests that existed when the read began are known."""
        if not self._counted:
            return False
        if len(self.ids) >= self._total:
            return True
        # Requests that were added meanwhile have higher ids and are not missing.
        return sum(id_ <= self.highest for id_ in self.ids) >= self._total_at_first
