"""The lifecycle that the revocations of an order and of a certificate share."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from datetime import datetime, timezone
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from digicert_pulumi.certcentral import CertCentralError, Interrupted, OrderNotFound
from digicert_pulumi.orders.certificates import CertificateNotFoundError
from digicert_pulumi.orders.names import words
from digicert_pulumi.resources.inputs import Inputs, parse
from digicert_pulumi.resources.late_guards import late_guard_warnings
from digicert_pulumi.resources.lifecycle import Difference, FailureError, Lifecycle, Seen, UnfinishedError
from digicert_pulumi.resources.problem import NOTHING_TO_IMPORT, problem_of
from digicert_pulumi.resources.request_warnings import RequestWarnings
from digicert_pulumi.resources.state import (
    has_open_request,
    outcome_properties,
    request_properties,
    stored_request,
)
from digicert_pulumi.revoking.failures import NotReadBackError, RefusedError
from digicert_pulumi.revoking.notices import (
    already_rejected_notice,
    not_revoked,
    skip_approval_notice,
)
from digicert_pulumi.revoking.observation import seen_on
from digicert_pulumi.revoking.outcome import snapshot
from digicert_pulumi.revoking.requests import (
    DECIDED_STATUSES,
    is_open,
    open_requests,
    processor_comment,
)
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    Refuse,
    Submit,
    mismatch,
)
from digicert_pulumi.revoking.spec import SingleCertificate, WholeOrder
from digicert_pulumi.runtime import messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import OrderRequest
    from digicert_pulumi.resources.host import Host
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.revoking.submission import Submission
    from digicert_pulumi.revoking.target import Target

REVOKED_BEFORE = "Revoked before it was declared in Pulumi."
"""The comments of an imported revocation that has no request."""


class RevocationLifecycle(Lifecycle):
    """A revocation: one request at DigiCert, on which an administrator decides."""

    sent: ClassVar[tuple[str, ...]] = ("comments", "revocationReason", "skipApproval")

    _made_for: ClassVar[defaultdict[int, dict[int, RevocationSpec]]] = defaultdict(dict)
    """Of each order, the revocations by their requests: those in the state, and those that this process sent or adopted.
    CertCentral doesn't say which certificate a request is for."""

    _declared_requests: ClassVar[defaultdict[int, set[str]]] = defaultdict(set)
    """The requests of the resources that the program still declares and this process has seen, with their targets' names."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._warnings = RequestWarnings(host)

    @abstractmethod
    def spec(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> RevocationSpec:
        """Return the declared revocation.

        Args:
            inputs: The inputs.
            shown: The snapshot, if there is one.

        Raises:
            CertCentralError: The target could not be read.
        """

    @abstractmethod
    def id_of(self, spec: RevocationSpec) -> str:
        """Return the resource's id."""

    @abstractmethod
    def target(self, inputs: Inputs) -> Target:
        """Read the target and the other certificates of its order.

        Raises:
            CertificateNotFoundError: The certificate was not found.
            CertCentralError: It could not be read.
        """

    @abstractmethod
    def snapshot(self, target: Target) -> dict[str, Any]:
        """Return the snapshot of a target for the preview."""

    def identity_of(self, spec: RevocationSpec) -> dict[str, Any]:  # noqa: ARG002  # subclasses use it
        """Return what the outputs show of a target's identity if no preview has shown it."""
        return {}

    def preview(self, inputs: Inputs, olds: Mapping[str, Any]) -> dict[str, Any]:
        """Read the target, and check that it may be revoked, unless only its name changed in the program."""
        target = self.target(inputs)
        shown = self.snapshot(target)
        if not self.is_the_same(olds, {self.shown: shown}):
            spec = self.spec(inputs, shown)
            asked = [name for name, field in self.fields.items() if field.asks]
            if target.is_revoked or not self.cannot_tell(inputs, asked):
                self.permit(target, spec)
            elif refusal := mismatch(target, spec):
                raise RefusedError(refusal)
        for line in _unread(target):
            consequence = "" if target.single else "; they would be revoked with the order"
            messages.warning(f"{line}, so this preview does not show them{consequence}")
        return shown

    def adopt(self, id_: str, comments: str = REVOKED_BEFORE) -> Seen:
        """Import a revocation: one that is done, or one with an open request.

        Args:
            id_: The id of the order or the certificate.
            comments: The comments of a revocation that has no request.

        Raises:
            FailureError: There is nothing to import, or the id is invalid.
            CertificateNotFoundError: The certificate was not found.
            CertCentralError: It could not be read.
        """
        inputs = self._by_id(id_, comments=comments)
        target = self.target(inputs)
        shown = self.snapshot(target)
        spec = self.spec(inputs, shown)
        for line in _unread(target):
            messages.warning(line)
        outcome = seen_on(target, self.connection.reader, messages.warning, None, adopt=True)
        request = outcome.request
        if not outcome.revoked and not (request and is_open(request)):
            status = outcome.snapshot.target_status
            raise FailureError(
                f"{spec.name}: nothing to import: its status is {status!r}, and {_no_request(target, request)}",
                NOTHING_TO_IMPORT,
            )
        if request and request.comments and request.comments.strip():
            comments = request.comments
        declared = inputs.properties | {"comments": comments, self.shown: shown}
        return self._adopted(self.id_of(spec), declared, self._finished(outcome, spec, declared))

    def ensure(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        """Make sure that exactly one revoke request exists, and wait for the decision if `waitForDecision` is set."""
        spec = self.spec(inputs, shown)
        id_ = self.id_of(spec)
        declared = inputs.properties | ({} if shown is None else {self.shown: shown})
        try:
            outcome = self._submission(spec).ensure(spec)
        except NotReadBackError as error:
            stored = self.format.with_inputs(self._unfinished(error), declared)
            raise UnfinishedError(id_, stored, str(error), problem_of(error)) from None
        except Interrupted as error:
            error.order_id = spec.order_id
            raise
        known = self._finished(outcome, spec, declared)
        if outcome.request and is_open(outcome.request):
            self._record(outcome.request.id, spec)
        if outcome.sent and outcome.request is None:
            known |= _accepted_now()
        elif not outcome.sent and outcome.request:
            self._warnings.other_comments(outcome.request, spec)
            if outcome.request.comments:
                # DigiCert returns the comments of an adopted request, but neither its reason nor `skip_approval`.
                known["sent"] = {"comments": outcome.request.comments}
        stored = self.format.with_inputs(known, declared)
        return id_, self._decided(id_, spec, stored, inputs)

    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002  # in the inputs
        """Read the outcome of the revocation. The resource is gone only if DigiCert doesn't know the order."""
        inputs = parse(stored, self.fields)
        spec = self.spec(inputs, stored.get(self.shown))
        try:
            outcome = self.connection.observe(spec, stored_request(stored), adopt="revoked" not in stored)
        except OrderNotFound:
            messages.warning(
                f"order {spec.order_id} is no longer in this CertCentral account; it is removed from the state"
            )
            return None
        except CertificateNotFoundError as error:
            if not stored.get("revoked") and stored.get("status") != "approved":
                raise
            decided = "was read as revoked before" if stored.get("revoked") else "was approved to be revoked"
            messages.warning(f"{spec.name} {decided} and is not found now ({error.cause}); the state is kept")
            return {name: value for name, value in stored.items() if name != self.format.reviewed}
        if stored.get("revoked") and not outcome.revoked:
            messages.warning(
                f"{spec.name} was read as revoked before and now has the status {outcome.snapshot.status!r}; "
                "a revocation cannot be undone, so the state is kept; run `pulumi refresh` again later"
            )
            return {name: value for name, value in stored.items() if name != self.format.reviewed}
        self._report_decision(stored, outcome, spec)
        kept = {name: stored[name] for name in ("acceptedAt", "sent") if name in stored}
        return self._finished(outcome, spec, stored) | self.format.declared(stored) | kept

    def resume(self, id_: str, stored: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
        """Read the order back if that failed before, and continue a declared wait."""
        spec = self.spec(inputs, stored.get(self.shown) or stored.get(self.format.reviewed))
        if self.shown not in stored:
            try:
                outcome = self.connection.submission.read_back(spec, stored_request(stored))
            except NotReadBackError as error:
                raise UnfinishedError(id_, stored, str(error), problem_of(error)) from None
            stored = stored | self._finished(
                outcome, spec, {self.shown: stored.get(self.format.reviewed, {})}
            )
        return self._decided(id_, spec, stored, inputs)

    def deletion_notice(self, id_: str, stored: Mapping[str, Any]) -> str | None:  # noqa: ARG002  # the state has more
        """Return the notice that the revocation or the request remains at DigiCert."""
        name = self.name(stored)
        if accepted := stored.get("acceptedAt"):
            return (
                f"DigiCert accepted the revocation of {name} on {accepted} without a request; it cannot be undone; the state "
                "was the only record of that date and of the comments, because DigiCert keeps neither"
            )
        if stored.get("revoked"):
            return f"{name} stays revoked: a revocation cannot be undone"
        if has_open_request(stored):
            remedy = "if you no longer want it, ask an administrator to reject it"
            targets = self._declared_requests.get(stored["requestId"], set())
            if name in targets:
                remedy = "another resource of this program declares it"
            elif targets:
                remedy = (
                    f"this program also declares it for {' and '.join(sorted(targets))}, but it is for only one of them; "
                    "if that is the wrong one, ask an administrator to reject it"
                )
            return f"request {stored['requestId']:.0f} to revoke {name} stays open at DigiCert; {remedy}"
        if stored.get("status") == "rejected":
            return None
        if stored.get("status") == "approved":
            return (
                f"request {stored['requestId']:.0f} to revoke {name} stays approved, which cannot be undone; when {name} was last "
                "read, it was not revoked"
            )
        return f"DigiCert accepted the revocation of {name}; it cannot be undone"

    def is_unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether a declared wait has not ended in the revocation."""
        return bool(news.get("waitForDecision") and "requestId" in olds and not olds.get("revoked"))

    def remember(self, olds: Mapping[str, Any]) -> None:
        """Remember the request and its target."""
        if "requestId" in olds:
            self._declared_requests[olds["requestId"]].add(self.name(olds))

    def remind(self, olds: Mapping[str, Any]) -> None:
        """Warn of a rejection, and of an approval that didn't revoke the target, as long as the state has it."""
        if olds.get("revoked") or "requestId" not in olds:
            return
        name, request, shown = self.name(olds), olds["requestId"], olds.get(self.shown)
        if olds.get("status") == "rejected":
            messages.warning_once(_rejected(name, request, olds.get("processorComment")))
        elif olds.get("status") == "approved" and shown:
            alive = shown.get("certificateStatus") or shown["status"]
            self._warnings.once(not_revoked(name, alive, int(request)), "revoked nothing", int(request))

    def diff(self, olds: dict[str, Any], news: dict[str, Any]) -> Difference:
        """Compare the state with the inputs, and warn if the change sends a new request."""
        result = super().diff(olds, news)
        if "comments" in (result.replaces or ()):
            decided = (
                f"{self.name(olds)}: request {olds['requestId']:.0f} was {olds['status']}, and `comments`"
            )
            consequence = (
                "changed since then; a new request will be sent"
                if parse(news, self.fields).known("comments")
                else "are not known yet; a new request will be sent if they are other ones"
            )
            self._warnings.once(
                f"{decided} {consequence}",
                "asks again",
                int(olds["requestId"]),
            )
        for line in () if result.replaces else self._late_guards(olds, news):
            messages.warning_once(line)
        return result

    def asks_again(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether the change sends a new request: comments that were not sent, after a decision that didn't revoke the target."""
        return name == "comments" and _has_revoked_nothing(olds) and not self._were_sent(olds, news)

    def _were_sent(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether the comments are those of the request in the state."""
        comments = parse(news, self.fields).known("comments")
        sent = olds.get("sent", olds).get("comments")
        return None not in (comments, sent) and words(comments) == words(sent)

    def recorded_only_notice(self, changed: list[str], olds: Mapping[str, Any]) -> str | None:
        """Return the notice that DigiCert can't edit a request."""
        sent = [name for name in changed if name in self.sent]
        if not sent:
            return None
        remedy = "DigiCert cannot edit a request"
        if _has_revoked_nothing(olds):
            others = "to comments that were not sent yet" if "comments" in sent else "too"
            remedy = f"to request the revocation again, change `comments`, {others}"
        return (
            f"{self.name(olds)}: the revocation was already sent, so the changed {' and '.join(sent)} "
            f"{'is' if len(sent) == 1 else 'are'} recorded only in the state; {remedy}"
        )

    def permit(self, target: Target, spec: RevocationSpec) -> None:
        """Check that the revocation may be sent, and show the warnings for the reviewer.

        Raises:
            RefusedError: It must not be sent.
        """
        submission = self._submission(spec)
        action = submission.decide(target, spec)
        if not target.is_revoked:
            self._warnings.unknown_status(spec, *open_requests(target.order))
        if isinstance(action, Submit):
            if line := skip_approval_notice(spec, None):
                messages.warning_once(line)
            action = submission.missing_permission(spec) or submission.still_served(target, spec) or action
        match action:
            case Refuse():
                raise RefusedError(action)
            case Submit():
                self._warnings.new_request(target, spec)
            case Adopt(request):
                self._warn_of_adoption(target, request, spec)
            case AlreadyApproved(request):
                alive = snapshot(target).target_status
                self._warnings.once(not_revoked(spec.name, alive, request.id), "revoked nothing", request.id)
            case AlreadyRejected(request):
                messages.warning_once(already_rejected_notice(spec, request))

    def _warn_of_adoption(self, target: Target, request: OrderRequest, spec: RevocationSpec) -> None:
        if line := skip_approval_notice(spec, request):
            messages.warning_once(line)
        if notice := self.connection.submission.adopted_by_comments(target, request, spec):
            messages.warning_once(notice)
        self._warnings.other_comments(self._with_comments(request), spec)

    def _submission(self, spec: RevocationSpec) -> Submission:
        """Return what sends the revocation. It knows for what the requests on the order were made."""
        submission = self.connection.submission
        for request_id, known in list(self._made_for[spec.order_id].items()):
            submission.remember(request_id, known)
        return submission

    def _record(self, request_id: int, spec: RevocationSpec) -> None:
        """Record for what a request was made, and warn if it is recorded for another target."""
        known = self._made_for[spec.order_id].setdefault(request_id, spec)
        if known.scope != spec.scope:
            self._warnings.once(
                f"{spec.name}: request {request_id} is recorded for it and for {known.name}, but it is for one of them only, and "
                "CertCentral does not say for which; check it in CertCentral, and remove the resource that it is not for",
                "two targets",
                request_id,
            )

    def _with_comments(self, request: OrderRequest) -> OrderRequest:
        """Return the request with its comments, which no list shows, unless a preview of many orders had to read too many."""
        reader = self.connection.reader
        return reader.request(request) if request.comments is None and reader.may_read_detail() else request

    def _late_guards(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> list[str]:
        """Return the warnings for guard rails that were added or changed after the request was sent."""
        shown = olds.get(self.shown) or olds.get(self.format.reviewed) or {}
        return late_guard_warnings(self.name(olds), shown, olds, parse(news, self.fields))

    def _finished(
        self, outcome: Outcome, spec: RevocationSpec, declared: Mapping[str, Any]
    ) -> dict[str, Any]:
        if outcome.request and not outcome.revoked:
            self._warnings.unknown_status(spec, outcome.request)
        return outcome_properties(outcome, declared.get(self.shown) or self.identity_of(spec))

    def _unfinished(self, error: NotReadBackError) -> dict[str, Any]:
        """Return the outputs of an order that could not be read back: without its snapshot."""
        return {"revoked": False, **(request_properties(error.request) or _accepted_now())}

    def _report_decision(self, stored: Mapping[str, Any], outcome: Outcome, spec: RevocationSpec) -> None:
        """Report an approval that a refresh finds. `diff`, which the engine calls next, reports a rejection."""
        if "revoked" not in stored:
            messages.info(_read_by_id_notice(outcome, spec))
            return
        self._warnings.not_revoked(outcome, spec)
        if outcome.revoked and not stored.get("revoked"):
            request = outcome.request
            approved = (
                f"; request {request.id} was approved" if request and request.status == "approved" else ""
            )
            messages.info(f"{spec.name} is revoked{approved}")

    def _decided(
        self, id_: str, spec: RevocationSpec, stored: dict[str, Any], inputs: Inputs
    ) -> dict[str, Any]:
        """Wait for the decision, if a wait is declared and there is a request to wait for."""
        request = stored_request(stored)
        if request:
            self._declared_requests[request.id].add(self.name(stored))
        if not inputs.known("waitForDecision") or request is None or stored["revoked"]:
            return stored
        seconds = min(inputs.known("waitForDecision"), self.host.timeout() or inf)
        if request.status == "approved":
            messages.info(
                f"{spec.name}: request {request.id} was approved; waiting for DigiCert to revoke it"
            )
        elif request.status != "rejected":
            messages.info(
                f"{spec.name}: waiting up to {seconds:g} s for the decision on request {request.id}"
            )
        try:
            with self.host.waiting():
                outcome = self.connection.waiting.until_revoked(
                    request, seconds, lambda known: self.connection.observe(spec, known, now=True)
                )
        except Interrupted:
            reason = (
                f"{spec.name}: request {request.id} exists, but the wait for its decision was cancelled; the resource is kept "
                "in the state; run `pulumi up` again to continue waiting"
            )
            raise UnfinishedError(id_, stored, reason) from None
        except (CertCentralError, CertificateNotFoundError) as error:
            reason = (
                f"{spec.name}: request {request.id} exists, but the wait for its decision failed: {error}"
            )
            raise UnfinishedError(id_, stored, reason) from None
        stored = stored | self._finished(outcome, spec, stored)
        if outcome.revoked:
            return stored
        if self._warnings.not_revoked(outcome, spec) and isinstance(spec.scope, SingleCertificate):
            # The request is decided. CertCentral doesn't document how it shows a revoked duplicate or reissue.
            return stored
        raise UnfinishedError(id_, stored, _not_revoked(spec, outcome, seconds))


def _has_revoked_nothing(olds: Mapping[str, Any]) -> bool:
    """Whether the request was decided and didn't revoke the target. If it was approved, it was for another certificate."""
    return olds.get("status") in DECIDED_STATUSES and not olds.get("revoked")


def _unread(target: Target) -> tuple[str, ...]:
    """Return a line for each list of the order's other certificates that could not be read."""
    return target.siblings.unread if target.siblings else ()


def _no_request(target: Target, last: OrderRequest | None) -> str:
    """Return why a target has no request to import, and what to do."""
    if target.single and (opened := open_requests(target.order)):
        return (
            f"request {opened[0].id} on its order is open, but CertCentral does not say for which certificate; "
            "if it is for this one, set `comments` to that request's comments to adopt it"
        )
    decided = f" (request {last.id} is {last.status})" if last else ""
    return f"no request to revoke it is open{decided}; declare the revocation and run `pulumi up`"


def _read_by_id_notice(outcome: Outcome, spec: RevocationSpec) -> str:
    """Return the notice for a resource that is read by its id alone."""
    shown, request = outcome.snapshot, outcome.request
    if request:
        comment = processor_comment(request)
        why = f": {comment!r}" if comment else ""
        asked = f"request {request.id} to revoke it is {request.status}{why}"
    elif shown.revocation == "none":
        asked = "no request to revoke it is known"
    elif outcome.revoked and isinstance(spec.scope, WholeOrder):
        asked = "no request that revoked it is known"
    else:
        asked = f"on its order, {shown.revocation}, but CertCentral does not say for which certificate"
    return f"{spec.name} has the status {shown.target_status!r}; {asked}"


def _accepted_now() -> dict[str, Any]:
    """Return the time of a revocation without a request, by this machine's clock. DigiCert keeps no record of it."""
    return {"acceptedAt": datetime.now(timezone.utc).isoformat(timespec="seconds")}


def _rejected(name: str, request_id: float, comment: str | None) -> str:
    why = f": {comment!r}" if comment else ""
    return f"{name}: request {request_id:.0f} was rejected{why}; to request the revocation again, change `comments`"


def _not_revoked(spec: RevocationSpec, outcome: Outcome, seconds: float) -> str:
    request = outcome.request
    if request and request.status == "rejected":
        return _rejected(spec.name, request.id, processor_comment(request))
    request_status = f"request {request.id} is {request.status}" if request else "there is no request"
    # After an approval, the provider polls for the revocation for less time than the wait could still take.
    is_approved = request and request.status == "approved"
    alive = "is not revoked yet" if is_approved else f"was not revoked within {seconds:g} s"
    return f"{spec.name} {alive}: {request_status}; the resource is kept in the state; run `pulumi up` again to continue waiting"
