"""Make sure that one revoke request for an order stands at DigiCert, whatever breaks on the way.

DigiCert has no idempotency key. So every sending looks first, and after a PUT whose fate is unknown it looks
until the order tells. Nothing of Pulumi is known here.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from digicert_pulumi.certcentral import CertCentralError, Fate, Outdated, Request, TimedOut
from digicert_pulumi.certificates import read_for
from digicert_pulumi.failures import (
    CertificateNotFoundError,
    FateUnknownError,
    NotReadBackError,
    RefusedError,
    cause_of,
)
from digicert_pulumi.reading import Reading
from digicert_pulumi.revocation import (
    OPEN_STATUSES,
    Adopt,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
    decide,
    including,
    outcome,
    second_request_notice,
    standing_request,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order, User
    from digicert_pulumi.reading import Reader
    from digicert_pulumi.revocation import Decision, Outcome, Wish

SETTLE_SECONDS = 15.0
"""How long an order is watched for a request whose PUT got no usable answer, before it may be sent again."""


class Submission:
    """Submits revocations through one client. Any number of threads may share it.

    Args:
        client: The CertCentral client.
        reader: What was read through it.
        report: Is given one line where the user has something to know.
        user: Gives the user whom the API key acts for; read through the client by default.
        settle_seconds: How long an order is watched after a PUT whose fate is unknown.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        client: Client,
        reader: Reader,
        report: Callable[[str], None],
        *,
        user: Callable[[], User] | None = None,
        settle_seconds: float = SETTLE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._reader = reader
        self._report = report
        self._user = user or client.get_user
        self._settle_seconds = settle_seconds
        self._sleep = sleep
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._known: defaultdict[int, list[Request]] = defaultdict(list)
        self._made_for: dict[int, Wish] = {}
        self._revoked_at_once: set[str] = set()
        self._unknown: dict[str, FateUnknownError] = {}
        self._told_to_refresh = False

    def ensure(self, wish: Wish) -> Outcome:
        """Return what stands at DigiCert once the wish is seen to, sending a request only if none stands.

        For what several wishes name, one request is sent, also while readings do not show it.

        Raises:
            RefusedError: The revocation must not be sent; nothing was.
            FateUnknownError: A request was sent and cannot be seen.
            NotReadBackError: The request stands, the order could not be read back.
            CertCentralError: Nothing was sent, or DigiCert refused it.
        """
        with self._locks[wish.order_id]:
            while True:
                try:
                    return self._look_and_submit(wish)
                except Outdated:  # noqa: PERF203
                    continue

    def lacks_the_right(self, wish: Wish) -> Refuse | None:
        """Tell whether the key may not do what is wished.

        Raises:
            CertCentralError: The key's user could not be read.
        """
        if not wish.skip_approval or self._user().is_administrator:
            return None
        return Refuse(
            "skip_approval",
            f"{wish.name}: skip_approval needs the API key of an administrator, and this key's user is none; "
            "nothing was sent; take an administrator's key, or leave skip_approval out and have the request approved",
        )

    def read_back(self, wish: Wish, known: Request | None) -> Outcome:
        """Read the order after a request was made, and say what stands now.

        Where two programs passed each other and two requests are open, the lowest is the one that counts.

        Raises:
            NotReadBackError: The order could not be read.
        """
        try:
            order = self._read(wish, now=True).order
            if known:
                order = including(order, known)
            if notice := second_request_notice(order, wish):
                self._report(notice)
            request = standing_request(order, wish, known)
            return outcome(order, wish, request and self._complete(request, known))
        except (CertCentralError, CertificateNotFoundError) as error:
            raise NotReadBackError(wish.name, known, error) from None

    def _look_and_submit(self, wish: Wish) -> Outcome:
        unknown = self._unknown.get(wish.name)
        seen = self._read(wish, now=unknown is not None)
        decision = decide(seen.order, wish)
        if not isinstance(decision, Submit):
            return self._settle_for(decision, seen.order, wish)
        if unknown:
            raise unknown
        if wish.name in self._revoked_at_once:
            return outcome(seen.order, wish, None)
        if refusal := self.lacks_the_right(wish):
            raise RefusedError(refusal)
        try:
            return self._submit(wish, seen)
        except FateUnknownError as error:
            self._unknown[wish.name] = error
            raise

    def _submit(self, wish: Wish, seen: Reading) -> Outcome:
        may_be_made = False
        while True:
            try:
                return self._send(wish, seen)
            except CertCentralError as error:
                failure = error
            if failure.fate is Fate.NOT_PROCESSED and not may_be_made:
                raise failure
            seen, decision = self._look(wish, failure)
            if not isinstance(decision, Submit | Refuse):
                return self._settle_for(decision, seen.order, wish)
            if failure.fate is Fate.REFUSED and not may_be_made:
                raise failure
            if isinstance(failure, Outdated) and isinstance(decision, Submit):
                continue
            if may_be_made or isinstance(decision, Refuse) or _may_still_be_at_work(failure):
                raise FateUnknownError(wish.name, failure)
            may_be_made = True

    def _send(self, wish: Wish, seen: Reading) -> Outcome:
        answer = self._put(wish, seen)
        if answer:
            self._known[wish.order_id].append(answer)
            self._made_for[answer.id] = wish
        else:
            self._revoked_at_once.add(wish.name)
        if self._reader.affords_reading_back():
            return replace(self.read_back(wish, answer), sent=True)
        return replace(self._as_answered(wish, seen.order, answer), sent=True)

    def _as_answered(self, wish: Wish, order: Order, answer: Request | None) -> Outcome:
        """Say what stands now from the order as it was read before the PUT and from the answer to it."""
        if answer:
            order = including(order, answer)
            self._reader.watch(wish, order)
        elif not self._told_to_refresh:
            self._told_to_refresh = True
            self._report(
                "these are too many revocations to read each order back; "
                "when all are sent, `pulumi refresh` reads which orders are revoked"
            )
        return outcome(order, wish, answer)

    def _put(self, wish: Wish, seen: Reading) -> Request | None:
        sent = True
        try:
            return self._ask(wish, lambda: not self._reader.is_recent(seen.moment))
        except Outdated:
            sent = False
            raise
        finally:
            if sent:
                self._reader.forget(wish.order_id)

    def _ask(self, wish: Wish, outdated: Callable[[], bool]) -> Request | None:
        if wish.certificate_id is None:
            return self._client.revoke_order(
                wish.order_id,
                comments=wish.comments,
                revocation_reason=wish.revocation_reason,
                skip_approval=wish.skip_approval,
                outdated=outdated,
            )
        return self._client.revoke_certificate(
            wish.certificate_id,
            order_id=wish.order_id,
            comments=wish.comments,
            revocation_reason=wish.revocation_reason,
            skip_approval=wish.skip_approval,
            outdated=outdated,
        )

    def _read(self, wish: Wish, *, now: bool = False) -> Reading:
        """Read the order, with the requests that are known here even where the reading does not show them yet.

        Args:
            wish: The revocation.
            now: Whether what was read before must not answer.
        """
        if wish.certificate_id is None and not now:
            order, moment = self._reader.order_to_decide_on(wish.order_id)
        else:
            moment = self._reader.now()
            order = read_for(self._client, self._reader.order, wish)
        for request in self._known[wish.order_id]:
            order = including(order, request)
        return Reading(order, moment)

    def _look(self, wish: Wish, failure: CertCentralError) -> tuple[Reading, Decision]:
        """Read the order until it tells what became of the PUT; one reading is enough where it did nothing."""
        if not _did_nothing(failure):
            self._report(
                f"{wish.name}: no usable answer to the revocation ({cause_of(failure)}); "
                "looking whether DigiCert made a request of it"
            )
        try:
            for pause in self._pauses(failure):
                self._sleep(pause)
                seen = self._read(wish, now=True)
                decision = decide(seen.order, wish)
                if not isinstance(decision, Submit | Refuse):
                    break
        except (CertCentralError, CertificateNotFoundError) as error:
            raise (failure if failure.fate is Fate.REFUSED else FateUnknownError(wish.name, error)) from None
        return seen, decision

    def _pauses(self, failure: CertCentralError) -> list[float]:
        if _did_nothing(failure):
            return [0.0]
        return [0.0, *(self._settle_seconds * part / 15 for part in (1, 2, 4, 8))]

    def _settle_for(self, decision: Decision, order: Order, wish: Wish) -> Outcome:
        match decision:
            case Refuse():
                raise RefusedError(decision)
            case AlreadyRejected(request):
                self._report(
                    f"{wish.name}: request {request.id} with the same comments was rejected, so none is sent; "
                    "to ask again, change `comments`"
                )
                return self._standing(order, wish, request)
            case Adopt(request):
                return self._adopt(request, order, wish)
            case AlreadyRevoked(Request() as request):
                return self._standing(order, wish, request)
            case _:
                return outcome(order, wish, None)

    def _adopt(self, request: Request, order: Order, wish: Wish) -> Outcome:
        if refusal := self._made_for_another(request, wish):
            raise RefusedError(refusal)
        standing = self._standing(order, wish, request)
        if standing.request is None or standing.request.status in OPEN_STATUSES:
            return standing
        # The request was decided on after the list that shows it as open was read.
        self._reader.forget(wish.order_id)
        self._known[wish.order_id].append(standing.request)
        return self._look_and_submit(wish)

    def _standing(self, order: Order, wish: Wish, request: Request) -> Outcome:
        try:
            return outcome(order, wish, self._complete(request))
        except CertCentralError as error:
            raise NotReadBackError(wish.name, request, error) from None

    def _made_for_another(self, request: Request, wish: Wish) -> Refuse | None:
        """Tell why an open request is none for the wish, where it was made here for another certificate or for all."""
        other = self._made_for.get(request.id, wish)
        if other.certificate_id == wish.certificate_id:
            return None
        reason = (
            f"{wish.name}: request {request.id} is open and is for {other.name}; nothing was sent; "
            "have it decided first, then run `pulumi up` again"
        )
        return Refuse("comments", reason)

    def _complete(self, request: Request, known: Request | None = None) -> Request:
        """Read a request singly where the order's list of requests does not say who made it, or decided on it and why."""
        decided_since = known and request.status not in {*OPEN_STATUSES, known.status}
        return request if request.requester and not decided_since else self._reader.request(request.id)


def _did_nothing(failure: CertCentralError) -> bool:
    return failure.fate is Fate.REFUSED or isinstance(failure, Outdated)


def _may_still_be_at_work(failure: CertCentralError) -> bool:
    """Whether DigiCert, or what stands behind a gateway that gave up, may yet make a request of the PUT.

    A second PUT could then overtake the first, and both would be made.
    """
    return isinstance(failure, TimedOut) or failure.status in {408, 504}
