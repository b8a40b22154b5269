"""CertCentral's responses as typed values.

Fields that the rules need are strict: a missing or mistyped id, status or type is an error. All others are lenient: a
field that doesn't fit counts as absent. Fields that this package doesn't use are ignored.
Statuses and types are plain strings, because DigiCert adds to them.
Timestamps are ISO 8601 in UTC with an offset (`2024-08-19T18:16:07+00:00`), dates are `yyyy-mm-dd`.

Source: CertCentral Services API, "Order info", "List orders", "Status change list", "Request info", "List requests",
"Revoke order certificates", "User info".
"""

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, ClassVar, TypeAlias

import msgspec
from msgspec.structs import force_setattr

from digicert_pulumi.certcentral.decoding import Lenient, prepare

__all__ = [
    "REQUEST_TYPES",
    "AccessRole",
    "AnyRequest",
    "Certificate",
    "Certificates",
    "Container",
    "ListedOrders",
    "ListedRequest",
    "ListedRequests",
    "Order",
    "OrderPage",
    "OrderReference",
    "OrderRequest",
    "Organization",
    "Page",
    "Product",
    "Request",
    "RequestPage",
    "Requester",
    "StatusChange",
    "StatusChanges",
    "SubmittedRequest",
    "Unreadable",
    "UnreadableRequest",
    "User",
]

Id: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
"""An id: a JSON integer. Beyond 2**53 the engine, which stores numbers as floats, would round it to another one."""

REQUEST_TYPES = frozenset({"new_request", "revoke", "duplicate", "reissue"})
"""What a request may be, as documented. One of another type may be anything."""


class Organization(Lenient, frozen=True):
    """The organization that an order was validated for."""

    id: Id | None = None
    name: str | None = None
    """Its legal name."""


class Container(Lenient, frozen=True):
    """The container (division) that an order belongs to."""

    id: Id | None = None
    name: str | None = None


class Product(Lenient, frozen=True):
    """What was ordered."""

    needed = ("name_id",)

    name_id: str
    """DigiCert's identifier of the product, such as `ssl_plus`."""
    name: str = ""
    """The product's name, such as `Secure Site`; its identifier where DigiCert gives no name."""
    type: str | None = None
    """The product's family, such as `ssl_certificate` or `dv_ssl_certificate`."""

    def __post_init__(self) -> None:
        """Name the product by its identifier where it has no name."""
        if not self.name:
            force_setattr(self, "name", self.name_id)


class Certificate(Lenient, frozen=True):
    """A certificate of an order; while the order is pending, only what was asked for."""

    needed = ("id", "serial_number", "status")

    id: Id | None = None
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
    csr: str | None = None
    """The certificate signing request, PEM; in no list of orders."""
    status: str | None = None
    """Of a duplicate or reissue: such as `issued`, `pending`, `rejected`. Mostly absent from a primary certificate."""


class Unreadable(Lenient, frozen=True):
    """A row of a list, of which what is needed cannot be read."""


class Certificates(Lenient, frozen=True):
    """The duplicates or the reissues of an order."""

    certificates: tuple[Certificate, ...] = ()
    """Empty where DigiCert names none."""
    unreadable_certificates: tuple[Unreadable, ...] = ()


class Requester(Lenient, frozen=True):
    """The user who submitted or processed a request."""

    needed = ("id",)

    id: Id
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class OrderReference(Lenient, frozen=True):
    """The order that a request is about."""

    needed = ("id",)

    id: Id


class AnyRequest(Lenient, frozen=True):
    """A request on an order, which an administrator approves or rejects: what CertCentral tells of it everywhere."""

    needed: ClassVar[tuple[str, ...]] = ("id", "type", "status")

    id: Id
    date: str | None
    """When it was submitted, a timestamp."""
    type: str
    """`new_request`, `revoke`, `duplicate`, `reissue`."""
    status: str
    """`submitted`, `pending`, `approved`, `rejected`."""


class OrderRequest(AnyRequest, frozen=True):
    """A request as its order shows it: not who made it, and not who decided on it."""

    comments: str | None = None
    """The requester's message to the approver."""
    order: OrderReference | None = None
    """What it is about; absent in the requests that an order lists."""


class SubmittedRequest(OrderRequest, frozen=True):
    """A request as the answer to a revocation shows it, when nobody has decided on it."""

    requester: Requester | None = None
    """Who submitted it."""


class Request(SubmittedRequest, frozen=True):
    """A request as it shows itself: who decided on it, when and why, too."""

    processor_comment: str | None = None
    """The approver's message to the requester."""
    date_processed: str | None = None
    """When it was approved or rejected, a timestamp; absent until then."""
    processor: Requester | None = None
    """Who approved or rejected it."""


class UnreadableRequest(Lenient, frozen=True):
    """What can be read of a request that lacks its id, type or status, shares its id, or is of another order."""

    id: Id | None = None
    type: str | None = None

    @property
    def may_revoke(self) -> bool:
        """Whether it may be a request that a revocation meets."""
        return self.type not in ("new_request", "duplicate")


