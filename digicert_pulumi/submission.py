"""Make sure that one revoke request for an order stands at DigiCert, whatever breaks on the way.

DigiCert has no idempotency key. So every sending looks first, and after a PUT whose fate is unknown it looks
until the order tells. Nothing of Pulumi is known here.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Fate, Outdated, Request, TimedOut
from digicert_pulumi.certificates import read_for
from digicert_pulumi.revocation import (
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


class RefusedError(Exception):
    """The revocation must not be sent. Nothing was."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class FateUnknownError(Exception):
    """A PUT was sent, and no reading could tell whether DigiCert made a request of it."""

    def __init__(self, name: str, cause: CertCentralError) -> None:
        super().__init__(
            f"{name}: the revocation was sent, and whether DigiCert took it is not known yet ({_cause(cause)}); "
            "run `pulumi up` again: it looks before it sends"
        )


class NotReadBackError(Exception):
    """DigiCert took the revocation, and the order could not be read back.

    Attributes:
        request: The request that DigiCert answered with; None where it revoked without one.
    """

    def __init__(self, name: str, request: Request | None, cause: CertCentralError) -> None:
        made = f"request {request.id} was made" if request else "the revocation was accepted"
        super().__init__(
            f"{name}: {made}, but the order could not be read back ({_cause(cause)}); "
            "run `pulumi up` again: it continues from there and sends nothing twice"
        )
        self.request = request


