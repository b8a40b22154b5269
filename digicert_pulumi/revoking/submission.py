"""Make sure that exactly one revocation request stands at DigiCert, whatever breaks on the way.

DigiCert has no idempotency key. So every PUT is preceded by a read, and a PUT of unknown fate is never sent again: the
order is polled for a while, and then the user is told. `steps.py` has the steps as a table.
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
    approved_and_alive_notice,
    rejected_before_notice,
    second_request_notice,
)
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import including, is_open, same_words, standing_request
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
from digicert_pulumi.revoking.turn import send_in_turn

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
"""How long an order is polled for a request whose PUT got no usable answer."""

DOUBT = 8
"""For how many times as long the next `pulumi up` polls the order before it sends: a gateway between this machine and
DigiCert's database may process the first PUT late. By default that is two minutes, twice a common gateway's timeout."""

_LONGEST_PAUSE = 15.0
"""Seconds between two reads of an order that is polled."""

_CALLS_OF_ALL_CERTIFICATES = 3
"""What it takes to read all the certificates of an order: the order, the duplicates and the reissues."""


def _calls(spec: RevocationSpec) -> int:
    """How many calls it takes to read what a PUT rests on."""
    is_simple = isinstance(spec.scope, WholeOrder) and not spec.must_not_be_served_by
    return 1 if is_simple else _CALLS_OF_ALL_CERTIFICATES


class _Seen(NamedTuple):
    """A target, and the moment that it is known from: what happened since may be missing."""

    target: Target
    moment: float


class _Run:
    """A revocation while its order is locked. The steps set what the later ones need.

    Attributes:
        spec: What is declared.
        held: The order's lock, with the record of what was sent.
        target: The target as last read.
        action: What the rules say about it.
        before: The target that the PUT rests on.
        answer: DigiCert's answer to the PUT; None if DigiCert revoked at once.
        failure: Why there is no answer.
        cause: Why nobody knows what became of the PUT: its failure, or that of a read after it.
        outcome: What stands.
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
    """The target, as it was read, needs no PUT, or must not have one. Nothing was sent."""


