"""Make sure that DigiCert has exactly one request for a revocation, even after failures.

CertCentral has no idempotency key. So every PUT is preceded by a read. If a PUT's outcome is unknown, it isn't sent
again: the provider polls the order for a while, and then reports an error. `steps.py` has the steps as a table.
"""

from __future__ import annotations

import time
from math import ceil
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from msgspec.structs import replace

from digicert_pulumi.certcentral import (
    CertCentralError,
    Fate,
    OrderRequest,
    RateLimited,
    Request,
    Requester,
    SubmittedRequest,
)
from digicert_pulumi.orders.certificates import CertificateNotFoundError, siblings
from digicert_pulumi.orders.lists import NEVER
from digicert_pulumi.revoking.failures import FateUnknownError, NotReadBackError, RefusedError, cause_of
from digicert_pulumi.revoking.known_requests import KnownRequests, is_new
from digicert_pulumi.revoking.notices import (
    adopted_by_comments_notice,
    already_rejected_notice,
    not_revoked_notice,
    second_request_notice,
)
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.polling import read_until
from digicert_pulumi.revoking.requests import including, is_open, same_comments, standing_request
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
)
from digicert_pulumi.revoking.served import look, look_at_all, still_served
from digicert_pulumi.revoking.spec import SingleCertificate, WholeOrder
from digicert_pulumi.revoking.steps import NEXT, Event, Step
from digicert_pulumi.revoking.target import Target, read_target
from digicert_pulumi.revoking.turn import PutFailedError, send_in_turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digicert_pulumi.certcentral import Client, User
    from digicert_pulumi.orders.reader import Reader
    from digicert_pulumi.revoking.order_lock import HeldOrder
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.rules import Action
    from digicert_pulumi.revoking.served import Look
    from digicert_pulumi.revoking.spec import RevocationSpec
    from digicert_pulumi.x509.hosts import Host

SETTLE_SECONDS = 15.0
"""Seconds that an order is polled after a PUT without a usable response."""

DOUBT = 8
"""The multiple of `settle_seconds` after a PUT during which the next `pulumi up` polls the order before it sends again. A
gateway in front of DigiCert's database may process the first PUT late. The default, two minutes, is twice the usual
timeout of a gateway."""

_LONGEST_PAUSE = 15.0
"""The longest time between two reads of a polled order, in seconds."""

_CALLS_OF_ALL_CERTIFICATES = 3
"""The calls to read all certificates of an order: the order, the duplicates and the reissues."""


def _calls(spec: RevocationSpec) -> int:
    """Return the number of calls of the read before a PUT."""
    is_simple = isinstance(spec.scope, WholeOrder) and not spec.must_not_be_served_by
    return 1 if is_simple else _CALLS_OF_ALL_CERTIFICATES


class _Seen(NamedTuple):
    """A target, and the time when it was read. Later changes may be missing."""

    target: Target
    moment: float


class _Run:
    """A revocation while its order is locked. Each step sets the attributes that later steps need.

    Attributes:
        spec: The declared revocation.
        held: The locked order, with the record of PUTs.
        target: The target, from the last read.
        action: The action that the rules return for it.
        before: The target, from the last read before the PUT.
        answer: DigiCert's response to the PUT; None if DigiCert revoked at once.
        failure: The error of the PUT.
        cause: Why the PUT's outcome is unknown: the error of the PUT, or of a read after it.
        outcome: The outcome.
    """

    target: Target
    action: Action
    before: Target
    answer: SubmittedRequest | None
    failure: Exception
    cause: Exception
    outcome: Outcome

    def __init__(self, spec: RevocationSpec, held: HeldOrder) -> None:
        self.spec = spec
        self.held = held


class _StandsError(Exception):
    """The target needs no PUT, or must not get one. Nothing was sent."""


