"""Find the orders of an account that a user means. Sends nothing but GET.

What CertCentral can filter exactly is sent as a filter, so that fewer pages are read; everything is matched here
again, because its lists are known to have ignored filters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digicert_pulumi.certcentral import Client, Order

_NAME_ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
"""What tells the name id of a product (`ssl_plus`) from its name (`Standard SSL`)."""


@dataclass(frozen=True)
class Selection:
    """Which orders are meant: those to which everything applies that is given.

    Attributes:
        statuses: One of these statuses, in DigiCert's words.
        common_name: This common name of the certificate; `*` stands for any characters, dots too. Letter case does
            not matter.
        organization: This organization, by its name or its id.
        product: This product, by its name or its name id (`ssl_plus`).
        valid_till_before: Certificates whose last day is before this one, `yyyy-mm-dd`.
        valid_till_after: Certificates whose last day is after this one, `yyyy-mm-dd`.
    """

    statuses: tuple[str, ...] = ()
    common_name: str | None = None
    organization: str | int | None = None
    product: str | None = None
    valid_till_before: str | None = None
    valid_till_after: str | None = None

    def __str__(self) -> str:
        given = (
            ("status", " or ".join(map(repr, self.statuses)) or None),
            ("common name", self.common_name and repr(self.common_name)),
            ("organization", self.organization and repr(self.organization)),
            ("product", self.product and repr(self.product)),
            ("valid till before", self.valid_till_before),
            ("valid till after", self.valid_till_after),
        )
        return ", ".join(f"{name} {value}" for name, value in given if value) or "anything"

    def matches(self, order: Order) -> bool:
        """Whether an order is meant."""
        valid_till = order.certificate.valid_till
        return (
            (not self.statuses or order.status in self.statuses)
            and (self.common_name is None or _like(self.common_name, order.certificate.common_name))
            and (self.organization is None or self._is_organization(order))
            and (self.product is None or _same(self.product, order.product.name, order.product.name_id))
            and (self.valid_till_before is None or (valid_till or "9999") < self.valid_till_before)
            and (self.valid_till_after is None or (valid_till or "") > self.valid_till_after)
        )

    def filters(self) -> Iterator[dict[str, object]]:
        """The filters of the lists to read, one list for each status."""
        common = self._common_filters()
        for status in self.statuses or (None,):
            yield common | ({"status": status} if status else {})

    def _is_organization(self, order: Order) -> bool:
        if order.organization is None:
            return False
        if isinstance(self.organization, int):
            return order.organization.id == self.organization
        return _same(str(self.organization), order.organization.name)

    def _common_filters(self) -> dict[str, object]:
        filters: dict[str, object] = {}
        if self.common_name is not None and "*" not in self.common_name:
            filters["common_name"] = self.common_name
        elif self.common_name is not None and (part := max(self.common_name.split("*"), key=len)):
            filters["search"] = f"%{part}"  # a leading percent sign means "contains"
        if isinstance(self.organization, int):
            filters["organization_id"] = self.organization
        if self.product is not None and _NAME_ID.fullmatch(self.product):
            filters["product_name_id"] = self.product
        return filters


class TooManyError(Exception):
    """More orders are meant than the user allowed for."""


def select(
    client: Client, selection: Selection, limit: int, report: Callable[[str], None]
) -> tuple[Order, ...]:
    """List the orders that are meant, without their requests, the lowest id first.

    Args:
        client: The CertCentral client.
        selection: Which orders are meant.
        limit: How many there may be.
        report: Is given one line where the list is not whole.

    Raises:
        TooManyError: There are more; reading ended there.
        CertCentralError: A list could not be read.
    """
    found: dict[int, Order] = {}
    for filters in selection.filters():
        for order in _listed(client, filters, report):
            if selection.matches(order):
                found[order.id] = order
            if len(found) > limit:
                raise TooManyError
    return tuple(found[order_id] for order_id in sorted(found))


def _listed(client: Client, filters: dict[str, object], report: Callable[[str], None]) -> Iterator[Order]:
    offset, total = 0, 1
    while offset < total:
        page = client.list_orders(offset, filters=filters)
        if strange := page.rows - len(page.orders):
            report(
                f"{strange} of {page.rows} orders in DigiCert's list cannot be read, and are left out of the selection"
            )
        yield from page.orders
        if not page.rows:
            return
        offset, total = offset + page.rows, page.total


def _like(pattern: str, name: str | None) -> bool:
    parts = (re.escape(part) for part in pattern.split("*"))
    return name is not None and re.fullmatch(".*".join(parts), name, re.IGNORECASE) is not None


def _same(wanted: str, *names: str | None) -> bool:
    return any(name is not None and name.strip().casefold() == wanted.strip().casefold() for name in names)