class Submission:
    """Submits revocations through one client. Any number of threads may share it.

    Args:
        client: The CertCentral client.
        reader: What was read through it.
        report: Is given one line for the user.
        user: Returns the user whom the API key acts for; read through the client by default.
        settle_seconds: How long an order is polled after a PUT of unknown fate.
        locks: What keeps other processes of this machine away from an order; by default only threads are.
        sleep: Waits that many seconds.
        look: Sees which certificates a host serves.
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
        """Record for which revocation a request was made or adopted: CertCentral doesn't say."""
        self._known.remember(request_id, spec)

    def ensure(self, spec: RevocationSpec) -> Outcome:
        """Return what stands at DigiCert for a declared revocation, sending a request only if none stands.

        For the same revocation, declared several times, one request is sent, even while reads don't show it.

        Raises:
            RefusedError: The revocation must not be sent; nothing was.
            FateUnknownError: A request was sent and cannot be seen.
            NotReadBackError: The request stands, the order could not be read back.
            CertCentralError: Nothing was sent, or DigiCert refused it.
        """
        with self._locks.hold(spec.order_id) as held:
            run, step = _Run(spec, held), Step.WATCH
            while step is not Step.DONE:
                step = NEXT[step, self._steps[step](run)]
            return run.outcome

    def lacks_the_right(self, spec: RevocationSpec) -> Refuse | None:
        """Return why the key may not do what is declared, or None.

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
        """Return why nothing may be sent, if a host of `must_not_be_served_by` serves what would be revoked.

        Raises:
            Interrupted: The operation was cancelled.
        """
        return self._refuse_served(target, spec, self._look_at_hosts(spec))

    def read_back(self, spec: RevocationSpec, known: SubmittedRequest | None) -> Outcome:
        """Read the order after a request was made, and return what stands now.

        If two programs sent at once and two requests are open, the lowest is the one that counts.

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
        failed: list[Exception] = []
        try:
            run.answer = send_in_turn(
                self._client,
                # The hosts come first: they may be slow, and the PUT rests on a young read of the order.
                look=lambda: self._examine(
                    run, served=self._look_at_hosts(run.spec), seen=self._read(run.spec)
                ),
                put=lambda: self._put(run, failed),
                is_recent=self._reader.is_recent,
                moment=self._examine(run, known) if known else NEVER,
                calls=_calls(run.spec),
            )
        except _StandsError:
            return Event.STANDS
        except Exception as error:
            if error not in failed:
                raise
            run.failure = error
            return _fate_of(error)
        run.held.is_answered()
        return Event.ACCEPTED

    def _adopt(self, run: _Run) -> Event:
        target, spec = run.target, run.spec
        match run.action:
            case Refuse() as refusal:
                raise RefusedError(refusal)
            case Adopt(request):
                if another := self._known.made_for_another(request, spec):
                    raise RefusedError(another)
                run.outcome = self._standing(target, spec, request)
                if run.outcome.request and not is_open(run.outcome.request):
                    # It was decided on after the list that shows it as open was read.
                    self._reader.forget(spec.order_id)
                    self._known.add(spec.order_id, run.outcome.request)
                    return Event.DECIDED
                if target.single:
                    self._known.remember(request.id, spec)
                self._report_a_second_request(target)
            case AlreadyApproved(request):
                run.outcome = self._standing(target, spec, request)
                if line := approved_and_alive_notice(run.outcome, spec):
                    self._report(line)
            case AlreadyRejected(request):
                self._report(rejected_before_notice(spec, request))
                run.outcome = self._standing(target, spec, request)
            case AlreadyRevoked(OrderRequest() as request):
                run.outcome = self._standing(target, spec, request)
            case _:
                run.outcome = outcome(target, None)
        return Event.STANDS

    def _read_back(self, run: _Run) -> Event:
        self._known.accepted(run.spec, run.answer)
        try:
            if self._reader.affords_reading_back():
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
        except Exception:  # noqa: BLE001  # DigiCert's refusal says more
            return Event.NOTHING

    def _poll(self, run: _Run) -> Event:
        run.cause = run.failure
        self._report(
            f"{run.spec.name}: no usable answer to the revocation ({cause_of(run.failure)}); "
            "checking whether DigiCert created a request"
        )
        try:
            for part in (0, 1, 2, 4, 8):
                self._sleep(self._settle_seconds * part / 15)
                if self._is_answered(run):
                    return Event.STANDS
        except Exception as error:  # noqa: BLE001  # whatever it is, a request may stand
            run.cause = error
        return Event.NOTHING

    def _confirm(self, run: _Run) -> Event:
        event = self._adopt(run)
        request = run.outcome.request
        return Event.STANDS if request and same_words(request, run.spec) else event

    def _fail(self, run: _Run) -> NoReturn:
        raise run.failure

    def _end_unknown(self, run: _Run) -> NoReturn:
        run.held.leaves()
        self._known.in_doubt(run.spec, run.before)
        raise FateUnknownError(run.spec.name, run.cause)

    # What the steps share.

    def _needs_a_put(self, run: _Run, target: Target) -> bool:
        """Decide on the target as read.

        Raises:
            RefusedError: The key may not send the PUT.
        """
        run.target, run.action = target, self._known.decide(target, run.spec)
        if not isinstance(run.action, Submit):
            return False
        if refusal := self.lacks_the_right(run.spec):
            raise RefusedError(refusal)
        return True

    def _examine(self, run: _Run, seen: _Seen, served: Sequence[Look] = ()) -> float:
        """Decide on what was read for the PUT, and return when that was asked for.

        Raises:
            _StandsError: No PUT is needed.
            RefusedError: It must not be sent.
            FateUnknownError: This run sent one already.
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

    def _put(self, run: _Run, failed: list[Exception]) -> SubmittedRequest | None:
        spec = run.spec
        run.held.leaves()
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
            failed.append(error)
            if _fate_of(error) is not Event.LOST:
                run.held.is_answered()
            raise
        finally:
            self._reader.forget(spec.order_id)

    def _is_answered(self, run: _Run) -> bool:
        """Read the order after a PUT that failed, and return whether something stands for it.

        Of a PUT of unknown fate, only a request that is new and has its comments is the answer. Another one may be
        decided on, and DigiCert may process the PUT yet.
        """
        spec, target = run.spec, self._read(run.spec).target
        run.target, run.action = target, self._known.decide(target, spec)
        match run.action:
            case Submit() | Refuse():
                return False
            case Adopt(request) | AlreadyApproved(request) | AlreadyRejected(request):
                if self._known.made_for_another(request, spec):
                    return False
                if _fate_of(run.failure) is Event.LOST:
                    shown = request if request.comments is not None else self._reader.request(request)
                    if not (is_new(request, run.before) and same_words(shown, spec)):
                        return False
        run.held.is_answered()
        return True

    def _as_answered(self, run: _Run) -> Outcome:
        """Return what stands now, from the target as it was read before the PUT and from the answer to it."""
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
        self._reader.watch(
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
        """Return what is known of the order, if it is recent, and younger than any PUT of this machine."""
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
        """Return a request with who made it and, if it is decided, who decided on it and why: that may take a call."""
        match request:
            case Request():
                return request
            case SubmittedRequest(requester=Requester()) if is_open(request):
                return request
        return self._reader.request(request)


def _fate_of(failure: Exception) -> Event:
    """What DigiCert did with a PUT that failed."""
    if not isinstance(failure, CertCentralError) or failure.fate is Fate.UNKNOWN:
        return Event.LOST
    if failure.fate is Fate.NOT_PROCESSED and not isinstance(failure, RateLimited):
        return Event.NOT_PROCESSED
    return Event.REFUSED
