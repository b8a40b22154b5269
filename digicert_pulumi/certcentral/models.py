"""What CertCentral answers, as typed values.

Decoded strictly: a missing or mistyped field that is needed is an error, an unknown field is ignored, and
so is what this package has no use for. Statuses and types are plain strings, because DigiCert adds to them.
Timestamps are ISO 8601 in UTC with an offset (`2024-08-19T18:16:07+00:00`), dates are `yyyy-mm-dd`.

Source: CertCentral Services API, "Order info", "List orders", "Status change list", "Request info", "List requests",
"Revoke order certificates", "User info".
"""

from typing import TYPE_CHECKING, TypeAlias

import msgspec
from msgspec.structs import force_setattr

__all__ = [
    "AccessRole",
    "Certificate",
    "Certificates",
    "ListedOrders",
    "ListedRequest",
    "ListedRequests",
    "Order",
    "OrderPage",
    "OrderReference",
    "Organization",
    "Page",
    "Product",
    "Request",
    "RequestPage",
    "Requester",
    "StatusChange",
    "StatusChanges",
    "User",
]


class Organization(msgspec.Struct, frozen=True):
    """The organization that an order was validated for."""

    id: int | None = None
    name: str | None = None
    """Its legal name."""


if TYPE_CHECKING:
    _OrganizationIfAny: TypeAlias = Organization | None
else:
    # The documented list of orders has an empty array where a DV order has no organization.
    _OrganizationIfAny = Organization | tuple[()] | None


class Product(msgspec.Struct, frozen=True):
    """What was ordered."""

    name_id: str
    """DigiCert's identifier of the product, such as `ssl_plus`."""
    name: str
    """The product's name, such as `Secure Site`."""
    type: str | None = None
    """The product's family, such as `ssl_certificate` or `dv_ssl_certificate`."""


class Certificate(msgspec.Struct, frozen=True):
    """A certificate of an order; while the order is pending, only what was asked for."""

    id: int | None = None
    common_name: str | None = None
    dns_names: tuple[str, ...] = ()
    """The DNS names in the certificate; empty when DigiCert names none."""
    serial_number: str | None = None
    """Hexadecimal."""
    thumbprint: str | None = None
    """Hexadecimal SHA-1 of the certificate."""
    valid_from: str | None = None
    """A date."""
    valid_till: str | None = None
    """A date."""
    status: str | None = None
    """Of a duplicate or reissue: such as `issued`, `pending`, `rejected`. Mostly absent from a primary certificate."""


class Certificates(msgspec.Struct, frozen=True):
    """The duplicates or the reissues of an order."""

    certificates: tuple[Certificate, ...] = ()
    """Empty where DigiCert names none."""


class Requester(msgspec.Struct, frozen=True):
    """The user who submitted or processed a request."""

    id: int
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class OrderReference(msgspec.Struct, frozen=True):
    """The order that a request is about."""

    id: int


class Request(msgspec.Struct, frozen=True):
    """A request on an order, which an administrator approves or rejects."""

    id: int
    date: str
    """When it was submitted, a timestamp."""
    type: str
    """`new_request`, `revoke`, `duplicate`, `reissue`."""
    status: str
    """`submitted`, `pending`, `approved`, `rejected`."""
    requester: Requester | None = None
    """Absent in the requests that an order lists."""
    comments: str | None = None
    """The requester's message to the approver."""
    processor_comment: str | None = None
    """The approver's message to the requester."""
    date_processed: str | None = None
    """When it was approved or rejected, a timestamp; absent until then."""
    processor: Requester | None = None
    """Who approved or rejected it."""
    order: OrderReference | None = None
    """What it is about; absent in the requests that an order lists."""


class Order(msgspec.Struct, frozen=True):
    """An order, with its primary certificate and its requests."""

    id: int
    status: str
    """Such as `pending`, `issued`, `reissue_pending`, `rejected`, `revoked`, `canceled`, `needs_approval`."""
    certificate: Certificate
    product: Product
    organization: _OrganizationIfAny = None
    """The organization named in the certificate; none where DigiCert names none."""
    requests: tuple[Request, ...] = ()
    """The requests made on the order, whatever their type and status; an empty list is absent on the wire, and none is
    in a list of orders."""
    has_duplicates: bool = False
    """Whether the order has duplicates; said by a list of orders alone."""

    def __post_init__(self) -> None:
        """Take an empty array for no organization."""
        if not self.organization:
            force_setattr(self, "organization", None)


class Page(msgspec.Struct, frozen=True):
    """Where in a list a page stands. DigiCert's own `limit` is not to be relied on: a sample shows it as 0."""

    total: int
    """The rows of the whole list."""


class ListedOrders(msgspec.Struct, frozen=True):
    """A page of the order list, its rows undecoded."""

    page: Page
    orders: tuple[msgspec.Raw, ...] = ()


class ListedRequests(msgspec.Struct, frozen=True):
    """A page of the request list, its rows undecoded."""

    page: Page
    requests: tuple[msgspec.Raw, ...] = ()


class OrderPage(msgspec.Struct, frozen=True):
    """A page of the order list."""

    orders: tuple[Order, ...]
    """Without their requests; without the rows that are not as documented."""
    rows: int
    """How many rows DigiCert gave."""
    total: int
    """The rows of the whole list."""


class ListedRequest(msgspec.Struct, frozen=True):
    """A row of the request list; it lacks the comments of both sides."""

    id: int
    date: str
    """When it was submitted, a timestamp."""
    type: str
    """`new_request`, `revoke`, `duplicate`, `reissue`."""
    status: str
    """`submitted`, `pending`, `approved`, `rejected`."""
    order: OrderReference


class RequestPage(msgspec.Struct, frozen=True):
    """A page of the request list."""

    requests: tuple[ListedRequest, ...]
    """Those that were asked for; without the rows that are not as documented."""
    rows: int
    """How many rows DigiCert gave."""
    total: int
    """The rows of the whole list."""
    others: tuple[ListedRequest, ...] = ()
    """Those of another type or status, which a filter let through."""

    @property
    def strange(self) -> int:
        """How many rows are not as documented, so that nobody knows what they are about."""
        return self.rows - len(self.requests) - len(self.others)


class StatusChange(msgspec.Struct, frozen=True):
    """An order whose status has changed."""

    order_id: int
    status: str
    """Its status now."""


class StatusChanges(msgspec.Struct, frozen=True):
    """The orders whose status has changed."""

    orders: tuple[StatusChange, ...] = ()
    """Empty where none has: DigiCert then answers `{}`."""


class AccessRole(msgspec.Struct, frozen=True):
    """A role of a user, such as `Administrator`."""

    id: int
    name: str


class User(msgspec.Struct, frozen=True):
    """The user whom an API key acts for."""

    id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    access_roles: tuple[AccessRole, ...] = ()

    @property
    def is_administrator(self) -> bool:
        """Whether the user may approve and reject revocations, and skip the approval."""
        return any(role.name == "Administrator" for role in self.access_roles)
