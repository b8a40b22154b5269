"""Read a list page by page to its end, whatever length DigiCert reports."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from digicert_pulumi.certcentral.models import OrderPage, RequestPage

__all__ = ["pages", "repeats"]

_Page = TypeVar("_Page", OrderPage, RequestPage)


def pages(read: Callable[[int], _Page]) -> Iterator[_Page]:
    """Read a list to its end.

    Args:
        read: Reads the page at this offset, in rows.
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
    """Whether a page has no new rows. Without this check, a list that ignores the offset would never end.

    If a page has only unreadable rows, it doesn't count as repeated as long as DigiCert counts the rows of the list.
    """
    return page.ids <= seen and not (page.counted and not page.ids)
