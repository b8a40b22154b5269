"""One declared revocation, driven call by call against the real provider process, as the engine drives it."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, ClassVar

from support.provider import Provider, ProviderError

from digicert_pulumi.declaring import certificate_revocation, order_revocation, revocation_decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.sandbox import Sandbox


class Resource:
    """What an engine does with a revocation, and what it remembers of it.

    Attributes:
        name: What it is of.
        provider: Its provider by reference.
        endpoint: The endpoint that takes it.
        readings: The endpoints that it reads, with how often it does so before the PUT.
        identity: The input that is its id.
        by_administrator: Whether it takes an administrator's key.
        outputs: What is in the state; None before the resource is.
        finished: Whether the last `up` ended without an error.
        errors: What the user was told of failures.
    """

    name: ClassVar[str] = "order"
    provider: ClassVar[str] = order_revocation.PROVIDER
    endpoint: ClassVar[str] = "revoke_order"
    readings: ClassVar[Mapping[str, int]] = {"get_order": 1}
    identity: ClassVar[str] = "orderId"
    by_administrator: ClassVar[bool] = False

    def __init__(self, order: int, sandbox: Sandbox, settings: Mapping[str, str], **declared: Any) -> None:
        self.order = order
        self.outputs: dict[str, Any] | None = None
        self.finished = False
        self.errors: list[str] = []
        self._sandbox = sandbox
        self._settings = settings
        self.declared = {"orderId": order, "comments": "Key leaked.", **declared}
        self._inputs: dict[str, Any] | None = None

    @classmethod
    def on(cls, order: int, sandbox: Sandbox, settings: Mapping[str, str]) -> Resource:
        """Declare it for an order."""
        return cls(order, sandbox, settings)

    @property
    def id(self) -> str:
        """The resource's id."""
        return str(self.declared[self.identity])

    @property
    def state(self) -> dict[str, Any]:
        """What is in the state, where the resource is."""
        assert self.outputs is not None, self.errors
        return self.outputs

    def up(self, provider: Provider) -> None:
        """`pulumi up`: check, then create, or update where the last `up` left the resource unfinished."""
        inputs, failures = provider.check(self.declared, olds=self._inputs)
        if failures:
            self.errors += [reason for _, reason in failures]
            return
        try:
            if self.outputs is None:
                self.outputs = provider.create(inputs)
            elif not self.finished:
                self.outputs = provider.update(self.id, self.outputs, inputs)
            self._inputs, self.finished = inputs, True
        except ProviderError as error:
            self.errors.append(str(error))
            if error.kept is not None:
                self._inputs, self.outputs = inputs, error.kept

    def up_until_settled(self, provider: Provider) -> None:
        """`up`, and up to three more where it failed, each in a provider process of its own."""
        self.up(provider)
        for _ in range(3):
            if self.finished:
                return
            with Provider(self._settings, resource=self.provider) as later:
                self.up(later)

    def refresh(self, provider: Provider) -> None:
        """`pulumi refresh`."""
        try:
            _, self.outputs, inputs = provider.read(self.id, self.state)
            self._inputs = inputs or self._inputs
        except ProviderError as error:
            self.errors.append(str(error))

    def assert_struck(self) -> None:
        """A fault for this order has hit a call."""
        while True:  # a sandbox that refuses connections refuses its operator's as well
            with contextlib.suppress(ConnectionError):
                faults = self._sandbox.faults()
                break
            time.sleep(0.05)
        assert any(fault["injected"] for fault in faults if fault["rule"].get("order_id") == self.order)

    def assert_unfinished(self) -> None:
        """The last `up` ended with an error."""
        assert not self.finished

    def assert_struck_after_the_put(self) -> None:
        """No fault for this order has hit a call before its PUT."""
        ids = {str(self.order), self.id}
        calls = [call for call in self._sandbox.access_log() if ids & {*call["path"].split("/")}]
        first = next(number for number, call in enumerate(calls) if call["method"] == "PUT")
        assert not any("fault" in call for call in calls[: first + 1])

    def decide(self) -> None:
        """Let the administrator approve the request, if that is not what the resource does."""
        [request] = self._sandbox.revoke_requests(self.order)
        self._sandbox.approve(request["id"])

    def assert_one_true_request(self) -> None:
        """DigiCert has one request, the state says what it is, and every error was one line about this order."""
        assert self.outputs is not None, self.errors
        [request] = self._sandbox.revoke_requests(self.order)
        assert (self.outputs["requestId"], self.outputs["status"]) == (request["id"], request["status"])
        assert self.outputs["revoked"] is (request["status"] == "approved")
        for error in self.errors:
            assert "\n" not in error
            assert str(self.order) in error


class CertificateResource(Resource):
    """The revocation of the primary certificate of an order."""

    name = "certificate"
    provider = certificate_revocation.PROVIDER
    endpoint = "revoke_certificate"
    readings: ClassVar = {"get_order": 2}
    identity = "certificateId"

    @classmethod
    def on(cls, order: int, sandbox: Sandbox, settings: Mapping[str, str]) -> Resource:
        """Declare it for the certificate of an order."""
        return cls(order, sandbox, settings, certificateId=sandbox.order(order)["certificate"]["id"])

    def assert_one_true_request(self) -> None:
        """What holds for an order, and the snapshot shows a certificate that was revoked."""
        super().assert_one_true_request()
        assert self.outputs is not None
        if self.outputs["revoked"]:
            assert self.outputs["order"]["certificateStatus"] == "revoked"


class DecisionResource(Resource):
    """An approval of the request to revoke an order."""

    name = "decision"
    provider = revocation_decision.PROVIDER
    endpoint = "update_request_status"
    readings: ClassVar = {"get_request": 2, "get_order": 1}
    identity = "requestId"
    by_administrator = True

    @classmethod
    def on(cls, order: int, sandbox: Sandbox, settings: Mapping[str, str]) -> Resource:
        """Declare it for a user's request to revoke an order."""
        decision = cls(order, sandbox, settings)
        request = sandbox.revoke(order, user=True)
        decision.declared = {"requestId": request, "decision": "approved", "processorComment": "Checked."}
        return decision

    def decide(self) -> None:
        """It has decided."""

    def assert_one_true_request(self) -> None:
        """The request is approved, the order revoked, the state says both, and every error was one line."""
        assert self.outputs is not None, self.errors
        [request] = self._sandbox.revoke_requests(self.order)
        assert request["status"] == self.outputs["status"] == "approved"
        assert request["processor_comment"] == "Checked."
        assert self.outputs["revoked"] is True
        assert self._sandbox.order(self.order)["status"] == "revoked"
        for error in self.errors:
            assert "\n" not in error
            assert str(request["id"]) in error or str(self.order) in error
