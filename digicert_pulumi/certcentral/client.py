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
    """A client for the CertCentral account of one API key. Thread-safe.

    Reads are retried with exponential backoff after transient failures, within `retry_budget`. A call that changes
    something is sent once. Its caller retries it with `attempts`, and uses `reserve` to make the reads that it requires
    right before it.

    Args:
        api_key: An API key of the Services API.
        base_url: The base URL of the API, from `base_url()`.
        pacer: The rate limiter, shared by all clients with API keys of the same user. By default, requests are sent at
            once, and wait only after a 429.
        report: Called with a one-line message if retries take longer than five seconds, and for each list with rows that
            can't be read.
        note: Called after each call, with its HTTP status; None without a response.
        may_send: Whether this thread may send other calls than GET. If not, sending one is a RuntimeError.
        connect_timeout: Timeout for opening a connection, in seconds.
        read_timeout: The longest time without a byte of the response, in seconds.
        answer_timeout: Timeout for the whole response, in seconds.
        retry_budget: Seconds in which another attempt may begin, without the waits for the rate limiter; 0 means a
            single attempt.

    Raises:
        InvalidApiKey: No HTTP header can carry the key.
        InvalidEndpoint: The base URL can't be used.
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
        # Imported here so that a process without a client doesn't load `requests`.
        from digicert_pulumi.certcentral.session import Session  # noqa: PLC0415
        from digicert_pulumi.certcentral.transport import Transport  # noqa: PLC0415

        self._report = report
        self._reported: set[str] = set()
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
        """Yield attempts to send a call that changes something, as long as DigiCert surely didn't process the last one.

        Raises:
            RuntimeError: This thread may only send GET.
        """
        return self._session.attempts()

    def reserve(self, calls: Callable[[], int]) -> AbstractContextManager[Callable[[], bool]]:
        """Wait until this thread may send this many calls, with no other call in between. See `Pacer.reserve`."""
        return self._pacer.reserve(calls)

    def get_order(self, order_id: int) -> Order:
        """Read an order. Source: "Order info", `GET /order/certificate/{order_id}`.

        Raises:
            OrderNotFound: The account doesn't have the order.
            CertCentralError: Any other failure; the order may exist.
        """
        call = Call("GET", f"/order/certificate/{order_id:d}", order_id=order_id)
        order = self._session.read(call, Order)
        self._report_unreadable(call, "requests", order.unreadable_requests)
        return order

    def find_order(self, identifier: str) -> Order | None:
        """Read an order by its primary certificate. Source: "Order info", `GET /order/certificate/{order_id}`.

        The caller must compare the certificate: an identifier of digits alone could also be the id of another order.

        Args:
            identifier: The serial number or SHA-1 thumbprint of the primary certificate, hexadecimal. Those of
                duplicates aren't found.

        Returns:
            The order; None if no order of the account has this primary certificate.

        Raises:
            CertCentralError: The order can't be read.
        """
        call = Call("GET", f"/order/certificate/{int(identifier, 16):0{len(identifier)}X}")
        try:
            order = self._session.read(call, Order)
        except NotFound as error:
            if set(error.codes) == {"not_found|order"}:
                return None
            raise
        self._report_unreadable(call, "requests", order.unreadable_requests)
        return order

    def get_duplicates(self, order_id: int) -> tuple[Certificate, ...]:
        """Read the duplicates of an order. Source: "List duplicates", `GET /order/certificate/{order_id}/duplicate`.

        Raises:
            PartlyUnreadable: Some of the duplicates can't be read.
            CertCentralError: The list can't be read.
        """
        return self._certificates(order_id, "duplicate")

    def get_reissues(self, order_id: int) -> tuple[Certificate, ...]:
        """Read the reissues of an order. Source: "List reissues", `GET /order/certificate/{order_id}/reissue`.

        Raises:
            PartlyUnreadable: Some of the reissues can't be read.
            CertCentralError: The list can't be read.
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
            offset: The number of rows to skip.
            limit: The number of rows to read, at most 1,000.
            sort: Comma-separated fields, such as `order_id`. A `-` before a field sorts in descending order.
            filters: Filter values by name, such as `status`.

        Raises:
            CertCentralError: The page can't be read.
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
            type_: `new_request`, `revoke`, `duplicate` or `reissue`. DigiCert is known to ignore filters, so requests of
                another type or status are returned in the page's `others`.
            offset: The number of rows to skip.
            limit: The number of rows to read, at most 1,000.
            sort: Comma-separated fields, such as `id`. A `-` before a field sorts in descending order.
            status: `submitted`, `pending`, `approved` or `rejected`; all by default.

        Raises:
            CertCentralError: The page can't be read.
        """
        filters = {"type": type_} | ({"status": status} if status else {})
        call = _listing("/request", offset, limit, sort, filters)
        page = self._session.read_list(call, ListedRequests)
        self._report_unreadable(call, "requests", page.unreadable_requests)
        wanted: list[ListedRequest] = []
        others: list[ListedRequest] = []
        for row in page.requests:
            (wanted if row.type == type_ and status in (None, row.status) else others).append(row)
        rows = len(page.requests) + len(page.unreadable_requests)
        total, counted = _total(page.page, offset, rows)
        return RequestPage(tuple(wanted), rows, total, tuple(others), counted)

    def status_changes(self, seconds: int) -> tuple[StatusChange, ...]:
        """Read the orders whose status changed. Source: "Status change list", `GET /order/certificate/status-changes`.

        Args:
            seconds: The period up to now, at most 604,800 (seven days).

        Raises:
            CertCentralError: The list can't be read, or a row doesn't name its order.
        """
        call = Call("GET", f"/order/certificate/status-changes?seconds={seconds:d}")
        changes = self._session.read_list(call, StatusChanges)
        if changes.unreadable_orders:
            self._report_unreadable(call, "status changes", changes.unreadable_orders)
            raise UnexpectedAnswer("DigiCert's list of status changes does not say which orders have changed")
        return changes.orders

    def get_request(self, request_id: int) -> Request:
        """Read a request. Source: "Request info", `GET /request/{request_id}`.

        Raises:
            CertCentralError: The request can't be read.
        """
        return self._session.read(Call("GET", f"/request/{request_id:d}", request_id=request_id), Request)

    def get_certificates_in_pem(self, certificate_id: int, *, order_id: int | None) -> str:
        """Read a certificate and its chain, in PEM.

        Source: "Download certificate", `GET /certificate/{certificate_id}/download/format/pem_all`.

        Args:
            certificate_id: The certificate.
            order_id: The certificate's order, for error messages.

        Raises:
            CertCentralError: The certificate can't be read.
        """
        path = f"/certificate/{certificate_id:d}/download/format/pem_all"
        return self._session.read_pem(Call("GET", path, order_id=order_id, accept="*/*"))

    def get_user(self) -> User:
        """Read the user of the API key. Source: "User info", `GET /user/me`.

        Raises:
            CertCentralError: The user can't be read.
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
        """Submit a request to revoke all certificates of an order, including duplicates and reissues.

        Source: "Revoke order certificates", `PUT /order/certificate/{order_id}/revoke`.

        Args:
            order_id: The order.
            comments: The message to the administrator, stored with the request.
            revocation_reason: `unspecified`, `keyCompromise`, `affiliationChanged`, `superseded` or
                `cessationOfOperation`. DigiCert ignores it for certificates that aren't TLS certificates.
            skip_approval: Whether to revoke at once, without a request. This requires an administrator's API key.

        Returns:
            The request, which an administrator has to approve; None if DigiCert revoked at once.

        Raises:
            CertCentralError: The call failed; `fate` shows what DigiCert did with it.
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
        """Submit a request to revoke a single certificate.

        Source: "Revoke certificate", `PUT /certificate/{certificate_identifier}/revoke`. The other certificates of
        the order stay valid. A setting of the account says whether the order stays active after its last certificate.

        Args:
            certificate_id: The certificate.
            order_id: The certificate's order, for error messages.
            comments: As for `revoke_order`.
            revocation_reason: As for `revoke_order`.
            skip_approval: As for `revoke_order`.

        Returns:
            The request, which an administrator has to approve; None if DigiCert revoked at once.

        Raises:
            CertCentralError: The call failed; `fate` shows what DigiCert did with it.
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
            CertCentralError: The call failed; `fate` shows what DigiCert did with it.
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

    def _report_unreadable(self, call: Call, rows: str, unreadable: tuple[object, ...]) -> None:
        """Warn the user about rows that can't be read, once for each list."""
        path = call.path.partition("?")[0]
        if not unreadable or path in self._reported:
            return
        self._reported.add(path)
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
    """Return the number of rows of a list, and whether DigiCert counted them.

    If DigiCert reports no count, or one that is too low, the list ends with the first page without rows.
    """
    if page and page.total is not None and not (rows and offset + rows > page.total):
        return page.total, True
    return offset + rows + bool(rows), False
