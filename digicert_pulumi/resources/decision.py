"""`RevocationDecision`: an administrator's decision on a revoke request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.resources.fields import DECISION_FIELDS, DECISIONS
from digicert_pulumi.resources.inputs import Unknown, parse
from digicert_pulumi.resources.lifecycle import Difference, FailureError, Lifecycle, Seen, UnfinishedError
from digicert_pulumi.resources.problem import NOTHING_TO_IMPORT, problem_of
from digicert_pulumi.resources.state import (
    identity_as_before,
    identity_properties,
    present,
    snapshot_properties,
    user_properties,
)
from digicert_pulumi.revoking.approval import Approval, approve_once, refusal_of
from digicert_pulumi.revoking.failures import DecisionNotReadBackError, RefusedError
from digicert_pulumi.revoking.notices import unknown_status_notice
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.polling import read_until
from digicert_pulumi.revoking.requests import is_open_status
from digicert_pulumi.revoking.target import Target
from digicert_pulumi.runtime import cancellation, messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import Order, Request
    from digicert_pulumi.resources.inputs import Inputs

_SETTLE_PAUSES = (1.0, 2.0)
"""Seconds before each further read of an order after an approval: DigiCert revokes at once, but a read can be stale."""


class DecisionLifecycle(Lifecycle):
    """Approves or rejects a revoke request."""

    fields = DECISION_FIELDS
    identity = ("requestId", "decision")
    shown = "request"
    once = "it can be decided only once"
    tolerates_rivals = False

    def name(self, properties: Mapping[str, Any]) -> str:
        """Return the request's name."""
        request_id = parse(properties, self.fields).known("requestId")
        return f"request {request_id}" if request_id else "the request id"

    def claims(self, properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """Claim the request, and its decision. The rival is the other decision."""
        name, decision = self.name(properties), properties["decision"]
        [other] = (each for each in DECISIONS if each != decision)
        return [(f"{name}, {decision}", None), (f"{name} as {decision}", f"{name} as {other}")]

    def preview(self, inputs: Inputs, olds: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002  # a new snapshot is a new decision
        """Read the request and its order, and check that the decision may be made."""
        approval = _approval(inputs)
        request = self.connection.client.get_request(approval.request_id)
        if self.cannot_tell(inputs, ("allowOwnRequest", "expectedOrderId")):
            may_be_allowed = isinstance(inputs.properties.get("allowOwnRequest"), Unknown)
            approval = replace(approval, allow_own_request=may_be_allowed or approval.allow_own_request)
        if refusal := refusal_of(request, approval, self.connection.user()):
            raise RefusedError(refusal)
        order = self._order_of(request)
        return _shown(request, order, identity_properties(order.certificate) if order else {})

    def ensure(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        """Make the decision, unless the request is already decided as declared."""
        approval = _approval(inputs)
        id_ = str(approval.request_id)
        declared = inputs.properties | ({} if shown is None else {self.shown: shown})
        unfinished = self.format.with_inputs({"status": approval.decision, "revoked": False}, declared)
        try:
            request = self._decide(approval, inputs)
        except DecisionNotReadBackError as error:
            raise UnfinishedError(id_, unfinished, str(error), problem_of(error)) from None
        return id_, self.format.with_inputs(self._with_its_order(request, unfinished), declared)

    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002  # in the inputs
        """Read the request and its order."""
        request = self.connection.client.get_request(_approval(parse(stored, self.fields)).request_id)
        order = self._order_of(request)
        if stored.get("revoked") and not (order and order.status == "revoked"):
            messages.warning(
                f"request {request.id}: its order was read as revoked before, but not now; a revocation cannot be "
                "undone, so the state is kept; run `pulumi refresh` again later"
            )
            return {name: value for name, value in stored.items() if name != self.format.reviewed}
        return _outputs(request, order, stored.get(self.shown, {})) | self.format.declared(stored)

    def resume(self, id_: str, stored: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
        """Read the request again if it was not read back as decided, and decide if it is still open."""
        if not self.is_unfinished(stored, inputs.properties):
            return stored
        try:
            request = self._decide(_approval(inputs), inputs)
        except (DecisionNotReadBackError, CertCentralError) as error:
            raise UnfinishedError(id_, stored, str(error), problem_of(error)) from None
        return stored | self._with_its_order(request, stored)

    def is_unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether the request was not read back as decided."""
        return self.shown not in olds or not (olds.get("revoked") or olds.get("status") == news["decision"])

    def adopt(self, id_: str) -> Seen:
        """Import the decision on a revoke request."""
        inputs = self._by_id(id_, decision=DECISIONS[0])
        request = self.connection.client.get_request(inputs.known("requestId"))
        if request.type != "revoke" or request.status not in DECISIONS:
            what = "is not a revocation request" if request.type != "revoke" else f"is {request.status}"
            raise FailureError(
                f"request {request.id} {what}: there is no decision to import", NOTHING_TO_IMPORT
            )
        order = self._order_of(request)
        shown = _shown(request, order, identity_properties(order.certificate) if order else {})
        declared = present(
            requestId=request.id,
            decision=request.status,
            processorComment=request.processor_comment or None,
            **{self.shown: shown},
        )
        return self._adopted(str(request.id), declared, _outputs(request, order, shown))

    def diff(self, olds: dict[str, Any], news: dict[str, Any]) -> Difference:
        """Compare the state with the inputs, and warn if the request is not for an order that is expected only now."""
        expected, order_id = parse(news, self.fields).known("expectedOrderId"), olds.get("orderId")
        result = super().diff(olds, news)
        is_new = not result.replaces and expected != olds.get("expectedOrderId")
        if is_new and None not in (expected, order_id) and expected != order_id:
            messages.warning_once(
                f"{self.name(olds)} is for order {order_id:.0f}, not for the expected one; it is already {olds.get('status')}, and "
                "a decision cannot be changed"
            )
        return result

    def deletion_notice(self, id_: str, stored: Mapping[str, Any]) -> str | None:
        """Return the notice that the request keeps its status."""
        if is_open_status(stored.get("status")):
            return f"request {id_} stays {stored['status']} at DigiCert"
        return f"request {id_} stays {stored.get('status')}: a decision cannot be undone"

    def recorded_only_notice(self, changed: list[str], olds: Mapping[str, Any]) -> str | None:
        """Return the notice that a changed comment stays in the state."""
        if "processorComment" not in changed:
            return None
        return f"{self.name(olds)} is already decided, so the changed processorComment is recorded only in the state"

    def _decide(self, approval: Approval, inputs: Inputs) -> Request:
        def leaves() -> None:
            # With `--skip-preview`, the opposite may have been declared since this resource's check.
            for line in self.opposites(inputs.properties):
                raise FailureError(f"{line}; nothing was sent for this resource")

        return approve_once(
            self.connection.client,
            approval,
            self.connection.user(),
            is_recent=self.connection.reader.is_recent,
            now=self.connection.reader.now,
            sleep=cancellation.process.sleep,
            leaves=leaves,
        )

    def _order_of(self, request: Request) -> Order | None:
        """Read the order of a request, because the request's copy can be stale; None if DigiCert doesn't name it."""
        return self.connection.reader.order(request.order.id) if request.order else None

    def _order_after(self, request: Request) -> Order | None:
        """Read the order of a decided request; after an approval, again until it is revoked, for three seconds."""
        return read_until(
            lambda order: order is None or order.status == "revoked",
            lambda: self._order_of(request),
            (0.0, *_SETTLE_PAUSES) if request.status == "approved" else (0.0,),
            cancellation.process.sleep,
        )

    def _with_its_order(self, request: Request, unfinished: dict[str, Any]) -> dict[str, Any]:
        """Return the outputs of a decided request. Reads its order back."""
        try:
            order = self._order_after(request)
        except CertCentralError as error:
            name = f"request {request.id}"
            reason = f"{name} is {request.status}, but its order could not be read back: {error}"
            raise UnfinishedError(str(request.id), unfinished, reason, problem_of(error)) from None
        if request.status == "approved" and order and order.status != "revoked":
            messages.warning(
                f"request {request.id} is approved, but order {order.id} still has the status {order.status!r}; the "
                "request may be for a single certificate of the order; run `pulumi refresh` to read the order again"
            )
        outputs = _outputs(request, order, unfinished.get(self.format.reviewed, {}))
        if is_open_status(request.status) and not outputs["revoked"]:
            reason = (
                f"request {request.id}: CertCentral accepted the decision, but still reports the status "
                f"{request.status!r}; run `pulumi up` again to continue"
            )
            raise UnfinishedError(str(request.id), unfinished | outputs, reason)
        return outputs


def _approval(inputs: Inputs) -> Approval:
    return Approval(
        request_id=inputs.known("requestId"),
        decision=inputs.known("decision"),
        processor_comment=inputs.known("processorComment"),
        allow_own_request=inputs.known("allowOwnRequest") or False,
        expected_order_id=inputs.known("expectedOrderId"),
    )


def _shown(request: Request, order: Order | None, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the snapshot of a request: who submitted it, when, why, and what an approval would revoke."""
    about = f"order {order.id}" if order else "an order that CertCentral does not name"
    is_revoked = order is not None and order.status == "revoked"
    if not is_revoked and (notice := unknown_status_notice(about, request)):
        messages.warning_once(notice)
    return present(
        type=request.type,
        status=request.status,
        date=request.date,
        requester=user_properties(request.requester),
        comments=request.comments,
        order=order and {"orderId": order.id, **snapshot_properties(snapshot(Target(order))), **identity},
    )


def _outputs(request: Request, order: Order | None, shown_before: Mapping[str, Any]) -> dict[str, Any]:
    identity = identity_as_before(shown_before.get("order", {}))
    return present(
        status=request.status,
        dateProcessed=request.date_processed,
        processor=user_properties(request.processor),
        orderId=order and order.id,
        revoked=order is not None and Target(order).is_revoked,
        request=_shown(request, order, identity),
    )
