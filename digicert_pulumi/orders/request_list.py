"""The list of the account's requests to revoke: read it in full, and later read parts of it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from digicert_pulumi.certcentral import Refused
from digicert_pulumi.certcentral.paging import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from digicert_pulumi.certcentral import Client, ListedRequest, RequestPage

__all__ = ["LONGEST_STRETCH", "RequestList", "SeenRequest", "stretches"]

LONGEST_STRETCH = 1000
"""The maximum number of rows that one call reads."""

_TYPE = "revoke"

_SORT = "id"
"""With this sort order, new requests come last and move no rows."""


class SeenRequest(NamedTuple):
    """A request in the list.

    Attributes:
        request: The request.
        moment: The time of the call that read its page, by the list's clock.
        row: The request's position in the list.
    """

    request: ListedRequest
    moment: float
    row: int


class RequestList:
    """The list of the account's requests to revoke.

    A request that it doesn't show may still exist: if rows move between two pages, a row may not be read.

    Args:
        client: The CertCentral client.
        clock: Returns the time in seconds.
    """

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._sort: str | None = _SORT
        self._asked = 0.0

    def read(self, wanted: Collection[int]) -> dict[int, SeenRequest]:
        """Read the list until all requests with these ids are found, and return those.

        Raises:
            CertCentralError: The list can't be read.
        """
        first = self._first_page()
        seen: dict[int, SeenRequest] = {}
        row = 0
        for page in pages(lambda offset: self._page(offset, LONGEST_STRETCH) if offset else first):
            seen |= self._seen(page, row, wanted)
            row += page.rows
            if len(seen) == len(wanted):
                break
        return seen

    def read_again(self, known: Collection[SeenRequest]) -> dict[int, SeenRequest]:
        """Read the stretch of the list that held these requests, with one call.

        Args:
            known: The requests of one stretch, from `stretches`.

        Raises:
            CertCentralError: The list can't be read.
        """
        first = min(each.row for each in known)
        last = max(each.row for each in known)
        page = self._page(first, min(last - first + 1, LONGEST_STRETCH))
        return self._seen(page, first, {each.request.id for each in known})

    def _first_page(self) -> RequestPage:
        try:
            return self._page(0, LONGEST_STRETCH)
        except Refused as error:
            if type(error) is not Refused:
                raise
        self._sort = None  # DigiCert's own sort order
        return self._page(0, LONGEST_STRETCH)

    def _page(self, offset: int, limit: int) -> RequestPage:
        self._asked = self._clock()
        return self._client.list_requests(_TYPE, offset, limit=limit, sort=self._sort)

    def _seen(self, page: RequestPage, offset: int, wanted: Collection[int]) -> dict[int, SeenRequest]:
        # The page keeps rows of other types apart. If it has some, only the ids show the positions.
        ids = sorted(page.ids) if page.others else [row.id for row in page.requests]
        rows = {id_: offset + place for place, id_ in enumerate(ids)}
        return {
            row.id: SeenRequest(row, self._asked, rows[row.id])
            for row in (*page.requests, *page.others)
            if row.id in wanted
        }


def stretches(known: Iterable[SeenRequest], most: int) -> Iterator[list[SeenRequest]]:
    """Divide requests into stretches of the list that one call each can read.

    Args:
        known: The requests.
        most: The maximum number of requests in a stretch.
    """
    stretch: list[SeenRequest] = []
    for each in sorted(known, key=lambda seen: seen.row):
        if stretch and (len(stretch) >= most or each.row - stretch[0].row >= LONGEST_STRETCH):
            yield stretch
            stretch = []
        stretch.append(each)
    if stretch:
        yield stretch