class Order(Lenient, frozen=True):
    """An order, with its primary certificate and its requests."""

    needed = ("id", "status", "certificate", "product", "requests")

    id: Id
    status: str
    """Such as `pending`, `issued`, `reissue_pending`, `rejected`, `revoked`, `canceled`, `needs_approval`."""
    certificate: Certificate
    product: Product
    organization: Organization | None = None
    """The organization named in the certificate; none where DigiCert names none."""
    container: Container | None = None
    """The container (division) that it belongs to."""
    requests: tuple[OrderRequest, ...] = ()
    """The requests made on the order, whatever their type and status; an empty list is absent on the wire, and none is
    in a list of orders."""
    has_duplicates: bool = False
    """Whether the order has duplicates; said by a list of orders alone."""

    unreadable_requests: tuple[UnreadableRequest, ...] = ()
    """What else DigiCert shows among the requests."""

    def __post_init__(self) -> None:
        """Take no request for one of this order that says it is of another, or whose id a request of another type has."""
        types = Counter(id_ for id_, _ in {(request.id, request.type) for request in self.requests})
        strangers = [
            request
            for request in self.requests
            if types[request.id] > 1 or (request.order and request.order.id != self.id)
        ]
        if strangers:
            force_setattr(self, "requests", tuple(each for each in self.requests if each not in strangers))
            unreadable = (UnreadableRequest(request.id, request.type) for request in strangers)
            force_setattr(self, "unreadable_requests", (*self.unreadable_requests, *unreadable))


class Page(Lenient, frozen=True):
    """Where in a list a page stands. DigiCert's own `limit` is not to be relied on: a sample shows it as 0."""

    total: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """The rows of the whole list."""


class ListedOrders(Lenient, frozen=True):
    """A page of the order list."""

    page: Page | None = None
    orders: tuple[Order, ...] = ()
    unreadable_orders: tuple[Unreadable, ...] = ()


class OrderPage(msgspec.Struct, frozen=True):
    """A page of the order list."""

    orders: tuple[Order, ...]
    """Without their requests; without the rows that are not as documented."""
    rows: int
    """How many rows DigiCert gave."""
    total: int
    """The rows of the whole list; where DigiCert does not count them, so many that there may be a next page."""
    counted: bool = True
    """Whether DigiCert counts them."""

    @property
    def ids(self) -> frozenset[int]:
        """The orders of the page."""
        return frozenset(order.id for order in self.orders)


class ListedRequest(AnyRequest, frozen=True):
    """A request as a row of the request list, which lacks the comments of both sides."""

    needed: ClassVar[tuple[str, ...]] = ("id", "type", "status", "order")

    order: OrderReference
    requester: Requester | None = None
    """Who submitted it."""


class ListedRequests(Lenient, frozen=True):
    """A page of the request list."""

    page: Page | None = None
    requests: tuple[ListedRequest, ...] = ()
    unreadable_requests: tuple[Unreadable, ...] = ()


class RequestPage(msgspec.Struct, frozen=True):
    """A page of the request list."""

    requests: tuple[ListedRequest, ...]
    """Those that were asked for; without the rows that are not as documented."""
    rows: int
    """How many rows DigiCert gave."""
    total: int
    """As of `OrderPage`."""
    others: tuple[ListedRequest, ...] = ()
    """Those of another type or status, which a filter let through."""
    counted: bool = True
    """As of `OrderPage`."""

    @property
    def ids(self) -> frozenset[int]:
        """The requests of the page, the others too."""
        return frozenset(row.id for row in (*self.requests, *self.others))

    @property
    def strange(self) -> int:
        """How many rows are not as documented, so that nobody knows what they are about."""
        return self.rows - len(self.requests) - len(self.others)


class StatusChange(Lenient, frozen=True):
    """An order whose status has changed."""

    needed = ("order_id",)

    order_id: Id
    status: str | None
    """Its status now."""


class StatusChanges(Lenient, frozen=True):
    """The orders whose status has changed."""

    orders: tuple[StatusChange, ...] = ()
    """Empty where none has: DigiCert then answers `{}`."""
    unreadable_orders: tuple[Unreadable, ...] = ()


class AccessRole(Lenient, frozen=True):
    """A role of a user, such as `Administrator`."""

    needed = ("name",)

    id: int | None
    name: str


class User(Lenient, frozen=True):
    """The user whom an API key acts for."""

    needed = ("id",)

    id: Id
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    access_roles: tuple[AccessRole, ...] = ()

    @property
    def is_administrator(self) -> bool:
        """Whether the user may approve and reject revocations, and skip the approval."""
        return any(role.name == "Administrator" for role in self.access_roles)


def _models(base: type[Lenient]) -> Iterator[type[Lenient]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


prepare(*_models(Lenient))
