"""Find the orders that match a filter. Sends nothing but GET.

Filters that CertCentral applies exactly, on fields that don't change, are sent to it, so that fewer pages are read.
Every order is matched here again, because CertCentral is known to ignore filters in its lists. The status isn't sent as
a filter, because it can change: if an order leaves the filtered list between two pages, the rows after it move, and one
isn't read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import Refused
from digicert_pulumi.certcentral.paging import pages
from digicert_pulumi.orders.names import comparable, comparable_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digicert_pulumi.certcentral import Client, Order, OrderPage, Organization
    from digicert_pulumi.certcentral.models import Container

_NAME_ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
"""The form of a product's name id (`ssl_plus`), which distinguishes it from a name (`Standard SSL`)."""

_UNSURE = re.compile(r"\*|[^.*]*(?:[^\x00-\x7f*]|xn--)[^.*]*", re.IGNORECASE)
"""The parts of a common name that can't be sent as a filter: wildcards, and labels that DigiCert may show as an A-label
or a U-label."""

_BY_NAME = frozenset({"common_name", "search"})
"""The filters by a name. DigiCert doesn't document whether it compares case. If they find nothing, the list is read without."""

_SORT = "order_id"
"""With this sort order, new orders come last and move no rows."""

_READINGS = 3
"""The number of attempts to read a list that doesn't show all its orders, before it is an error."""


@dataclass(frozen=True)
class Selection:
    """A filter for orders. An order matches if it matches all given fields.

    Attributes:
        statuses: The order's status is one of these, as DigiCert spells them.
        common_name: The certificate's common name. `*` matches any characters, including dots. Case-insensitive.
        organization: The organization's name or id.
        container: The name or id of the container (division).
        product: The product's name or name id (`ssl_plus`).
        valid_till_before: The certificate's last day is before this day, `yyyy-mm-dd`.
        valid_till_after: The certificate's last day is after this day, `yyyy-mm-dd`.
    """

    statuses: tuple[str, ...] = ()
    common_name: str | None = None
    organization: str | int | None = None
    container: str | int | None = None
    product: str | None = None
    valid_till_before: str | None = None
    valid_till_after: str | None = None

    def __str__(self) -> str:
        given = (
            ("status", " or ".join(map(repr, self.statuses)) or None),
            ("common name", self.common_name and repr(self.common_name)),
            ("organization", self.organization and repr(self.organization)),
            ("container", self.container and repr(self.container)),
            ("product", self.product and repr(self.product)),
            ("valid till before", self.valid_till_before),
            ("valid till after", self.valid_till_after),
        )
        return ", ".join(f"{name} {value}" for name, value in given if value) or "anything"

    def matches(self, order: Order) -> bool:
        """Whether an order matches."""
        valid_till = order.certificate.valid_till
        return (
            (not self.statuses or order.status in self.statuses)
            and (self.common_name is None or _like(self.common_name, order.certificate.common_name))
            and (self.organization is None or _is_named(self.organization, order.organization))
            and (self.container is None or _is_named(self.container, order.container))
            and (self.product is None or _same(self.product, order.product.name, order.product.name_id))
            and (self.valid_till_before is None or (valid_till or "9999") < self.valid_till_before)
            and (self.valid_till_after is None or (valid_till or "") > self.valid_till_after)
        )

    def filters(self) -> dict[str, object]:
        """Return the filters to send to CertCentral."""
        filters: dict[str, object] = {}
        if self.common_name is not None:
            wanted = " ".join(self.common_name.split()).rstrip(".")
            part = max(_UNSURE.split(wanted), key=len)
            if part == wanted:
                filters["common_name"] = wanted
            elif part.strip("."):
                filters["search"] = f"%{part}"  # a leading percent sign means "contains"
        if isinstance(self.organization, int):
            filters["organization_id"] = self.organization
        if isinstance(self.container, int):
            filters["container_id"] = self.container
        if self.product is not None and _NAME_ID.fullmatch(self.product):
            filters["product_name_id"] = self.product
        return filters


