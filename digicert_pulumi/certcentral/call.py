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
    """What is asked of CertCentral.

    Attributes:
        method: `GET`, which changes nothing at DigiCert and may be repeated freely, or `PUT`.
        path: The path below the base URL.
        body: The JSON body.
        order_id: The order that the call is about.
        request_id: The request that the call is about.
        accept: The media type of the answer.
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
        """The id that an answer to a reading must have; none where the call names none."""
        return self.order_id if self.order_id is not None else self.request_id

    @property
    def about(self) -> _About:
        """What an error of this call is about."""
        return {"order_id": self.order_id, "request_id": self.request_id}

    @property
    def remedy(self) -> str:
        """What to do when there was no usable answer."""
        return "Try again later." if self.only_reads else _LOOK_FIRST

    @property
    def remedy_for_surprise(self) -> str:
        """What to do when the answer does not look like CertCentral's."""
        return "Check the base URL, or try again later." if self.only_reads else _LOOK_FIRST

    @property
    def remedy_for_misfit(self) -> str:
        """What to do when the answer is JSON, and not as CertCentral documents it."""
        look = "Check it in CertCentral; if all is well there, report this line to the authors of digicert_pulumi."
        return look if self.only_reads else _LOOK_FIRST

    @property
    def remedy_for_interception(self) -> str:
        """What to do when something between this machine and CertCentral answered."""
        check = "Check the base URL, and any proxy between this machine and DigiCert."
        return check if self.only_reads else f"{check} {_LOOK_FIRST}"
