"""The lifecycle that the revocations of an order and of a certificate share."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from datetime import datetime, timezone
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from digicert_pulumi.certcentral import CertCentralError, Interrupted, OrderNotFound
from digicert_pulumi.orders.certificates import CertificateNotFoundError
from digicert_pulumi.orders.names import comparable
from digicert_pulumi.resources.inputs import Inputs, parse
from digicert_pulumi.resources.lifecycle import Difference, FailureError, Lifecycle, Seen, UnfinishedError
from digicert_pulumi.resources.problem import NOTHING_TO_IMPORT, problem_of
from digicert_pulumi.resources.state import (
    known_order,
    outcome_properties,
    request_properties,
    stored_request,
)
from digicert_pulumi.revoking.failures import NotReadBackError, RefusedError
from digicert_pulumi.revoking.notices import (
    approved_and_alive,
    approved_and_alive_notice,
    asks_again_notice,
    rejected_before_notice,
    strange_status_notice,
)
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import (
    DECIDED_STATUSES,
    is_open,
    is_open_status,
    open_requests,
    same_words,
    telling_request,
)
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    Refuse,
    Submit,
    decide,
    nothing_to_revoke,
    unexpected,
)
from digicert_pulumi.revoking.spec import SingleCertificate, WholeOrder
from digicert_pulumi.revoking.target import Target
from digicert_pulumi.runtime import messages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digicert_pulumi.certcentral import Request
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.spec import RevocationSpec

REVOKED_BEFORE = "Revoked before it was declared in Pulumi."
"""The comments of an imported revocation that has no request."""

_EXPECTED = ("expectedCommonName", "expectedOrganization")
"""The guard rails that a snapshot is enough for; of the product it has the name alone."""


class RevocationLifecycle(Lifecycle):
    """A revocation: one request at DigiCert, on which an administrator decides."""

    sent: ClassVar[tuple[str, ...]] = ("comments", "revocationReason", "skipApproval")

    _made_for: ClassVar[dict[int, RevocationSpec]] = {}
    """What the requests in the state are for, which CertCentral does not tell."""

    _requests_that_stay: ClassVar[defaultdict[int, set[str]]] = defaultdict(set)
    """The requests of the resources that the program still declares, as far as this process has met them, and for what."""

    @abstractmethod
    def spec(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> RevocationSpec:
        """The revocation that is declared.

        Args:
            inputs: The inputs.
            shown: The snapshot of the order, where there is one.

        Raises:
            CertCentralError: What it takes could not be read.
        """

    @abstractmethod
    def id_of(self, spec: RevocationSpec) -> str:
        """The resource's id."""

    @abstractmethod
    def target(self, inputs: Inputs) -> Target:
        """Read what is declared, with the other certificates of its order.

        Raises:
            CertificateNotFoundError: There is no such certificate.
            CertCentralError: It could not be read.
        """

    @abstractmethod
    def snapshot(self, target: Target) -> dict[str, Any]:
        """What is declared as a preview shows it."""

    def preview(self, inputs: Inputs) -> dict[str, Any]:
        """Read what would be revoked, and see that it may be."""
        target = self.target(inputs)
        shown = self.snapshot(target)
        self.permit(target, self.spec(inputs, shown))
        for line in _unread(target):
            they_die = "" if target.single else "; they would be revoked with the order"
            messages.warning(f"{line}, so this preview does not show them{they_die}")
        return shown

    def adopt(self, id_: str, comments: str = REVOKED_BEFORE) -> Seen:
        """Read the revocation that stands at DigiCert: done, or asked for.

        Args:
            id_: The id of the order or the certificate.
            comments: The comments of a revocation that has no request.

        Raises:
            FailureError: Nothing stands, or it is no id.
            CertificateNotFoundError: There is no such certificate.
            CertCentralError: It could not be read.
        """
        inputs = self._by_id(id_, comments=comments)
        target = self.target(inputs)
        shown = self.snapshot(target)
        spec = self.spec(inputs, shown)
        for line in _unread(target):
            messages.warning(line)
        outcome = self.connection.adopt(target)
        request = outcome.request
        if not outcome.revoked and not (request and is_open(request)):
            status = outcome.snapshot.certificate_status or outcome.snapshot.status
            raise FailureError(
                f"{spec.name}: nothing to import: its status is {status!r}, and {_no_request(target, request)}",
                NOTHING_TO_IMPORT,
            )
        if request and request.comments and request.comments.strip():
            comments = request.comments
        declared = inputs.properties | {"comments": comments, self.shown: shown}
        return self._adopted(self.id_of(spec), declared, self._finished(outcome, spec, declared))

    def ensure(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
        """Make sure that one revoke request stands, and wait for the decision if it is declared."""
        spec = self.spec(inputs, shown)
        id_ = self.id_of(spec)
        declared = inputs.properties | ({} if shown is None else {self.shown: shown})
        submission = self.connection.submission
        for request_id, other in list(self._made_for.items()):
            submission.remember(request_id, other)
        try:
            outcome = submission.ensure(spec)
        except NotReadBackError as error:
            stored = self.format.with_inputs(self._unfinished(error), declared)
            raise UnfinishedError(id_, stored, str(error), problem_of(error)) from None
        except Interrupted as error:
            error.order_id = spec.order_id
            raise
        known = self._finished(outcome, spec, declared)
        if outcome.sent and outcome.request is None:
            known |= _accepted_now()
        elif not outcome.sent and outcome.request and outcome.request.comments:
            _tell_of_other_comments(outcome.request, spec)
            # Of a request that is met, DigiCert tells the comments, and neither its reason nor how it was to be approved.
            known["sent"] = {"comments": outcome.request.comments}
        stored = self.format.with_inputs(known, declared)
        return id_, self._decided(id_, spec, stored, inputs)

    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:  # noqa: ARG002  # in the inputs
        """Read what became of the revocation. Only an order that DigiCert does not know is gone."""
        inputs = parse(stored, self.fields)
        spec = self.spec(inputs, stored.get(self.shown))
        try:
            outcome = self.connection.observe(spec, stored_request(stored), adopt="revoked" not in stored)
        except OrderNotFound:
            messages.warning(
                f"order {spec.order_id} is no longer in this CertCentral account; it is removed from the state"
            )
            return None
        if stored.get("revoked") and not outcome.revoked:
            messages.warning(
                f"{spec.name} was read as revoked before and now has the status {outcome.snapshot.status!r}; "
                "a revocation cannot be undone, so the state is kept; run `pulumi refresh` again later"
            )
            return {name: value for name, value in stored.items() if name != self.format.reviewed}
        self._tell_of_a_decision(stored, outcome, spec)
        kept = {name: stored[name] for name in ("acceptedAt", "sent") if name in stored}
        return self._finished(outcome, spec, stored) | self.format.declared(stored) | kept

    def resume(self, id_: str, stored: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
        """Read the order back where that failed before, and go on waiting if it is declared."""
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

    def farewell(self, id_: str, stored: Mapping[str, Any]) -> str | None:  # noqa: ARG002  # the state says more
        """Say that the revocation stays as it is."""
        name = self.name(stored)
        if accepted := stored.get("acceptedAt"):
            return (
                f"DigiCert accepted the revocation of {name} on {accepted} without a request; it cannot be undone; DigiCert "
                "keeps neither that date nor the comments, and now the state does not either"
            )
        if stored.get("revoked"):
            return f"{name} stays revoked: a revocation cannot be undone"
        if "requestId" in stored and is_open_status(stored.get("status")):
            remedy = "if you no longer want it, ask an administrator to reject it"
            named_for = self._requests_that_stay.get(stored["requestId"], set())
            if name in named_for:
                remedy = "another resource of this program declares it"
            elif named_for:
                remedy = (
                    f"this program also declares it for {' and '.join(sorted(named_for))}, but it is for only one of them; "
                    "if that is the wrong one, ask an administrator to reject it"
                )
            return f"request {stored['requestId']:.0f} to revoke {name} stays open at DigiCert; {remedy}"
        if stored.get("status") == "rejected":
            return None
        return f"DigiCert accepted the revocation of {name}; it cannot be undone"

    def is_unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether a wait that is declared has not ended in the revocation."""
        return bool(news.get("waitForDecision") and "requestId" in olds and not olds.get("revoked"))

    def stays(self, olds: Mapping[str, Any]) -> None:
        """Remember the request, and what it is named for."""
        if "requestId" in olds:
            self._requests_that_stay[olds["requestId"]].add(self.name(olds))

    def remind(self, olds: Mapping[str, Any]) -> None:
        """Tell of a rejection, and of an approval that revoked nothing, as long as it stands."""
        if olds.get("revoked") or "requestId" not in olds:
            return
        name, request, shown = self.name(olds), olds["requestId"], olds.get(self.shown)
        if olds.get("status") == "rejected":
            messages.warning_once(_rejected(name, request, olds.get("processorComment")))
        elif olds.get("status") == "approved" and shown:
            alive = shown.get("certificateStatus") or shown["status"]
            messages.warning_once(
                approved_and_alive(name, alive, int(request)), ("revoked nothing", int(request))
            )

    def diff(self, olds: dict[str, Any], news: dict[str, Any]) -> Difference:
        """Tell what changed, and say where the change makes a new request."""
        result = super().diff(olds, news)
        if "comments" in (result.replaces or ()):
            name = self.name(olds)
            messages.warning_once(
                f"{name}: request {olds['requestId']:.0f} was {olds['status']}, and `comments` changed since then; "
                "a new request will be sent",
                subject=("asks again", int(olds["requestId"])),
            )
        if not result.replaces and (line := self._caught_late(olds, news)):
            messages.warning_once(line)
        return result

    def asks_again(self, name: str, olds: Mapping[str, Any]) -> bool:
        """Whether a change is a new request: changed comments, after the last one was decided on, on what lives.

        A request that was approved while the declared one lives on was for something else on the order.
        """
        return name == "comments" and olds.get("status") in DECIDED_STATUSES and not olds.get("revoked")

    def recorded_only(self, changed: list[str], olds: Mapping[str, Any]) -> str | None:
        """Say that DigiCert cannot edit a request."""
        sent = [name for name in changed if name in self.sent]
        if not sent:
            return None
        again = self.asks_again("comments", olds)
        remedy = "to ask again, change `comments`, too" if again else "DigiCert cannot edit a request"
        return (
            f"{self.name(olds)}: the revocation was already sent, so the changed {' and '.join(sent)} "
            f"{'is' if len(sent) == 1 else 'are'} recorded only in the state; {remedy}"
        )

    def permit(self, target: Target, spec: RevocationSpec) -> None:
        """See that the revocation may be sent, and tell what a reviewer has to know of it.

        Raises:
            RefusedError: It must not be sent.
        """
        decision = decide(target, spec)
        if not target.is_revoked:
            _tell_of_a_strange_status(spec, open_requests(target.order))
        if isinstance(decision, Submit) and spec.skip_approval:
            messages.warning(
                f"{spec.name}: skip_approval is set, so DigiCert revokes at once, without an administrator's approval; "
                "DigiCert keeps neither a request nor the comments"
            )
            decision = self.connection.submission.lacks_the_right(spec) or decision
        if isinstance(decision, Submit):
            decision = self.connection.submission.still_served(target, spec) or decision
        match decision:
            case Refuse():
                raise RefusedError(decision)
            case Submit():
                _tell_of_a_new_request(target, spec)
            case Adopt(request):
                _tell_of_other_comments(request, spec)
            case AlreadyApproved(request):
                _tell_of_what_lives(outcome(target, request), spec)
            case AlreadyRejected(request):
                messages.warning(rejected_before_notice(spec, request))

    def _caught_late(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> str | None:
        """What a guard rail finds that was declared or changed after the request was sent; None where all is well."""
        inputs = parse(news, self.fields)
        guards = {name: inputs.known(name) for name in _EXPECTED if inputs.known(name) != olds.get(name)}
        known = olds.get(self.shown) or olds.get(self.format.reviewed)
        if not known:
            return None
        surprise = None
        if any(guards.values()):
            order = known_order(int(known.get("orderId") or olds["orderId"]), known)
            surprise = unexpected(Target(order), Inputs(guards).spec(WholeOrder(), order.id))
        found = surprise[1] if surprise else self._other_product(inputs, olds, known)
        if found is None:
            return None
        if "requestId" in olds and is_open_status(olds.get("status")):
            remedy = (
                f"request {olds['requestId']:.0f} to revoke it is open; if this is the wrong order, ask an administrator to "
                "reject the request now"
            )
        elif olds.get("revoked") or "acceptedAt" in olds or olds.get("status") == "approved":
            remedy = "DigiCert already accepted its revocation, which cannot be undone"
        else:
            remedy = "check the order id"
        return f"{found}; {remedy}"

    def _other_product(self, inputs: Inputs, olds: Mapping[str, Any], known: Mapping[str, Any]) -> str | None:
        """What to say of a product that is expected late. The snapshot has its name alone, not its name id."""
        expected, product = inputs.known("expectedProduct"), known.get("product", "")
        if expected in (None, olds.get("expectedProduct")) or comparable(expected) == comparable(product):
            return None
        return (
            f"{self.name(inputs.properties)} has the product {product!r}, not the expected one; if a name id is expected, it was "
            "not compared"
        )

    def _finished(
        self, outcome: Outcome, spec: RevocationSpec, declared: Mapping[str, Any]
    ) -> dict[str, Any]:
        if outcome.request and not outcome.revoked:
            _tell_of_a_strange_status(spec, [outcome.request])
        return outcome_properties(outcome, declared.get(self.shown, {}))

    def _unfinished(self, error: NotReadBackError) -> dict[str, Any]:
        """What is stored while the order could not be read back: without its snapshot."""
        return {"revoked": False, **(request_properties(error.request) or _accepted_now())}

    def _tell_of_a_decision(self, stored: Mapping[str, Any], outcome: Outcome, spec: RevocationSpec) -> None:
        """Tell of an approval that a refresh finds. A rejection is told by `diff`, which the engine calls next."""
        if "revoked" not in stored:
            messages.info(_known_by_its_id(outcome, spec))
            return
        _tell_of_what_lives(outcome, spec)
        if outcome.revoked and not stored.get("revoked"):
            request = outcome.request
            approved = (
                f"; request {request.id} was approved" if request and request.status == "approved" else ""
            )
            messages.info(f"{spec.name} is revoked{approved}")

    def _decided(
        self, id_: str, spec: RevocationSpec, stored: dict[str, Any], inputs: Inputs
    ) -> dict[str, Any]:
        """Wait for the decision, if it is declared and there is one to come."""
        request = stored_request(stored)
        if request:
            self._requests_that_stay[request.id].add(self.name(stored))
        if not inputs.known("waitForDecision") or request is None or stored["revoked"]:
            return stored
        seconds = min(inputs.known("waitForDecision"), self.host.timeout() or inf)
        messages.info(f"{spec.name}: waiting up to {seconds:g} s for the decision on request {request.id}")
        try:
            with self.host.waiting():
                outcome = self.connection.wait(spec, request, seconds)
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
        if _tell_of_what_lives(outcome, spec) and isinstance(spec.scope, SingleCertificate):
            # Decided it is, and what CertCentral shows of a revoked duplicate or reissue is not documented.
            return stored
        raise UnfinishedError(id_, stored, _not_revoked(spec, outcome, seconds))


def _unread(target: Target) -> tuple[str, ...]:
    """What could not be read of the order's other certificates, a line for each list."""
    return target.siblings.unread if target.siblings else ()


def _no_request(target: Target, last: Request | None) -> str:
    """Why no request can be imported with a target, and what to do."""
    if target.single and (opened := open_requests(target.order)):
        return (
            f"request {opened[0].id} on its order is open, but CertCentral does not say for which certificate; "
            "if it is for this one, set `comments` to that request's comments to adopt it"
        )
    decided = f" (request {last.id} is {last.status})" if last else ""
    return f"no request to revoke it is open{decided}; declare the revocation and run `pulumi up`"


def _known_by_its_id(outcome: Outcome, spec: RevocationSpec) -> str:
    """What there is to say of what nobody declared here."""
    shown, request = outcome.snapshot, outcome.request
    if request:
        why = f": {request.processor_comment!r}" if request.processor_comment else ""
        asked = f"request {request.id} to revoke it is {request.status}{why}"
    elif shown.revocation == "none":
        asked = "no request to revoke it is known"
    elif outcome.revoked and isinstance(spec.scope, WholeOrder):
        asked = "no request that revoked it is known"
    else:
        asked = f"on its order, {shown.revocation}, but CertCentral does not say for which certificate"
    return f"{spec.name} has the status {shown.certificate_status or shown.status!r}; {asked}"


def _tell_of_what_lives(outcome: Outcome, spec: RevocationSpec) -> bool:
    """Warn where an approval revoked nothing, once in a process; whether it is so."""
    line = approved_and_alive_notice(outcome, spec)
    if line and outcome.request:
        messages.warning_once(line, ("revoked nothing", outcome.request.id))
    return line is not None


def _tell_of_a_new_request(target: Target, spec: RevocationSpec) -> None:
    """Warn where a request will be sent for nothing, or again."""
    if nothing := nothing_to_revoke(target, datetime.now(timezone.utc).date().isoformat()):
        messages.warning_once(f"{nothing}: there is nothing to revoke, and DigiCert may refuse the request")
    line, last = asks_again_notice(target.order, spec), telling_request(target.order)
    if line and last:
        messages.warning_once(line, subject=("asks again", last.id))


def _tell_of_other_comments(request: Request, spec: RevocationSpec) -> None:
    """Warn where an order adopts an open request that may not be for all of it, once in a process."""
    if is_open(request) and request.comments and not same_words(request, spec):
        messages.warning_once(
            f"{spec.name}: request {request.id} is open, so no other one is sent; it has other comments and may be "
            "for a single certificate of the order; check it in CertCentral",
            subject=("adopted", request.id),
        )


def _tell_of_a_strange_status(spec: RevocationSpec, requests: Iterable[Request]) -> None:
    if notice := strange_status_notice(spec.name, *requests):
        messages.warning_once(notice)


def _accepted_now() -> dict[str, Any]:
    """When DigiCert revoked without a request. It keeps no trace of it: this machine's clock is all there is."""
    return {"acceptedAt": datetime.now(timezone.utc).isoformat(timespec="seconds")}


def _rejected(name: str, request_id: float, comment: str | None) -> str:
    why = f": {comment!r}" if comment else ""
    return f"{name}: request {request_id:.0f} was rejected{why}; to ask again, change `comments`"


def _not_revoked(spec: RevocationSpec, outcome: Outcome, seconds: float) -> str:
    request = outcome.request
    if request and request.status == "rejected":
        return _rejected(spec.name, request.id, request.processor_comment)
    request_status = f"request {request.id} is {request.status}" if request else "there is no request"
    # After an approval, the provider polls for the revocation for less time than the wait could still take.
    is_approved = request and request.status == "approved"
    alive = "is not revoked yet" if is_approved else f"was not revoked within {seconds:g} s"
    return f"{spec.name} {alive}: {request_status}; the resource is kept in the state; run `pulumi up` again to continue waiting"