class Submission:
    """Submits revocations through one client. Thread-safe.

    Args:
        client: The CertCentral client.
        reader: Reads and caches the orders of this client.
        report: Called with each one-line message for the user.
        user: Returns the user of the API key; by default, reads it through the client.
        settle_seconds: Seconds that an order is polled if a PUT's outcome is unknown.
        locks: The order locks, which exclude other processes of this machine; by default, they exclude only threads.
        sleep: Waits that many seconds.
        look: Reads the certificates that a host serves.
    """

    def __init__(
        self,
        client: Client,
        reader: Reader,
        report: Callable[[str], None],
        *,
        user: Callable[[], User] | None = None,
        settle_seconds: float = SETTLE_SECONDS,
        locks: OrderLocks | None = None,
        sleep: Callable[[float], None] = time.sleep,
        look: Callable[[Host], list[Look]] = look,
    ) -> None:
        self._look_at = look
        self._client = client
        self._reader = reader
        self._report = report
        self._user = user or client.get_user
        self._settle_seconds = settle_seconds
        self._locks = locks or OrderLocks()
        self._sleep = sleep
        self._known = KnownRequests()
        self._told_to_refresh = False
        self._steps: dict[Step, Callable[[_Run], Event]] = {
            Step.WATCH: self._watch,
            Step.SEND: self._send,
            Step.ADOPT: self._adopt,
            Step.READ_BACK: self._read_back,
            Step.CHECK: self._check,
            Step.POLL: self._poll,
            Step.CONFIRM: self._confirm,
            Step.FAIL: self._fail,
            Step.UNKNOWN: self._end_unknown,
        }

    def remember(self, request_id: int, spec: RevocationSpec) -> None:
        """Record which revocation a request was sent or adopted for: CertCentral doesn't say."""
        self._known.remember(spec.order_id, request_id, spec.scope)

    def ensure(self, spec: RevocationSpec) -> Outcome:
        """Return the outcome of a declared revocation. Send a request only if DigiCert has none to adopt.

        If the same revocation is declared several times, one request is sent, even while reads don't show it yet.

        Raises:
            RefusedError: The revocation must not be sent; nothing was sent.
            FateUnknownError: A request was sent, and its outcome is unknown.
            NotReadBackError: DigiCert accepted the revocation, but the order could not be read back.
            CertCentralError: Nothing was sent, or DigiCert refused the revocation.
        """
        with self._locks.hold(spec.order_id) as held:
            run, step = _Run(spec, held), Step.WATCH
            while step is not Step.DONE:
                step = NEXT[step, self._steps[step](run)]
            return run.outcome

    def decide(self, target: Target, spec: RevocationSpec) -> Action:
        """Return the action for a target, as `ensure` would decide."""
        self._known.recognize(target.order, self._locks.last_sent(target.order.id))
        return self._known.decide(self._known.complete(target), spec)

    def adopted_by_comments(self, target: Target, request: OrderRequest, spec: RevocationSpec) -> str | None:
        """Return the warning for a request that is adopted for a single certificate only because of its comments."""
        if not target.single or self._known.is_known(target.order.id, request.id):
            return None
        return adopted_by_comments_notice(spec, request)

    def missing_permission(self, spec: RevocationSpec) -> Refuse | None:
        """Return why the API key may not send the declared revocation; None if it may.

        Raises:
            CertCentralError: The key's user could not be read.
        """
        if not spec.skip_approval or self._user().is_administrator:
            return None
        return Refuse(
            "not-an-administrator",
            f"{spec.name}: skip_approval requires an administrator's API key, and this key's user is not an administrator; "
            "nothing was sent; use an administrator's key, or remove skip_approval and have the request approved",
        )

    def still_served(self, target: Target, spec: RevocationSpec) -> Refuse | None:
        """Return a refusal if a host of `must_not_be_served_by` serves a certificate that would be revoked, or may do so.

        Raises:
            Interrupted: The operation was cancelled.
        """
        return self._refuse_served(target, spec, self._look_at_hosts(spec))

    def read_back(self, spec: RevocationSpec, known: SubmittedRequest | None) -> Outcome:
        """Read the order after a revocation was sent, and return the outcome.

        If two programs sent a request at the same time and both are open, the lowest one counts.

        Raises:
            NotReadBackError: The order could not be read.
        """
        try:
            target = self._read(spec).target
            if known:
                target = including(target, known)
            self._report_a_second_request(target)
            request = standing_request(target, known)
            return outcome(target, self._complete(request) if request else None)
        except (CertCentralError, CertificateNotFoundError) as error:
            raise NotReadBackError(spec.name, known, error) from None

    # The steps, in the order of `steps.py`.

    def _watch(self, run: _Run) -> Event:
        spec, held, pause = run.spec, run.held, 1.0
        while not held.is_unanswered and (left := held.in_doubt(DOUBT * self._settle_seconds)) > 0:
            if pause == 1:
                self._report(
                    f"{spec.name}: a revocation was sent {held.since_put:.0f} s ago without a confirmation from DigiCert; "
                    f"polling the order for {ceil(left)} s before sending it again"
                )
            if not self._needs_a_put(run, self._read(spec).target):
                return Event.STANDS
            self._sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)
        return Event.NOTHING

    def _send(self, run: _Run) -> Event:
        known = self._recent_reading(run)
        try:
            run.answer = send_in_turn(
                self._client,
                # Check the hosts first: they may be slow, and the PUT requires a recent read of the order.
                look=lambda: self._examine(
                    run, served=self._look_at_hosts(run.spec), seen=self._read(run.spec)
                ),
                put=lambda: self._put(run),
                is_recent=self._reader.is_recent,
                moment=self._examine(run, known) if known else NEVER,
                calls=_calls(run.spec),
            )
        except _StandsError:
            return Event.STANDS
        except PutFailedError as failed:
            run.failure = failed.error
            return _fate_of(failed.error)
        run.held.is_answered(run.answer.id if run.answer else None)
        return Event.ACCEPTED

    def _adopt(self, run: _Run) -> Event:
        target, spec = run.target, run.spec
        match run.action:
            case Refuse() as refusal:
                raise RefusedError(refusal)
            case Adopt(request):
                if notice := self.adopted_by_comments(target, request, spec):
                    self._report(notice)
                run.outcome = self._standing(target, spec, request)
                if run.outcome.request and not is_open(run.outcome.request):
                    # The list that shows the request as open is stale: the request was decided on since.
                    self._reader.forget(spec.order_id)
                    self._known.add(spec.order_id, run.outcome.request)
                    return Event.DECIDED
                if target.single:
                    self._known.remember(spec.order_id, request.id, spec.scope)
                self._report_a_second_request(target)
            case AlreadyApproved(request):
                run.outcome = self._standing(target, spec, request)
                if line := not_revoked_notice(run.outcome, spec):
                    self._report(line)
            case AlreadyRejected(request):
                self._report(already_rejected_notice(spec, request))
                run.outcome = self._standing(target, spec, request)
            case AlreadyRevoked(OrderRequest() as request):
                run.outcome = self._standing(target, spec, request)
            case _:
                run.outcome = outcome(target, None)
        return Event.STANDS

    def _read_back(self, run: _Run) -> Event:
        self._known.accepted(run.spec, run.answer)
        try:
            if self._reader.may_read_back():
                known = self.read_back(run.spec, run.answer)
            else:
                known = self._as_answered(run)
            run.outcome = replace(known, sent=True)
        except NotReadBackError:
            raise
        except Exception as error:
            raise NotReadBackError(run.spec.name, run.answer, error) from error
        return Event.STANDS

    def _check(self, run: _Run) -> Event:
        try:
            return Event.STANDS if self._is_answered(run) else Event.NOTHING
        except Exception:  # noqa: BLE001  # the step FAIL reports DigiCert's refusal, which says more
            return Event.NOTHING

    def _poll(self, run: _Run) -> Event:
        run.cause = run.failure
        self._report(
            f"{run.spec.name}: no usable answer to the revocation ({cause_of(run.failure)}); "
            "checking whether DigiCert created a request"
        )
        try:
            pauses = [self._settle_seconds * part / 15 for part in (0, 1, 2, 4, 8)]
            if read_until(bool, lambda: self._is_answered(run), pauses, self._sleep):
                return Event.STANDS
        except Exception as error:  # noqa: BLE001  # after any error, DigiCert may have a request
            run.cause = error
        return Event.NOTHING

    def _confirm(self, run: _Run) -> Event:
        event = self._adopt(run)
        request = run.outcome.request
        return Event.STANDS if request and same_comments(request, run.spec) else event

    def _fail(self, run: _Run) -> NoReturn:
        raise run.failure

    def _end_unknown(self, run: _Run) -> NoReturn:
        run.held.stays_unanswered()
        raise FateUnknownError(run.spec.name, run.cause)

    # Helpers of the steps.

    def _needs_a_put(self, run: _Run, target: Target) -> bool:
        """Set the action for a target, and return whether a PUT is needed.

        Raises:
            RefusedError: The key may not send the PUT.
        """
        self._known.recognize(target.order, run.held.sent)
        run.target, run.action = target, self._known.decide(target, run.spec)
        if not isinstance(run.action, Submit):
            return False
        if refusal := self.missing_permission(run.spec):
            raise RefusedError(refusal)
        return True

    def _examine(self, run: _Run, seen: _Seen, served: Sequence[Look] = ()) -> float:
        """Check whether the PUT may be sent after this read, and return the time of the read.

        Raises:
            _StandsError: No PUT is needed.
            RefusedError: The PUT must not be sent.
            FateUnknownError: This run already sent a PUT whose outcome is unknown.
        """
        spec = run.spec
        if not self._needs_a_put(run, seen.target):
            raise _StandsError
        if run.held.is_unanswered:
            cause = "the order shows no request; nothing was sent again"
            raise FateUnknownError(spec.name, cause, f"a revocation on order {spec.order_id}")
        if refusal := self._refuse_served(seen.target, spec, served):
            raise RefusedError(refusal)
        run.before = seen.target
        return seen.moment

    def _put(self, run: _Run) -> SubmittedRequest | None:
        spec = run.spec
        run.held.leaves(self._known.sent_for(spec, run.before))
        try:
            match spec.scope:
                case WholeOrder():
                    return self._client.revoke_order(
                        spec.order_id,
                        comments=spec.comments,
                        revocation_reason=spec.revocation_reason,
                        skip_approval=spec.skip_approval,
                    )
                case SingleCertificate(id=certificate_id):
                    return self._client.revoke_certificate(
                        certificate_id,
                        order_id=spec.order_id,
                        comments=spec.comments,
                        revocation_reason=spec.revocation_reason,
                        skip_approval=spec.skip_approval,
                    )
        except Exception as error:
            if _fate_of(error) is not Event.LOST:
                run.held.is_answered()
            raise
        finally:
            self._reader.forget(spec.order_id)

    def _is_answered(self, run: _Run) -> bool:
        """Read the order after a failed PUT, and return whether it shows the outcome.

        If the PUT's outcome is unknown, only a new request with the declared comments counts as its result. Any other
        request may be decided on while DigiCert still processes the PUT.
        """
        spec, target = run.spec, self._read(run.spec).target
        run.target, run.action = target, self._known.decide(target, spec)
        request_id = None
        match run.action:
            case Submit() | Refuse():
                return False
            case Adopt(request) | AlreadyApproved(request) | AlreadyRejected(request):
                if _fate_of(run.failure) is Event.LOST:
                    shown = request if request.comments is not None else self._reader.request(request)
                    if not (is_new(request, run.before) and same_comments(shown, spec)):
                        return False
                    self._known.remember(spec.order_id, request.id, spec.scope)
                request_id = request.id
        run.held.is_answered(request_id)
        return True

    def _as_answered(self, run: _Run) -> Outcome:
        """Return the outcome from the last read before the PUT and DigiCert's response, without another read."""
        if not run.answer:
            if not self._told_to_refresh:
                self._told_to_refresh = True
                self._report(
                    "there are too many revocations to read each order back; "
                    "run `pulumi refresh` afterwards to see which orders are revoked"
                )
            return outcome(run.before, None)
        target = including(run.before, run.answer)
        refresh = "; run `pulumi refresh` to update the state"
        self._reader.report_changes(
            target.order, lambda seen: self._report_a_second_request(replace(target, order=seen), refresh)
        )
        return outcome(target, run.answer)

    def _report_a_second_request(self, target: Target, remedy: str = "") -> None:
        if notice := second_request_notice(target):
            self._report(notice + remedy)

    def _look_at_hosts(self, spec: RevocationSpec) -> Sequence[Look]:
        return look_at_all(spec.must_not_be_served_by, self._look_at)

    def _refuse_served(self, target: Target, spec: RevocationSpec, seen: Sequence[Look]) -> Refuse | None:
        return still_served(spec, target, seen, lambda: siblings(self._client, target.order, hinted=False))

    def _recent_reading(self, run: _Run) -> _Seen | None:
        """Return the last read of the order, if it is recent and newer than any PUT of this machine."""
        spec, held = run.spec, run.held
        if isinstance(spec.scope, SingleCertificate) or held.is_unanswered or spec.must_not_be_served_by:
            return None
        seen = self._reader.recent_reading(spec.order_id)
        if seen is None or self._reader.now() - seen.moment > held.since_put:
            return None
        return _Seen(self._known.complete(Target(seen.order)), seen.moment)

    def _read(self, spec: RevocationSpec) -> _Seen:
        moment = self._reader.now()
        target = read_target(self._client, self._reader.order, spec)
        complete = replace(target, order=self._reader.with_comments(target.order))
        return _Seen(self._known.complete(complete), moment)

    def _standing(self, target: Target, spec: RevocationSpec, request: OrderRequest) -> Outcome:
        try:
            return outcome(target, self._complete(request))
        except CertCentralError as error:
            raise NotReadBackError(spec.name, request, error) from None

    def _complete(self, request: OrderRequest) -> SubmittedRequest:
        """Return a request with its requester and, if it is decided, its processor and their comment. May make a call."""
        match request:
            case Request():
                return request
            case SubmittedRequest(requester=Requester()) if is_open(request):
                return request
        return self._reader.request(request)


def _fate_of(failure: Exception) -> Event:
    """Return what DigiCert did with a failed PUT."""
    if not isinstance(failure, CertCentralError) or failure.fate is Fate.UNKNOWN:
        return Event.LOST
    if failure.fate is Fate.NOT_PROCESSED and not isinstance(failure, RateLimited):
        return Event.NOT_PROCESSED
    return Event.REFUSED
