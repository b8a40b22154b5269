"""One of CertCentral's lists, read page by page while the account goes on living."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Listing", "Page"]


class Page(Protocol):
    """What a listing needs to know of a page."""

    @property
    def rows(self) -> int:
        """How many rows DigiCert gave."""

    @property
    def total(self) -> int:
        """How many rows the whole list has."""


class Listing:
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

    def __init__(self, read: Callable[[int], Page], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._rows = 0
        self._pages = 0
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
            CertCentralError: It cannot be read; how far the list was read stays as it is.
        """
        asked = self._clock()
        page = self._read(self._rows)
        if not self.has_begun:
            self.began = asked
        self._pages += 1
        self._rows += page.rows
        # A page is as large as it came: DigiCert may have its own idea of the limit.
        self.left = ceil(max(0, page.total - self._rows) / page.rows) if page.rows else 0
