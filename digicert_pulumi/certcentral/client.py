"""The calls of the CertCentral Services API that this package makes."""

from collections.abc import Callable

from digicert_pulumi.certcentral.endpoint import REGIONS
from digicert_pulumi.certcentral.models import Order, Request, User

__all__ = ["Client"]


class Client:
    """A CertCentral account, as one API key sees it."""

    def __init__(
        self,
        api_key: str,
        base_url: str = REGIONS["us"],
        *,
        report: Callable[[str], None] = lambda _line: None,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        answer_timeout: float = 60.0,
        retry_budget: float = 45.0,
    ) -> None:
        raise NotImplementedError

    def get_order(self, order_id: int) -> Order:
        """Read an order."""
        raise NotImplementedError

    def revoke_order(
        self,
        order_id: int,
        *,
        comments: str,
        revocation_reason: str | None = None,
        skip_approval: bool = False,
    ) -> Request | None:
        """Submit a request to revoke all the certificates of an order."""
        raise NotImplementedError

    def get_request(self, request_id: int) -> Request:
        """Read a request."""
        raise NotImplementedError

    def get_user(self) -> User:
        """Read the user whom the API key acts for."""
        raise NotImplementedError
