"""CertCentral's responses as typed values.

Fields that the rules need are strict: a missing or mistyped id, status or type is an error. All others are lenient: a
field that doesn't fit counts as absent. Fields that this package doesn't use are ignored.
Statuses and types are plain strings, because DigiCert adds new ones.
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
"""An id: a JSON integer. The engine stores numbers as floats, and would round an id above 2**53 to another one."""

REQUEST_TYPES = frozenset({"new_request", "revoke", "duplicate", "reissue"})
"""The documented types of requests. A request of another type may be for anything."""


class Organization(Lenient, frozen=True):
    """The organization that an order was validated for."""

    id: Id | None = None
    name: str | None = None
    """The legal name."""


class Container(Lenient, frozen=True):
    """The container (division) that an order belongs to."""

    id: Id | None = None
    name: str | None = None


class Product(Lenient, frozen=True):
    """The product that was ordered."""

    needed = ("name_id",)

    name_id: str
    """DigiCert's identifier of the product, such as `ssl_plus`."""
    name: str = ""
    """The product's name, such as `Secure Site`; its identifier if DigiCert shows no name."""
    type: str | None = None
    """The product's family, such as `ssl_certificate` or `dv_ssl_certificate`."""

    def __post_init__(self) -> None:
        """Use the identifier as the name if there is no name."""
        if not self.name:
            force_setattr(self, "name", self.name_id)


class Certificate(Lenient, frozen=True):
    """A certificate of an order; while the order is pending, only what was ordered."""

    needed = ("id", "serial_number", "status")

    id: Id | None = None
    common_name: str | None = None
    dns_names: tuple[str, ...] = ()
    """The DNS names in the certificate; empty if DigiCert shows none."""
    serial_number: str | None = None
    """Hexadecimal."""
    thumbprint: str | None = None
    """Hexadecimal SHA-1 of the certificate."""
    valid_from: str | None = None
    """A date."""
    valid_till: str | None = None
    """A date."""
    csr: str | None = None
    """The certificate signing request, PEM; missing in lists of orders."""
    status: str | None = None
    """The status of a duplicate or reissue, such as `issued`, `pending`, `rejected`. A primary certificate usually lacks
    it."""


class Unreadable(Lenient, frozen=True):
    """A row of a list whose needed fields can't be read."""


class Certificates(Lenient, frozen=True):
    """The duplicates or the reissues of an order."""

    certificates: tuple[Certificate, ...] = ()
    """Empty if DigiCert lists none."""
    unreadable_certificates: tuple[Unreadable, ...] = ()


class Requester(Lenient, frozen=True):
    """The user who submitted or processed a request."""

    needed = ("id",)

    id: Id
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class OrderReference(Lenient, frozen=True):
    """The order that a request is for."""

    needed = ("id",)

    id: Id


class AnyRequest(Lenient, frozen=True):
    """A request on an order, which an administrator approves or rejects: the fields that CertCentral shows everywhere."""

    needed: ClassVar[tuple[str, ...]] = ("id", "type", "status")

    id: Id
    date: str | None
    """When it was submitted, a timestamp."""
    type: str
    """`new_request`, `revoke`, `duplicate`, `reissue`."""
    status: str
    """`submitted`, `pending`, `approved`, `rejected`."""


class OrderRequest(AnyRequest, frozen=True):
    """A request in its order, without the requester and the processor."""

    comments: str | None = None
    """The requester's message to the administrator."""
    order: OrderReference | None = None
    """The order that the request is for; absent in the requests that an order lists."""


class SubmittedRequest(OrderRequest, frozen=True):
    """A request in the response to a revocation, before the decision on it."""

    requester: Requester | None = None
    """Who submitted it."""


class Request(SubmittedRequest, frozen=True):
    """A request that was read by itself, with its processor, their comment and the date."""

    processor_comment: str | None = None
    """The processor's message to the requester."""
    date_processed: str | None = None
    """When the request was approved or rejected, a timestamp; absent until then."""
    processor: Requester | None = None
    """The administrator who approved or rejected the request."""


class UnreadableRequest(Lenient, frozen=True):
    """The readable fields of a request that lacks its id, type or status, shares its id, or is for another order."""

    id: Id | None = None
    type: str | None = None

    @property
    def may_revoke(self) -> bool:
        """Whether this may be a request to revoke, or one that prevents a revocation."""
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
    """The organization in the certificate; None if DigiCert shows none."""
    container: Container | None = None
    """The container (division) that the order belongs to."""
    requests: tuple[OrderRequest, ...] = ()
    """The order's requests of all types and statuses. DigiCert omits an empty list, and lists of orders lack requests."""
    has_duplicates: bool = False
    """Whether the order has duplicates; only lists of orders show this."""

    unreadable_requests: tuple[UnreadableRequest, ...] = ()
    """The rows among the order's requests that can't be used."""

    def __post_init__(self) -> None:
        """Move requests that name another order, or share their id with a request of another type, to the unreadable."""
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
    """The position of a page in its list. DigiCert's own `limit` isn't used: a sample shows it as 0."""

    total: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """The number of rows of the whole list."""


class ListedOrders(Lenient, frozen=True):
    """A page of the order list."""

    page: Page | None = None
    orders: tuple[Order, ...] = ()
    unreadable_orders: tuple[Unreadable, ...] = ()


class OrderPage(msgspec.Struct, frozen=True):
    """A page of the order list."""

    orders: tuple[Order, ...]
    """The readable rows. These orders lack their requests."""
    rows: int
    """The number of rows that DigiCert returned."""
    total: int
    """The number of rows of the whole list. If DigiCert didn't count them, high enough that there may be a next page."""
    counted: bool = True
    """Whether DigiCert counted the rows."""

    @property
    def ids(self) -> frozenset[int]:
        """The ids of the page's orders."""
        return frozenset(order.id for order in self.orders)


class ListedRequest(AnyRequest, frozen=True):
    """A request in the request list, without the comments of the requester and the processor."""

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
    """The readable rows of the requested type and status."""
    rows: int
    """The number of rows that DigiCert returned."""
    total: int
    """As in `OrderPage`."""
    others: tuple[ListedRequest, ...] = ()
    """The readable rows of another type or status, if DigiCert ignored a filter."""
    counted: bool = True
    """As in `OrderPage`."""

    @property
    def ids(self) -> frozenset[int]:
        """The ids of the page's requests, including `others`."""
        return frozenset(row.id for row in (*self.requests, *self.others))

    @property
    def strange(self) -> int:
        """The number of unreadable rows, which may be for any order."""
        return self.rows - len(self.requests) - len(self.others)


class StatusChange(Lenient, frozen=True):
    """An order whose status changed."""

    needed = ("order_id",)

    order_id: Id
    status: str | None
    """The current status."""


class StatusChanges(Lenient, frozen=True):
    """The orders whose status changed."""

    orders: tuple[StatusChange, ...] = ()
    """Empty if no status changed: DigiCert then returns `{}`."""
    unreadable_orders: tuple[Unreadable, ...] = ()


class AccessRole(Lenient, frozen=True):
    """A role of a user, such as `Administrator`."""

    needed = ("name",)

    id: int | None
    name: str


class User(Lenient, frozen=True):
    """The user of an API key."""

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
