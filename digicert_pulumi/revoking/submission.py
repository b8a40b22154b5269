"""Make sure that exactly one revocation request stands at DigiCert, whatever breaks on the way.

DigiCert has no idempotency key. So every sending looks first, and a PUT whose fate is unknown is never sent again: the
order is watched for a while, and then the user is told. Nothing of Pulumi is known here.
"""

from __future__ import annotations

import time
from collections import defaultdict
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from digicert_pulumi.certcentral import CertCentralError, Fate, RateLimited, Request
from digicert_pulumi.orders.certificates import CertificateNotFoundError, siblings
from digicert_pulumi.orders.look_again import LookAgain
from digicert_pulumi.revoking.failures import (
    FateUnknownError,
    NotReadBackError,
    RefusedError,
    cause_of,
)
from digicert_pulumi.revoking.notices import (
    approved_and_alive_notice,
    rejected_before_notice,
    second_request_notice,
)
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import including, is_open, same_words, standing_request, with_requests
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
    decide,
)
from digicert_pulumi.revoking.served import look, look_at_all, still_served
from digicert_pulumi.revoking.spec import SingleCertificate, WholeOrder
from digicert_pulumi.revoking.target import Target, read_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digicert_pulumi.certcentral import Client, User
    from digicert_pulumi.orders.reader import Reader
    from digicert_pulumi.revoking.order_lock import HeldOrder
    from digicert_pulumi.revoking.outcome import Outcome
    from digicert_pulumi.revoking.rules import Action
    from digicert_pulumi.revoking.served import Look
    from digicert_pulumi.revoking.spec import RevocationSpec, Scope
    from digicert_pulumi.x509.hosts import Host

SETTLE_SECONDS = 15.0
"""How long an order is watched for a request whose PUT got no usable answer."""

DOUBT = 8
"""For how many times as long the next `pulumi up` watches the order before it sends: what stands between this machine
and DigiCert's database may process the first PUT late. By default that is two minutes, twice a common gateway's timeout."""

_LONGEST_PAUSE = 15.0
"""Seconds between two looks at an order that is watched."""

_CALLS_OF_ALL_CERTIFICATES = 3
"""What it takes to read all the certificates of an order: the order, the duplicates and the reissues."""


def _calls(spec: RevocationSpec) -> int:
    """How many calls it takes to read what a PUT rests on."""
    is_simple = isinstance(spec.scope, WholeOrder) and not spec.must_not_be_served_by
    return 1 if is_simple else _CALLS_OF_ALL_CERTIFICATES


def _stands(request: Request | None, spec: RevocationSpec) -> bool:
    """Whether a request is open, or is this very revocation however it was decided."""
    return request is not None and (is_open(request) or same_words(request, spec))


def _is_new(request: Request, before: Target) -> bool:
    return all(known.id != request.id for known in before.order.requests)


class _Seen(NamedTuple):
    """A target, and the moment that it is known from: what happened since may be missing."""

    target: Target
    moment: float


class _NotNeededError(Exception):
    """The target, as it was read, needs no PUT, or must not have one. Nothing was sent."""

    def __init__(self, target: Target, action: Action) -> None:
        super().__init__()
        self.target = target
        self.action = action


