"""Read a list page by page to its end, whatever length DigiCert reports."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from digicert_pulumi.certcentral.models import OrderPage, RequestPage

__all__ = ["pages", "repeats"]

_Page = TypeVar("_Page", OrderPage, RequestPage)


def pages(read: Callable[[int], _Page]) -> Iterator[_Page]:
    """Read a list to its end.

    Args:
        read: Reads the page that begins after so many rows.
    """
    rows, seen = 0, frozenset[int]()
    while True:
        page = read(rows)
        yield page
        rows += page.rows
        if not page.rows or rows >= page.total or repeats(page, seen):
            return
        seen |= page.ids


def repeats(page: OrderPage | RequestPage, seen: frozenset[int]) -> bool:
    """Whether a page shows nothing that was not seen before: a list that ignores its offset never ends.

    A page of unreadable rows alone shows nothing, but there may be others behind it, as long as DigiCert counts them.
    """
    return page.ids <= seen and not (page.counted and not page.ids)
