"""The resources that are disturbed: what each declares, sends and reads, and when it is true."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from support.provider import by_front_end

from digicert_pulumi.declaring import certificate_revocation, order_revocation, revocation_decision

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from support.sandbox import Sandbox


class Kind(ABC):
    """A resource, of which every order of a lifecycle has one or more.

    Attributes:
        name: The class that programs import.
        provider: Its provider by reference.
        put: The endpoint that takes what it sends.
        readings: The endpoints that it reads before and after, with how often an `up` does so before.
        is_administrators: Whether it takes an administrator's key.
    """

    name: ClassVar[str]
    provider: ClassVar[str]
    put: ClassVar[str]
    readings: ClassVar[Mapping[str, int]]
    is_administrators: ClassVar[bool] = False

    @property
    def type(self) -> str:
        """Its type in the state."""
        return by_front_end(
            dynamic=f"pulumi-python:dynamic/digicert:{self.name}", native=f"digicert:index:{self.name}"
        )

    def begin(self, sandbox: Sandbox, orders: Sequence[int]) -> None:
        """See that there is what it is about."""
        del sandbox, orders  # the orders are

    @abstractmethod
    def arguments(self, sandbox: Sandbox, order: int, comments: str) -> dict[str, Any]:
        """What a program declares for an order: first what identifies the resource."""

    def decide(self, sandbox: Sandbox, request: int, *, approve: bool) -> None:
        """Let the administrator decide on a request that it made."""
        if approve:
            sandbox.approve(request)
        else:
            sandbox.reject(request, "Not this one.")

    @abstractmethod
    def is_done(self, request: Mapping[str, Any]) -> bool:
        """Whether the order's first request is as this resource has to leave it."""

    @abstractmethod
    def is_true(self, state: Mapping[str, Any], request: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
        """Whether the state says what DigiCert says of the order and its first request."""


class _Revocation(Kind):
    def is_done(self, request: Mapping[str, Any]) -> bool:
        """It is, once there is one."""
        return bool(request)

    def is_true(self, state: Mapping[str, Any], request: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
        """The state names the request, with what became of it."""
        return (
            (state.get("requestId"), state.get("status")) == (request["id"], request["status"])
            and state["revoked"] is self.is_revoked(order)
            and state.get("processorComment") == request["processor_comment"]
        )

    @abstractmethod
    def is_revoked(self, order: Mapping[str, Any]) -> bool:
        """Whether what it revokes is revoked."""


class _Order(_Revocation):
    name = "OrderRevocation"
    provider = order_revocation.PROVIDER
    put = "revoke_order"
    readings: ClassVar = {"get_order": 1}

    def arguments(self, sandbox: Sandbox, order: int, comments: str) -> dict[str, Any]:  # noqa: ARG002
        return {"order_id": order, "comments": comments}

    def is_revoked(self, order: Mapping[str, Any]) -> bool:
        return bool(order["status"] == "revoked")


class _Certificate(_Revocation):
    """The primary certificate of an order."""

    name = "CertificateRevocation"
    provider = certificate_revocation.PROVIDER
    put = "revoke_certificate"
    readings: ClassVar = {"get_order": 2}

    def arguments(self, sandbox: Sandbox, order: int, comments: str) -> dict[str, Any]:
        return {"certificate_id": sandbox.order(order)["certificate"]["id"], "comments": comments}

    def is_revoked(self, order: Mapping[str, Any]) -> bool:
        return bool(order["certificate"].get("status") == "revoked")

    def is_true(self, state: Mapping[str, Any], request: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
        """What holds of an order, and the snapshot shows a certificate that was revoked."""
        shown = state["order"].get("certificateStatus") == "revoked"
        return super().is_true(state, request, order) and shown is self.is_revoked(order)


class _Decision(Kind):
    """The decision on a request that somebody else made: every second one is approved."""

    name = "RevocationDecision"
    provider = revocation_decision.PROVIDER
    put = "update_request_status"
    readings: ClassVar = {"get_request": 2, "get_order": 1}
    is_administrators = True

    def begin(self, sandbox: Sandbox, orders: Sequence[int]) -> None:
        for order in orders:
            sandbox.revoke(order, user=True)

    def arguments(self, sandbox: Sandbox, order: int, comments: str) -> dict[str, Any]:
        request = sandbox.revoke_requests(order)[0]["id"]
        return {
            "request_id": request,
            "decision": "rejected" if request % 2 else "approved",
            "processor_comment": comments,
        }

    def decide(self, sandbox: Sandbox, request: int, *, approve: bool) -> None:
        """The resource itself has decided."""

    def is_done(self, request: Mapping[str, Any]) -> bool:
        return bool(request["status"] == ("rejected" if request["id"] % 2 else "approved"))

    def is_true(self, state: Mapping[str, Any], request: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
        return (
            state["status"] == request["status"]
            and state["processorComment"] == request["processor_comment"]
            and state["revoked"] is (order["status"] == "revoked")
        )


ORDER, CERTIFICATE, DECISION = _Order(), _Certificate(), _Decision()
