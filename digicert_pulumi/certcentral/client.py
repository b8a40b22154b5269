"""The calls of the CertCentral Services API that this package makes."""

from collections.abc import Callable
from typing import Any, NoReturn

import msgspec

from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.endpoint import REGIONS
from digicert_pulumi.certcentral.endpoint import base_url as checked_base_url
from digicert_pulumi.certcentral.key import ApiKey
from digicert_pulumi.certcentral.models import Certificate, Certificates, Order, Request, User

__all__ = ["Client"]


def _ignore(_line: str) -> None:
    pass


class Client:
    """A CertCentral account, as one API key sees it. Threads may share it.

    Reading is repeated after failures that may pass, with growing pauses, for as long as `retry_budget` says.
    A call that changes something is repeated only when it is sure that DigiCert did not process it; any other
    failure of it is raised at once, for the caller to look before it asks again.

    Args:
        api_key: A key of the Services API.
        base_url: Where the API is, as `base_url()` gives it.
        report: Gets one line of text when repeating takes longer than five seconds.
        connect_timeout: Seconds to open a connection.
        read_timeout: Seconds without a byte before an answer counts as missing.
        answer_timeout: Seconds for a whole answer, however steadily it trickles.
        retry_budget: Seconds in which another attempt may begin; 0 means a single one.

    Raises:
        InvalidApiKey: The key cannot be one.
        InvalidEndpoint: The base URL cannot be used.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str = REGIONS["us"],
        *,
        report: Callable[[str], None] = _ignore,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        answer_timeout: float = 60.0,
        retry_budget: float = 45.0,
    ) -> None:
        # Not at the top: a process that only talks of orders and errors need not load `requests`.
        from digicert_pulumi.certcentral.session import Session  # noqa: PLC0415
        from digicert_pulumi.certcentral.transport import Transport  # noqa: PLC0415

        self._base_url = checked_base_url(url=base_url)
        key = ApiKey(api_key)
        transport = Transport(
            key,
            self._base_url,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            answer_timeout=answer_timeout,
        )
        self._session = Session(key, transport, retry_budget=retry_budget, report=report)

    def __repr__(self) -> str:
        return f"Client({self._base_url!r})"

    def __reduce__(self) -> NoReturn:
        msg = "a client holds an API key and connections, and cannot be pickled"
        raise TypeError(msg)

    def get_order(self, order_id: int) -> Order:
        """Read an order. Source: "Order info", `GET /order/certificate/{order_id}`.

        Raises:
            OrderNotFound: The account has no such order.
            CertCentralError: Any other failure; it says nothing about whether the order exists.
        """
        return self._session.read(Call("GET", f"/order/certificate/{order_id:d}", order_id=order_id), Order)

    def get_duplicates(self, order_id: int) -> tuple[Certificate, ...]:
        """Read the duplicates of an order. Source: "List duplicates", `GET /order/certificate/{order_id}/duplicate`.

        Raises:
            CertCentralError: They cannot be read.
        """
        call = Call("GET", f"/order/certificate/{order_id:d}/duplicate", order_id=order_id)
        return self._session.read_list(call, Certificates).certificates

    def get_reissues(self, order_id: int) -> tuple[Certificate, ...]:
        """Read the reissues of an order. Source: "List reissues", `GET /order/certificate/{order_id}/reissue`.

        Raises:
            CertCentralError: They cannot be read.
        """
        call = Call("GET", f"/order/certificate/{order_id:d}/reissue", order_id=order_id)
        return self._session.read_list(call, Certificates).certificates

    def get_request(self, request_id: int) -> Request:
        """Read a request. Source: "Request info", `GET /request/{request_id}`.

        Raises:
            CertCentralError: It cannot be read.
        """
        return self._session.read(Call("GET", f"/request/{request_id:d}", request_id=request_id), Request)

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
    ) -> Request | None:
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
        body: dict[str, Any] = {"comments": comments}
        if revocation_reason is not None:
            body["revocation_reason"] = revocation_reason
        if skip_approval:
            body["skip_approval"] = True
        path = f"/order/certificate/{order_id:d}/revoke"
        call = Call("PUT", path, msgspec.json.encode(body), order_id=order_id)
        return self._session.submit(call, "revoke")