class TooManyError(Exception):
    """More orders match than the limit allows."""


class NotWholeError(Exception):
    """DigiCert's list doesn't show all the orders that it counts."""


def select(
    client: Client, selection: Selection, limit: int, report: Callable[[str], None]
) -> tuple[Order, ...]:
    """Return the matching orders, without their requests, the lowest id first.

    Args:
        client: The CertCentral client.
        selection: The filter.
        limit: The maximum number of matching orders.
        report: Called with a one-line warning if rows of the list can't be read.

    Raises:
        TooManyError: More orders match; the rest of the list was not read.
        NotWholeError: Orders are missing from the list after several attempts.
        CertCentralError: The list could not be read.
    """
    filters = selection.filters()
    reading = _read(client, selection, filters, limit)
    if reading.total == 0 and not _BY_NAME.isdisjoint(filters):
        # DigiCert may compare case, and spell the name in another way.
        others = {name: value for name, value in filters.items() if name not in _BY_NAME}
        reading = _read(client, selection, others, limit)
    if reading.strange:
        report(
            f"{reading.strange} of {reading.total} orders in DigiCert's list cannot be read, and are left out of the "
            "selection"
        )
    return tuple(reading.found[order_id] for order_id in sorted(reading.found))


def _read(client: Client, selection: Selection, filters: dict[str, object], limit: int) -> _Reading:
    """Read the whole list, again if it changes."""
    for _ in range(_READINGS):
        reading = _Reading(selection, limit)
        for page in _pages(client, filters):
            reading.add(page)
        if reading.missing == 0:
            return reading
    raise NotWholeError(
        f"{reading.missing} of the {reading.total} orders that DigiCert counts are missing from its list, which "
        f"was read {_READINGS} times; try again"
    )


class _Reading:
    """The result of one read of the list.

    Attributes:
        found: The matching orders, by id.
        strange: The number of rows that can't be read.
        total: The highest number of orders that DigiCert counted.
    """

    def __init__(self, selection: Selection, limit: int) -> None:
        self._selection = selection
        self._limit = limit
        self._ids: set[int] = set()
        self.found: dict[int, Order] = {}
        self.strange = 0
        self.total = 0

    @property
    def missing(self) -> int:
        """The number of orders that DigiCert counted and no page showed."""
        return max(0, self.total - len(self._ids) - self.strange)

    def add(self, page: OrderPage) -> None:
        self.strange += page.rows - len(page.orders)
        for order in page.orders:
            self._ids.add(order.id)
            if self._selection.matches(order):
                self.found[order.id] = order
        self.total = max(self.total, page.total if page.counted else len(self._ids) + self.strange)
        if len(self.found) > self._limit:
            raise TooManyError


def _pages(client: Client, filters: dict[str, object]) -> Iterator[OrderPage]:
    sort: str | None = _SORT
    try:
        page = client.list_orders(sort=sort, filters=filters)
    except Refused as error:
        if type(error) is not Refused:
            raise
        sort = None  # DigiCert's own sort order
        page = client.list_orders(filters=filters)
    yield from pages(
        lambda offset: client.list_orders(offset, sort=sort, filters=filters) if offset else page
    )


def _like(pattern: str, name: str | None) -> bool:
    """Whether a common name matches a pattern. A-labels and U-labels count as the same."""
    if name is None:
        return False
    parts = (re.escape(part) for part in comparable_host(pattern).split("*"))
    return re.fullmatch(".*".join(parts), comparable_host(name)) is not None


def _is_named(wanted: str | int, found: Organization | Container | None) -> bool:
    """Whether this is the id or the name of an organization or container."""
    if found is None:
        return False
    return found.id == wanted if isinstance(wanted, int) else _same(wanted, found.name)


def _same(wanted: str, *names: str | None) -> bool:
    return any(name is not None and comparable(name) == comparable(wanted) for name in names)
