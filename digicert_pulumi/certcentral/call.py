"""One call of the API: what sending it and reporting its errors require."""

from dataclasses import dataclass
from typing import TypedDict

__all__ = ["Call"]

_LOOK_FIRST = "The request may have been processed: read the order before sending it again."


class _About(TypedDict):
    order_id: int | None
    request_id: int | None


@dataclass(frozen=True)
class Call:
    """A call to CertCentral.

    Attributes:
        method: `PUT`, or `GET`, which changes nothing at DigiCert and can be retried freely.
        path: The path below the base URL.
        body: The JSON body.
        order_id: The order that the call is for.
        request_id: The request that the call is for.
        accept: The media type of the response.
    """

    method: str
    path: str
    body: bytes | None = None
    order_id: int | None = None
    request_id: int | None = None
    accept: str = "application/json"

    @property
    def only_reads(self) -> bool:
        """Whether the call changes nothing at DigiCert."""
        return self.method == "GET"

    @property
    def asked_for(self) -> int | None:
        """The id that the response to a read must have; None if the call has no id."""
        return self.order_id if self.order_id is not None else self.request_id

    @property
    def about(self) -> _About:
        """The order and the request that an error of this call names."""
        return {"order_id": self.order_id, "request_id": self.request_id}

    @property
    def remedy(self) -> str:
        """The remedy if there is no usable response."""
        return "Try again later." if self.only_reads else _LOOK_FIRST

    @property
    def remedy_for_surprise(self) -> str:
        """The remedy if the response doesn't look like CertCentral's."""
        return "Check the base URL, or try again later." if self.only_reads else _LOOK_FIRST

    @property
    def remedy_for_misfit(self) -> str:
        """The remedy if the response is JSON, but not as CertCentral documents it."""
        look = "Check it in CertCentral; if all is well there, report this line to the authors of digicert_pulumi."
        return look if self.only_reads else _LOOK_FIRST

    @property
    def remedy_for_interception(self) -> str:
        """The remedy if a proxy, firewall or gateway responded instead of CertCentral."""
        check = "Check the base URL, and any proxy between this machine and DigiCert."
        return check if self.only_reads else f"{check} {_LOOK_FIRST}"
