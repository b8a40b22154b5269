"""The CertCentral Services API endpoints that this package uses."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlencode

import msgspec

from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.endpoint import REGIONS
from digicert_pulumi.certcentral.endpoint import base_url as checked_base_url
from digicert_pulumi.certcentral.errors import NotFound, PartlyUnreadable, UnexpectedAnswer
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.models import (
    Certificate,
    Certificates,
    ListedOrders,
    ListedRequest,
    ListedRequests,
    Order,
    OrderPage,
    Page,
    Request,
    RequestPage,
    StatusChange,
    StatusChanges,
    SubmittedRequest,
    User,
)
from digicert_pulumi.certcentral.pacer import UNPACED, Pacer

if TYPE_CHECKING:
    import stamina

__all__ = ["Client"]

_LONGEST_PAGE = 1000


def _ignore(*_: object) -> None:
    pass


def _always() -> bool:
    return True


class Client:
    """A CertCentral account, as one API key sees it. Threads may share it.

    Reads are retried after transient failures, with growing pauses, for as long as `retry_budget` says.
    A call that changes something is sent once. Its caller makes further attempts with `attempts`, and takes a turn with
    `reserve`, so that the reads that it rests on go right before it.

    Args:
        api_key: A key of the Services API.
        base_url: Where the API is, as `base_url()` gives it.
        pacer: Says when a request may leave; clients of one key and its user share it. Without one they leave at
            once, and only a 429 makes them wait.
        report: Gets one line of text when repeating takes longer than five seconds, and for each list of which rows
            cannot be read.
        note: Gets every call that ended, and its HTTP status; None without an answer.
        may_send: Tells whether this thread may send more than GET. Where it may not, trying it is a RuntimeError.
        connect_timeout: Seconds to open a connection.
        read_timeout: Seconds without a byte before an answer counts as missing.
        answer_timeout: Seconds for a whole answer, however steadily it trickles.
        retry_budget: Seconds in which another attempt may begin, waiting for a turn left out; 0 means a single one.

    Raises:
        InvalidApiKey: The key cannot be one.
        InvalidEndpoint: The base URL cannot be used.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str = REGIONS["us"],
        *,
        pacer: Pacer | None = None,
        report: Callable[[str], None] = _ignore,
        note: Callable[[Call, int | None], None] = _ignore,
        may_send: Callable[[], bool] = _always,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        answer_timeout: float = 60.0,
        retry_budget: float = 45.0,
    ) -> None:
        # Not at the top: a process that only talks of orders and errors need not load `requests`.
        from digicert_pulumi.certcentral.session import Session  # noqa: PLC0415
        from digicert_pulumi.certcentral.transport import Transport  # noqa: PLC0415

        self._report = report
        self._told: set[str] = set()
        self._base_url = checked_base_url(url=base_url)
        key = ApiKey(api_key)
        transport = Transport(
            key,
            self._base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            answer_timeout=answer_timeout,
        )
        self._pacer = pacer or Pacer(UNPACED, report=report)
        self._session = Session(
            key,
            transport,
            self._pacer,
            retry_budget=retry_budget,
            report=report,
            note=note,
            may_send=may_send,
        )

    def __repr__(self) -> str:
        return f"Client({self._base_url!r})"

    def __reduce__(self) -> NoReturn:
        msg = "a client holds an API key and connections, and cannot be pickled"
        raise TypeError(msg)

    def attempts(self) -> "Iterator[stamina.Attempt]":
        """Yield attempts to send a call that changes something, as long as DigiCert surely did not process the last one.

        Raises:
            RuntimeError: This thread may not send it.
        """
        return self._session.attempts()

    def reserve(self, calls: Callable[[], int]) -> AbstractContextManager[Callable[[], bool]]:
        """Wait until so many calls of this thread may go, with no other call in between. See `Pacer.reserve`."""
        return self._pacer.reserve(calls)

    def get_order(self, order_id: int) -> Order:
        """Read an order. Source: "Order info", `GET /order/certificate/{order_id}`.

        Raises:
            OrderNotFound: The account has no such order.
            CertCentralError: Any other failure; it says nothing about whether the order exists.
        """
        call = Call("GET", f"/order/certificate/{order_id:d}", order_id=order_id)
        order = self._session.read(call, Order)
        self._tell(call, "requests", order.unreadable_requests)
        return order

    def find_order(self, identifier: str) -> Order | None:
        """Read an order by its primary certificate. Source: "Order info", `GET /order/certificate/{order_id}`.

        The caller compares what it gets: digits alone could also be an order's id.

        Args:
            identifier: The certificate's serial number or SHA-1 thumbprint, hexadecimal. A duplicate's finds nothing.

        Returns:
            The order; None if the account has none with such a primary certificate.

        Raises:
            CertCentralError: It cannot be read.
        """
        call = Call("GET", f"/order/certificate/{int(identifier, 16):0{len(identifier)}X}")
        try:
            order = self._session.read(call, Order)
        except NotFound as error:
            if set(error.codes) == {"not_found|order"}:
                return None
            raise
        self._tell(call, "requests", order.unreadable_requests)
        return order

    def get_duplicates(self, order_id: int) -> tuple[Certificate, ...]:
        """Read the duplicates of an order. Source: "List duplicates", `GET /order/certificate/{order_id}/duplicate`.

        Raises:
            PartlyUnreadable: Some of them cannot be read.
            CertCentralError: They cannot be read.
        """
        return self._certificates(order_id, "duplicate")

    def get_reissues(self, order_id: int) -> tuple[Certificate, ...]:
        """Read the reissues of an order. Source: "List reissues", `GET /order/certificate/{order_id}/reissue`.

        Raises:
            PartlyUnreadable: Some of them cannot be read.
            CertCentralError: They cannot be read.
        """
        return self._certificates(order_id, "reissue")

    def list_orders(
        self,
        offset: int = 0,
        *,
        limit: int = _LONGEST_PAGE,
        sort: str | None = None,
        filters: Mapping[str, object] | None = None,
    ) -> OrderPage:
        """Read a page of the account's orders. Source: "List orders", `GET /order/certificate`.

        Args:
            offset: How many rows to leave out.
            limit: How many rows to read, at most 1,000.
            sort: Fields such as `order_id`, separated by commas, a `-` before those to sort downwards.
            filters: Values by the name of a filter, such as `status`.

        Raises:
            CertCentralError: It cannot be read.
        """
        call = _listing("/order/certificate", offset, limit, sort, filters)
        page = self._session.read_list(call, ListedOrders)
        rows = len(page.orders) + len(page.unreadable_orders)
        return OrderPage(page.orders, rows, *_total(page.page, offset, rows))

    def list_requests(
        self,
        type_: str,
        offset: int = 0,
        *,
        limit: int = _LONGEST_PAGE,
        sort: str | None = None,
        status: str | None = None,
    ) -> RequestPage:
        """Read a page of the account's requests. Source: "List requests", `GET /request`.

        Args:
            type_: `new_request`, `revoke`, `duplicate` or `reissue`. DigiCert is known to have ignored filters: what
                has another type is no request of the page here, but one of the others.
            offset: How many rows to leave out.
            limit: How many rows to read, at most 1,000.
            sort: Fields such as `id`, separated by commas, a `-` before those to sort downwards.
            status: `submitted`, `pending`, `approved` or `rejected`; all of them by default.

        Raises:
            CertCentralError: It cannot be read.
        """
        filters = {"type": type_} | ({"status": status} if status else {})
        call = _listing("/request", offset, limit, sort, filters)
        page = self._session.read_list(call, ListedRequests)
        self._tell(call, "requests", page.unreadable_requests)
        wanted: list[ListedRequest] = []
        others: list[ListedRequest] = []
        for row in page.requests:
            (wanted if row.type == type_ and status in (None, row.status) else others).append(row)
        rows = len(page.requests) + len(page.unreadable_requests)
        total, counted = _total(page.page, offset, rows)
        return RequestPage(tuple(wanted), rows, total, tuple(others), counted)

    def status_changes(self, seconds: int) -> tuple[StatusChange, ...]:
        """Read which orders' status changed. Source: "Status change list", `GET /order/certificate/status-changes`.

        Args:
            seconds: For how long back, at most 604,800 (seven days).

        Raises:
            CertCentralError: They cannot be read, or a row does not tell of which order it is.
        """
        call = Call("GET", f"/order/certificate/status-changes?seconds={seconds:d}")
        changes = self._session.read_list(call, StatusChanges)
        if changes.unreadable_orders:
            self._tell(call, "status changes", changes.unreadable_orders)
            raise UnexpectedAnswer("DigiCert's list of status changes does not say which orders have changed")
        return changes.orders

    def get_request(self, request_id: int) -> Request:
        """Read a request. Source: "Request info", `GET /request/{request_id}`.

        Raises:
            CertCentralError: It cannot be read.
        """
        return self._session.read(Call("GET", f"/request/{request_id:d}", request_id=request_id), Request)

    def get_certificates_in_pem(self, certificate_id: int, *, order_id: int) -> str:
        """Read a certificate and its chain, in PEM.

        Source: "Download certificate", `GET /certificate/{certificate_id}/download/format/pem_all`.

        Args:
            certificate_id: The certificate.
            order_id: Its order, for an error to name.

        Raises:
            CertCentralError: It cannot be read.
        """
        path = f"/certificate/{certificate_id:d}/download/format/pem_all"
        return self._session.read_pem(Call("GET", path, order_id=order_id, accept="*/*"))

    def get_user(self) -> User:
        """Read the user whom the API key acts for. Source: "User info", `GET /user/me`.

        Raises:
            CertCentralError: It cannot be read.
        """
        return self._session.read(Call("GET", "/user/me"), User)

    def revoke_order(
        self,
        order_id: int,
        *,
        comments: str,
        revocation_reason: str | None = None,
        skip_approval: bool = False,
    ) -> SubmittedRequest | None:
        """Ask DigiCert to revoke all the certificates of an order, duplicates and reissues included.

        Source: "Revoke order certificates", `PUT /order/certificate/{order_id}/revoke`.

        Args:
            order_id: The order.
            comments: The message to the approver; stored with the request.
            revocation_reason: `unspecified`, `keyCompromise`, `affiliationChanged`, `superseded` or
                `cessationOfOperation`. DigiCert ignores it for other certificates than TLS ones.
            skip_approval: Revoke at once, without a request; needs the key of an administrator.

        Returns:
            The request, which an administrator has to approve; none where DigiCert revoked at once.

        Raises:
            CertCentralError: The revocation was not asked for, or may not have been: `fate` tells.
        """
        call = Call(
            "PUT",
            f"/order/certificate/{order_id:d}/revoke",
            _revocation(comments, revocation_reason, skip_approval=skip_approval),
            order_id=order_id,
        )
        return self._session.revoke(call, at_once=skip_approval)

    def revoke_certificate(
        self,
        certificate_id: int,
        *,
        order_id: int,
        comments: str,
        revocation_reason: str | None = None,
        skip_approval: bool = False,
    ) -> SubmittedRequest | None:
        """Ask DigiCert to revoke a single certificate.

        Source: "Revoke certificate", `PUT /certificate/{certificate_identifier}/revoke`. The other certificates of
        the order stay valid; whether the order stays active after its last one is a setting of the account.

        Args:
            certificate_id: The certificate.
            order_id: Its order, for an error to name.
            comments: As for `revoke_order`.
            revocation_reason: As for `revoke_order`.
            skip_approval: As for `revoke_order`.

        Returns:
            The request, which an administrator has to approve; none where DigiCert revoked at once.

        Raises:
            CertCentralError: The revocation was not asked for, or may not have been: `fate` tells.
        """
        call = Call(
            "PUT",
            f"/certificate/{certificate_id:d}/revoke",
            _revocation(comments, revocation_reason, skip_approval=skip_approval),
            order_id=order_id,
        )
        return self._session.revoke(call, at_once=skip_approval)

    def update_request_status(
        self,
        request_id: int,
        status: str,
        *,
        processor_comment: str | None = None,
    ) -> None:
        """Decide on a request. Source: "Update request status", `PUT /request/{request_id}/status`.

        Args:
            request_id: The request.
            status: `approved` or `rejected`.
            processor_comment: The message to the requester.

        Raises:
            CertCentralError: It was not decided, or may not have been: `fate` tells.
        """
        body = {"status": status}
        if processor_comment is not None:
            body["processor_comment"] = processor_comment
        path = f"/request/{request_id:d}/status"
        call = Call("PUT", path, msgspec.json.encode(body), request_id=request_id)
        self._session.carry_out(call)

    def _certificates(self, order_id: int, kind: str) -> tuple[Certificate, ...]:
        call = Call("GET", f"/order/certificate/{order_id:d}/{kind}", order_id=order_id)
        listed = self._session.read_list(call, Certificates)
        if unreadable := len(listed.unreadable_certificates):
            raise PartlyUnreadable(
                f"{unreadable} of the {kind}s in DigiCert's list cannot be read",
                listed.certificates,
                remedy=call.remedy_for_misfit,
                **call.about,
            )
        return listed.certificates

    def _tell(self, call: Call, rows: str, unreadable: tuple[object, ...]) -> None:
        """Tell the user of rows that cannot be read, once for each list."""
        path = call.path.partition("?")[0]
        if not unreadable or path in self._told:
            return
        self._told.add(path)
        where = f"order {call.order_id}: " if call.order_id is not None else ""
        self._report(
            f"{where}{len(unreadable)} of the {rows} in DigiCert's answer cannot be read and are ignored; "
            "check them in CertCentral"
        )


def _revocation(comments: str, revocation_reason: str | None, *, skip_approval: bool) -> bytes:
    body: dict[str, Any] = {"comments": comments}
    if revocation_reason is not None:
        body["revocation_reason"] = revocation_reason
    if skip_approval:
        body["skip_approval"] = True
    return msgspec.json.encode(body)


def _listing(
    path: str, offset: int, limit: int, sort: str | None, filters: Mapping[str, object] | None
) -> Call:
    query: dict[str, object] = {f"filters[{name}]": value for name, value in (filters or {}).items()}
    query |= {"offset": offset, "limit": limit}
    if sort:
        query["sort"] = sort
    return Call("GET", f"{path}?{urlencode(query)}")


def _total(page: Page | None, offset: int, rows: int) -> tuple[int, bool]:
    """Tell how many rows a list has, and whether DigiCert counts them.

    Where it does not, or shows more than it counts, only a page without rows is the last one.
    """
    if page and page.total is not None and not (rows and offset + rows > page.total):
        return page.total, True
    return offset + rows + bool(rows), False