class Submission:
    """Submits revocations through one client. Any number of threads may share it.

    Args:
        client: The CertCentral client.
        reader: What was read through it.
        report: Is given one line where the user has something to know.
        user: Gives the user whom the API key acts for; read through the client by default.
        settle_seconds: How long an order is watched after a PUT whose fate is unknown.
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
        self._known: defaultdict[int, list[Request]] = defaultdict(list)
        self._made_for: dict[int, RevocationSpec] = {}
        self._in_doubt: dict[int, tuple[RevocationSpec, Target]] = {}
        self._revoked_at_once: set[tuple[int, Scope]] = set()
        self._told_to_refresh = False

    def remember(self, request_id: int, spec: RevocationSpec) -> None:
        """Take note of what a request is for, which CertCentral does not tell.

        Args:
            request_id: The request.
            spec: The revocation that made or adopted it.
        """
        self._made_for.setdefault(request_id, spec)

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
            return self._look_and_submit(spec, held)

    def lacks_the_right(self, spec: RevocationSpec) -> Refuse | None:
        """Return why the key may not do what is declared, or None.

        Raises:
            CertCentralError: The key's user could not be read.
        """
        if not spec.skip_approval or self._user().is_administrator:
            return None
        return Refuse(
            "not-an-administrator",
            f"{spec.name}: skip_approval needs the API key of an administrator, and this key's user is none; "
            "nothing was sent; take an administrator's key, or leave skip_approval out and have the request approved",
        )

    def still_served(self, target: Target, spec: RevocationSpec) -> Refuse | None:
        """Tell whether a host that is named for it serves what would be revoked, and so why nothing may be sent.

        Raises:
            Interrupted: The operation was cancelled.
        """
        return self._refuse_served(target, spec, self._look_at_hosts(spec))

    def _refuse_served(self, target: Target, spec: RevocationSpec, seen: Sequence[Look]) -> Refuse | None:
        return still_served(spec, target, seen, lambda: siblings(self._client, target.order, hinted=False))

    def read_back(self, spec: RevocationSpec, known: Request | None) -> Outcome:
        """Read the order after a request was made, and say what stands now.

        Where two programs passed each other and two requests are open, the lowest is the one that counts.

        Raises:
            NotReadBackError: The order could not be read.
        """
        try:
            target = self._read(spec).target
            if known:
                target = including(target, known)
            self._report_a_second_request(target)
            request = standing_request(target, known)
            return outcome(target, request and self._complete(request, known))
        except (CertCentralError, CertificateNotFoundError) as error:
            raise NotReadBackError(spec.name, known, error) from None

    def _look_and_submit(self, spec: RevocationSpec, held: HeldOrder) -> Outcome:
        """Decide on what is known of the order, else on what is read when the PUT's turn comes; then send it."""
        seen: list[_Seen] = []
        is_unanswered = held.is_unanswered

        def examine(reading: _Seen, served: Sequence[Look] = ()) -> float:
            self._require_submit(reading.target, spec)
            if is_unanswered:
                cause = "the order shows no request; nothing was sent again"
                raise FateUnknownError(spec.name, cause, f"a revocation on order {spec.order_id}")
            if refusal := self._refuse_served(reading.target, spec, served):
                raise RefusedError(refusal)
            seen.append(reading)
            return reading.moment

        known = self._recent_reading(spec, held)
        last = LookAgain(
            # The hosts come first: they may be slow, and the PUT rests on a young reading of the order.
            lambda: examine(served=self._look_at_hosts(spec), reading=self._read(spec)),
            self._reader.is_recent,
            calls=_calls(spec),
            leaves=held.leaves,
        )
        try:
            if not is_unanswered:
                self._watch(spec, held)
            if known:
                last.moment = examine(known)
            answer = self._put(spec, last)
        except _NotNeededError as found:
            return self._settle_for(found.action, found.target, spec, held)
        except Exception as error:
            if not last.left:
                raise
            return self._settle_after(error, spec, held, seen[-1].target)
        held.is_answered()
        return self._settle_after_success(spec, seen[-1].target, answer)

    def _require_submit(self, target: Target, spec: RevocationSpec) -> None:
        """See that the target, as it was read, needs a PUT, and that the key may send it."""
        action = self._decide(target, spec)
        if isinstance(action, Submit) and (spec.order_id, spec.scope) in self._revoked_at_once:
            action = AlreadyRevoked(None)
        if not isinstance(action, Submit):
            raise _NotNeededError(target, action)
        if refusal := self.lacks_the_right(spec):
            raise RefusedError(refusal)

    def _watch(self, spec: RevocationSpec, held: HeldOrder) -> None:
        """Watch the order while a PUT that an earlier `pulumi up` sent for it may be processed yet."""
        pause = 1.0
        while (left := held.in_doubt(DOUBT * self._settle_seconds)) > 0:
            if pause == 1:
                self._report(
                    f"{spec.name}: a revocation was sent {held.since_put:.0f} s ago, and whether DigiCert took it is not "
                    f"known yet; watching the order for {ceil(left)} s before it is sent again"
                )
            self._require_submit(self._read(spec).target, spec)
            self._sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _settle_after_success(self, spec: RevocationSpec, target: Target, answer: Request | None) -> Outcome:
        """Read the order back after DigiCert took its revocation, or say what stands now."""
        if answer:
            self._known[spec.order_id].append(answer)
            self._made_for[answer.id] = spec
        else:
            self._revoked_at_once.add((spec.order_id, spec.scope))
        try:
            if self._reader.affords_reading_back():
                return replace(self.read_back(spec, answer), sent=True)
            return replace(self._as_answered(target, answer), sent=True)
        except NotReadBackError:
            raise
        except Exception as error:
            raise NotReadBackError(spec.name, answer, error) from error

    def _settle_after(
        self, failure: Exception, spec: RevocationSpec, held: HeldOrder, before: Target
    ) -> Outcome:
        """Adopt what stands after a PUT that failed. It is not sent again, whatever is read.

        Args:
            failure: What became of the PUT.
            spec: The revocation.
            held: The order.
            before: What the PUT rested on.
        """
        if not isinstance(failure, CertCentralError):
            raise self._not_known(spec, failure, held, before) from failure
        is_known = failure.fate is not Fate.UNKNOWN
        if is_known:
            held.is_answered()
        if failure.fate is Fate.NOT_PROCESSED and not isinstance(failure, RateLimited):
            raise failure
        try:
            found = self._look(spec, failure, before)
        except Exception as error:
            raise (failure if is_known else self._not_known(spec, error, held, before)) from error
        if found is None:
            raise failure if is_known else self._not_known(spec, failure, held, before)
        action, target = found
        held.is_answered()
        if not isinstance(action, Adopt):
            return self._settle_for(action, target, spec, held)
        standing = self._standing(target, spec, action.request)
        if is_known and not _stands(standing.request, spec):
            raise failure
        self._report_a_second_request(target)
        return standing

    def _not_known(
        self, spec: RevocationSpec, cause: Exception, held: HeldOrder, before: Target
    ) -> FateUnknownError:
        held.leaves()
        self._in_doubt[spec.order_id] = spec, before
        return FateUnknownError(spec.name, cause)

    def _as_answered(self, target: Target, answer: Request | None) -> Outcome:
        """Say what stands now from the target as it was read before the PUT and from the answer to it."""
        if answer:
            target = including(target, answer)
            refresh = "; `pulumi refresh` brings the state up to date"
            self._reader.watch(
                target.order, lambda seen: self._report_a_second_request(replace(target, order=seen), refresh)
            )
        elif not self._told_to_refresh:
            self._told_to_refresh = True
            self._report(
                "these are too many revocations to read each order back; "
                "when all are sent, `pulumi refresh` reads which orders are revoked"
            )
        return outcome(target, answer)

    def _report_a_second_request(self, target: Target, remedy: str = "") -> None:
        if notice := second_request_notice(target):
            self._report(notice + remedy)

    def _put(self, spec: RevocationSpec, last: LookAgain) -> Request | None:
        try:
            match spec.scope:
                case WholeOrder():
                    return self._client.revoke_order(
                        spec.order_id,
                        comments=spec.comments,
                        revocation_reason=spec.revocation_reason,
                        skip_approval=spec.skip_approval,
                        last=last,
                    )
                case SingleCertificate(id=certificate_id):
                    return self._client.revoke_certificate(
                        certificate_id,
                        order_id=spec.order_id,
                        comments=spec.comments,
                        revocation_reason=spec.revocation_reason,
                        skip_approval=spec.skip_approval,
                        last=last,
                    )
        finally:
            if last.left:
                self._reader.forget(spec.order_id)

    def _look_at_hosts(self, spec: RevocationSpec) -> Sequence[Look]:
        return look_at_all(spec.must_not_be_served_by, self._look_at)

    def _recent_reading(self, spec: RevocationSpec, held: HeldOrder) -> _Seen | None:
        """What is known of the order already, where it is young enough, and younger than any PUT of this machine."""
        if isinstance(spec.scope, SingleCertificate) or held.is_unanswered or spec.must_not_be_served_by:
            return None
        seen = self._reader.recent_reading(spec.order_id)
        if seen is None or self._reader.now() - seen.moment > held.since_put:
            return None
        return self._with_known_requests(Target(seen.order), seen.moment)

    def _read(self, spec: RevocationSpec) -> _Seen:
        moment = self._reader.now()
        target = read_target(self._client, self._reader.order, spec)
        complete = replace(target, order=self._reader.with_comments(target.order))
        return self._with_known_requests(complete, moment)

    def _with_known_requests(self, target: Target, moment: float) -> _Seen:
        """Add the requests that are known here, also where the reading does not show them yet."""
        self._recognize(target)
        return _Seen(including(target, *self._known[target.order.id]), moment)

    def _look(
        self, spec: RevocationSpec, failure: CertCentralError, before: Target
    ) -> tuple[Action, Target] | None:
        """Read the order until it tells what became of the PUT; one reading is enough where it was turned away.

        Returns:
            What stands for the revocation; None where nothing does.
        """
        pauses = [0.0]
        if failure.fate is Fate.UNKNOWN:
            self._report(
                f"{spec.name}: no usable answer to the revocation ({cause_of(failure)}); "
                "looking whether DigiCert made a request of it"
            )
            pauses += (self._settle_seconds * part / 15 for part in (1, 2, 4, 8))
        for pause in pauses:
            self._sleep(pause)
            target = self._read(spec).target
            action = self._decide(target, spec)
            if self._answers(action, spec, failure, before):
                return action, target
        return None

    def _answers(
        self, action: Action, spec: RevocationSpec, failure: CertCentralError, before: Target
    ) -> bool:
        """Whether what was read stands for a revocation whose PUT failed.

        Of a PUT whose fate is unknown, only a request that is new and has its comments is the answer. Another one may be
        decided on, and DigiCert may process the PUT yet.
        """
        match action:
            case Submit() | Refuse():
                return False
            case Adopt(request) | AlreadyApproved(request) | AlreadyRejected(request):
                if self._made_for_another(request, spec):
                    return False
                if failure.fate is not Fate.UNKNOWN:
                    return True
                told = request if request.comments is not None else self._reader.request(request)
                return _is_new(request, before) and same_words(told, spec)
        return True

    def _recognize(self, target: Target) -> None:
        """Remember what a request is for that a PUT of unknown fate has made since."""
        if target.order.id not in self._in_doubt:
            return
        spec, before = self._in_doubt[target.order.id]
        for request in target.order.requests:
            if request.type == "revoke" and _is_new(request, before) and same_words(request, spec):
                self.remember(request.id, spec)
                del self._in_doubt[target.order.id]
                break

    def _settle_for(self, action: Action, target: Target, spec: RevocationSpec, held: HeldOrder) -> Outcome:
        match action:
            case Refuse():
                raise RefusedError(action)
            case AlreadyApproved(request):
                standing = self._standing(target, spec, request)
                if line := approved_and_alive_notice(standing, spec):
                    self._report(line)
                return standing
            case AlreadyRejected(request):
                self._report(rejected_before_notice(spec, request))
                return self._standing(target, spec, request)
            case Adopt(request):
                return self._adopt(request, target, spec, held)
            case AlreadyRevoked(Request() as request):
                return self._standing(target, spec, request)
            case _:
                return outcome(target, None)

    def _adopt(self, request: Request, target: Target, spec: RevocationSpec, held: HeldOrder) -> Outcome:
        if refusal := self._made_for_another(request, spec):
            raise RefusedError(refusal)
        standing = self._standing(target, spec, request)
        if standing.request is None or is_open(standing.request):
            if target.single:
                self.remember(request.id, spec)
            self._report_a_second_request(target)
            return standing
        # The request was decided on after the list that shows it as open was read.
        self._reader.forget(spec.order_id)
        self._known[spec.order_id].append(standing.request)
        return self._look_and_submit(spec, held)

    def _standing(self, target: Target, spec: RevocationSpec, request: Request) -> Outcome:
        try:
            return outcome(target, self._complete(request))
        except CertCentralError as error:
            raise NotReadBackError(spec.name, request, error) from None

    def _decide(self, target: Target, spec: RevocationSpec) -> Action:
        """Decide without what was decided on for another certificate of the order, or for all, and asked for here."""
        own = (
            r
            for r in target.order.requests
            if is_open(r) or self._made_for.get(r.id, spec).scope == spec.scope
        )
        return decide(with_requests(target, tuple(own)), spec)

    def _made_for_another(self, request: Request, spec: RevocationSpec) -> Refuse | None:
        """Tell why an open request does not stand for the declared revocation: it was made here for another certificate or for all."""
        other = self._made_for.get(request.id, spec)
        if other.scope == spec.scope:
            return None
        reason = (
            f"{spec.name}: request {request.id} is open and is for {other.name}; nothing was sent; have it decided first, "
            "and give each certificate comments of its own: CertCentral doesn't say which certificate a request is for"
        )
        return Refuse("open-request-for-another", reason)

    def _complete(self, request: Request, known: Request | None = None) -> Request:
        """Read a request singly where the order's list of requests does not say who made it, or decided on it and why."""
        decided_since = known and not is_open(request) and request.status != known.status
        return request if request.requester and not decided_since else self._reader.request(request)