class Submission:
    """Submits revocations through one client. Any number of threads may share it.

    Args:
        client: The CertCentral client.
        reader: What was read through it.
        report: Is given one line where the user has something to know.
        settle_seconds: How long an order is watched after a PUT whose fate is unknown.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        client: Client,
        reader: Reader,
        report: Callable[[str], None],
        *,
        settle_seconds: float = SETTLE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._reader = reader
        self._report = report
        self._settle_seconds = settle_seconds
        self._sleep = sleep
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._made: defaultdict[int, list[Request]] = defaultdict(list)
        self._made_for: dict[int, Wish] = {}
        self._unknown: dict[str, FateUnknownError] = {}
        self._user: User | None = None
        self._user_lock = threading.Lock()
        self._told_to_refresh = False
        self._located: dict[str, float] = {}

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
        """Tell whether the key may not do what is wished; asks DigiCert at most once.

        Raises:
            CertCentralError: The key's user could not be read.
        """
        if not wish.skip_approval:
            return None
        with self._user_lock:
            if self._user is None:
                self._user = self._client.get_user()
        if self._user.is_administrator:
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
            order = self._read(wish, self._reader.order)
            if known:
                order = including(order, known)
            if notice := second_request_notice(order, wish):
                self._report(notice)
            request = standing_request(order, wish, known)
            return outcome(order, wish, request and self._complete(request, known))
        except CertCentralError as error:
            raise NotReadBackError(wish.name, known, error) from None

    def _look_and_submit(self, wish: Wish) -> Outcome:
        unknown = self._unknown.get(wish.name)
        order = self._read(wish, self._reader.order if unknown else self._reader.order_to_decide_on)
        decision = decide(order, wish)
        if not isinstance(decision, Submit):
            return self._settle_for(decision, order, wish)
        if unknown:
            raise unknown
        if refusal := self.lacks_the_right(wish):
            raise RefusedError(refusal)
        try:
            return self._submit(wish, order)
        except FateUnknownError as error:
            self._unknown[wish.name] = error
            raise

    def _submit(self, wish: Wish, order: Order) -> Outcome:
        sent_before = False
        while True:
            try:
                return self._send(wish, order)
            except CertCentralError as error:
                failure = error
            if failure.fate is Fate.NOT_PROCESSED and not sent_before:
                raise failure
            order, decision = self._look(wish, failure)
            if not isinstance(decision, Submit | Refuse):
                return self._settle_for(decision, order, wish)
            if failure.fate is Fate.REFUSED:
                raise failure
            if isinstance(failure, Outdated):
                continue
            if sent_before or _may_still_be_at_work(failure):
                raise FateUnknownError(wish.name, failure)
            sent_before = True

    def _send(self, wish: Wish, order: Order) -> Outcome:
        answer = self._put(wish)
        if answer:
            self._made[wish.order_id].append(answer)
            self._made_for[answer.id] = wish
        if self._reader.affords_reading_back():
            return replace(self.read_back(wish, answer), sent=True)
        return replace(self._as_answered(wish, order, answer), sent=True)

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

    def _put(self, wish: Wish) -> Request | None:
        sent = True
        try:
            return self._ask(wish)
        except Outdated:
            sent = False
            raise
        finally:
            if sent:
                self._reader.forget(wish.order_id)

    def _ask(self, wish: Wish) -> Request | None:
        def outdated() -> bool:
            return not self._is_fresh(wish)

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

    def _is_fresh(self, wish: Wish) -> bool:
        if wish.certificate_id is None:
            return self._reader.is_fresh(wish.order_id)
        return self._reader.is_recent(self._located[wish.name])

    def _read(self, wish: Wish, read: Callable[[int], Order]) -> Order:
        """Read the order, with the requests that were made here even where the reading does not show them yet."""
        self._located[wish.name] = self._reader.now()
        order = read_for(self._client, read, wish)
        for request in self._made[wish.order_id]:
            order = including(order, request)
        return order

    def _look(self, wish: Wish, failure: CertCentralError) -> tuple[Order, Decision]:
        """Read the order until it tells what became of the PUT; one reading is enough where it did nothing."""
        if not _did_nothing(failure):
            self._report(
                f"{wish.name}: no usable answer to the revocation ({_cause(failure)}); "
                "looking whether DigiCert made a request of it"
            )
        try:
            for pause in self._pauses(failure):
                self._sleep(pause)
                order = self._read(wish, self._reader.order)
                decision = decide(order, wish)
                if not isinstance(decision, Submit | Refuse):
                    break
        except CertCentralError as error:
            raise (failure if failure.fate is Fate.REFUSED else FateUnknownError(wish.name, error)) from None
        return order, decision

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
            case Adopt(request) if refusal := self._made_for_another(request, wish):
                raise RefusedError(refusal)
            case Adopt(request) | AlreadyRevoked(Request() as request):
                return self._standing(order, wish, request)
            case _:
                return outcome(order, wish, None)

    def _standing(self, order: Order, wish: Wish, request: Request) -> Outcome:
        try:
            return outcome(order, wish, self._complete(request))
        except CertCentralError as error:
            raise NotReadBackError(wish.name, request, error) from None

    def _made_for_another(self, request: Request, wish: Wish) -> Refuse | None:
        """Tell why an open request with the wish's words is none for its certificate, where it was made here."""
        other = self._made_for.get(request.id, wish)
        if wish.certificate_id is None or other.certificate_id == wish.certificate_id:
            return None
        reason = (
            f"{wish.name}: request {request.id} with the same comments is for {other.name}; nothing was sent; "
            "have it decided first, or declare other comments"
        )
        return Refuse("comments", reason)

    def _complete(self, request: Request, known: Request | None = None) -> Request:
        """Read a request singly where the order's list of requests does not say who made it, or rejected it and why."""
        rejected_since = known and request.status == "rejected" != known.status
        return request if request.requester and not rejected_since else self._reader.request(request.id)


def _did_nothing(failure: CertCentralError) -> bool:
    return failure.fate is Fate.REFUSED or isinstance(failure, Outdated)


def _may_still_be_at_work(failure: CertCentralError) -> bool:
    """Whether DigiCert, or what stands behind a gateway that gave up, may yet make a request of the PUT.

    A second PUT could then overtake the first, and both would be made.
    """
    return isinstance(failure, TimedOut) or failure.status in {408, 504}


def _cause(error: CertCentralError) -> str:
    return error.happened.removeprefix(f"order {error.order_id}: ")
