"""Decide on the requests of a run: each exactly once, at little more than one call each.

A decision rests on a read that is at most half a minute old. One call to the list of requests gives that read for many
requests; the decisions on them follow.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Fate, Interrupted, Request
from digicert_pulumi.incident.words import told
from digicert_pulumi.orders.clock import Clock
from digicert_pulumi.orders.lists import NEVER
from digicert_pulumi.orders.reader import FRESH_SECONDS
from digicert_pulumi.orders.request_list import RequestList, stretches
from digicert_pulumi.revoking.approval import Approval, refusal_of, send_decision
from digicert_pulumi.revoking.failures import FateUnknownError, RefusedError
from digicert_pulumi.revoking.polling import read_until
from digicert_pulumi.revoking.requests import is_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from digicert_pulumi.certcentral import Client, ListedRequest, Pace, Requester, User
    from digicert_pulumi.incident.journal import Entry, Journal
    from digicert_pulumi.orders.request_list import SeenRequest

OPEN = "to be decided"
DECIDED = "decided"
DECIDED_BEFORE = "decided before"
REFUSED = "refused"
UNKNOWN = "outcome unknown"
FAILED = "failed"
NOT_REACHED = "not reached"

SETTLED = (DECIDED, DECIDED_BEFORE)
"""The kinds of a request that is decided as declared."""

KINDS = (OPEN, DECIDED, DECIDED_BEFORE, REFUSED, UNKNOWN, FAILED, NOT_REACHED)
"""All kinds, in the order in which a report shows them."""

_AT_ONCE = 4
"""Maximum number of decisions in flight."""

_MOST = 500
"""Maximum number of decisions that rest on one read."""

_SETTLES = 8
"""A decision without an answer is repeated only after this many times `settleTimeout`."""

_HOPELESS = 10
"""Stop after this many failures in a row: the cause is not a single request."""

_DETAILS = 20
"""Minimum number of requests that may be read singly to learn who decided on them; a tenth of all if that is more."""

_AGAIN = "start the command again"

_PAUSES = (0.0, 1.0, 2.0)
"""Seconds before each read of a list after the decisions, until it shows all of them."""


class HopelessError(Exception):
    """Every decision fails, so the run stops."""


@dataclass(frozen=True)
class Standing:
    """The result for a request of the run.

    Attributes:
        kind: One of `KINDS`.
        why: Why it was refused or failed; empty otherwise.
        status: The request's status as last read; None if it could not be read.
        processor: Who decided; empty if unknown.
        comment: Their message to the requester.
        date: When they decided.
    """

    kind: str
    why: str = ""
    status: str | None = None
    processor: str = ""
    comment: str = ""
    date: str = ""


@dataclass
class Deciding:
    """The decisions of one execution of the command.

    Attributes:
        client: The administrator's client.
        decider: The user of its key.
        approvals: The declared decisions, by request.
        journal: The record of earlier decisions on this machine.
        pace: The rate limit of this machine.
        settle_seconds: `settleTimeout`: how long DigiCert may take to process an unanswered call.
        note: Is called with each finished request.
        sleep: Waits that many seconds.
        clock: Returns the time in seconds.
    """

    client: Client
    decider: User
    approvals: Mapping[int, Approval]
    journal: Journal
    pace: Pace
    settle_seconds: float
    note: Callable[[int], None] = lambda _: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = field(default_factory=Clock)
    standings: dict[int, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start without any reads."""
        self._list = RequestList(self.client, self.clock)
        self._seen: dict[int, SeenRequest] = {}
        self._details = max(_DETAILS, len(self.approvals) // 10)
        self._failures = 0
        self._error: CertCentralError | HopelessError | None = None
        self._fresh_seconds = max(FRESH_SECONDS, 10 * self.pace.interval)

    def survey(self) -> None:
        """Read the status of the requests. Sends nothing but GET.

        Raises:
            CertCentralError: The requests can't be read.
        """
        self._seen = self._list.read(self.approvals)
        for request_id in self.approvals:
            seen = self._seen.get(request_id)
            self.standings[request_id] = self._judge(request_id, seen.request if seen else None)

    def decide(self) -> None:
        """Make the remaining decisions.

        Raises:
            HopelessError: Every decision fails. Earlier decisions stay.
            CertCentralError: Requests can't be read, or the run was interrupted. Earlier decisions stay.
        """
        left = [request_id for request_id, standing in self.standings.items() if standing.kind == OPEN]
        for request_id in left:
            self.standings[request_id] = Standing(NOT_REACHED, status=self.standings[request_id].status)
        doubtful = {request_id for request_id in left if self.journal.last(request_id)}
        known = [self._seen[request_id] for request_id in left if request_id in self._seen]
        unseen = [request_id for request_id in left if request_id not in self._seen]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for stretch in stretches(
                (each for each in known if each.request.id not in doubtful), self._most()
            ):
                list(pool.map(self._decide_seen, self._renewed(stretch)))
                self._stop_where_all_fails()
            # Decisions that may be in flight come last: most have arrived by then.
            for request_id in dict.fromkeys([*unseen, *sorted(doubtful)]):
                self._decide(request_id, NEVER)
                self._stop_where_all_fails()

    def confirm(self) -> None:
        """Read the list again until it shows all the decisions that DigiCert accepted.

        Raises:
            CertCentralError: It can't be read.
        """
        taken = {id_ for id_, standing in self.standings.items() if standing.kind == DECIDED}
        for pause in _PAUSES if taken else ():
            self.sleep(pause)
            shown = self._list.read(taken)
            for request_id in taken & shown.keys():
                self._confirm(request_id, shown[request_id].request)
            taken = {id_ for id_ in taken if is_unconfirmed(self.standings[id_])}
            if not taken:
                break

    def decided_orders(self) -> set[int]:
        """Return the expected orders of the requests that were decided on now."""
        return {
            order_id
            for request_id, standing in self.standings.items()
            if standing.kind == DECIDED
            and (order_id := self.approvals[request_id].expected_order_id) is not None
        }

    def revoked_since(self, began: float) -> set[int]:
        """Return the orders that DigiCert lists as revoked. Reads again until it lists all that were decided on now.

        A read costs one call for any number of orders.

        Args:
            began: The time of the first decision, in seconds of the wall clock.

        Raises:
            CertCentralError: The list can't be read.
        """

        def read() -> set[int]:
            seconds = min(604_800, int(time.time() - began) + 600)
            changes = self.client.status_changes(seconds)
            return {change.order_id for change in changes if change.status == "revoked"}

        return read_until(self.decided_orders().issubset, read, _PAUSES, self.sleep)

    def _confirm(self, request_id: int, request: ListedRequest) -> None:
        standing = replace(self.standings[request_id], status=request.status, why="")
        if is_open(request):
            why = f"DigiCert accepted the decision on request {request_id} and still lists it as {request.status}"
            standing = replace(standing, why=why)
        elif request.status != self.approvals[request_id].decision:
            standing = Standing(REFUSED, f"request {request_id} is {request.status}", request.status)
        self.standings[request_id] = standing

    def _most(self) -> int:
        """Return how many decisions can rest on one read: as many as can leave in half of the time that it is recent."""
        return max(1, min(_MOST, int(self._fresh_seconds / 2 / self.pace.interval)))

    def _renewed(self, stretch: list[SeenRequest]) -> Iterable[SeenRequest]:
        """Read a part of the list again, unless it was read just now. Requests that moved are read singly later."""
        if all(self._is_recent(each.moment + self._fresh_seconds / 2) for each in stretch):
            return stretch
        renewed = self._list.read_again(stretch)
        return [renewed.get(each.request.id, each) for each in stretch]

    def _decide_seen(self, seen: SeenRequest) -> None:
        request_id = seen.request.id
        standing = self._judge(request_id, seen.request)
        if standing.kind == OPEN:
            self._decide(request_id, seen.moment)
        else:
            self._end(request_id, standing)

    def _decide(self, request_id: int, moment: float) -> None:
        """Decide on a request.

        Args:
            request_id: The request.
            moment: When it was read, in this object's seconds.
        """
        if self._error:
            return
        approval = self.approvals[request_id]
        try:
            self._outwait(request_id)
            request = send_decision(
                self.client,
                approval,
                self.decider,
                now=self.clock,
                is_recent=self._is_recent,
                sleep=self.sleep,
                moment=moment,
                leaves=lambda: self.journal.leaves(request_id, approval.decision),
            )
            self._failures = 0
            self._end(request_id, self._of_read(request) if request else self._taken(request_id))
        except RefusedError as error:
            self._end(request_id, Standing(REFUSED, told(str(error))))
        except FateUnknownError as error:
            self._end(request_id, Standing(UNKNOWN, told(f"{error.happened}; {_AGAIN}: {error.after}")))
            self._failed(error)
        except Interrupted as error:
            self._error = error
        except CertCentralError as error:
            self._end(request_id, Standing(FAILED, told(f"request {request_id}: {error.cause}")))
            self._failed(error)

    def _outwait(self, request_id: int) -> None:
        """Wait until an earlier decision without an answer can no longer arrive at DigiCert."""
        before = self.journal.last(request_id)
        if before is None:
            return
        # The wall clock may have been set back, so a time in the future is ignored.
        age = time.time() - before.at
        if 0 <= age < _SETTLES * self.settle_seconds:
            self.sleep(_SETTLES * self.settle_seconds - age)

    def _failed(self, error: Exception) -> None:
        self._failures += 1
        if self._failures >= _HOPELESS:
            self._error = HopelessError(f"{self._failures} decisions in a row failed: {error}")

    def _stop_where_all_fails(self) -> None:
        if self._error:
            raise self._error

    def _is_recent(self, moment: float) -> bool:
        return self.clock() - moment < self._fresh_seconds

    def _end(self, request_id: int, standing: Standing) -> None:
        self.standings[request_id] = standing
        self.note(request_id)

    def _taken(self, request_id: int) -> Standing:
        approval = self.approvals[request_id]
        entry = self.journal.taken(
            request_id, approval.decision, _name(self.decider), approval.processor_comment or ""
        )
        return _of_entry(DECIDED, entry, approval.decision)

    def _judge(self, request_id: int, listed: ListedRequest | None) -> Standing:
        """Return the result for a request, from the list, or from the request itself if the list doesn't say enough."""
        request: ListedRequest | Request | None = listed
        if request is None or (is_open(request) and request.requester is None):
            try:
                request = self.client.get_request(request_id)
            except CertCentralError as error:
                if error.fate is not Fate.REFUSED:
                    raise
                return Standing(REFUSED, told(f"request {request_id}: {error.cause}; nothing was sent"))
        if is_open(request):
            refusal = refusal_of(request, self.approvals[request_id], self.decider)
            return (
                Standing(REFUSED, told(refusal.reason), request.status)
                if refusal
                else Standing(OPEN, status=request.status)
            )
        entry = self.journal.last(request_id)
        if entry and entry.taken and entry.decision == request.status == self.approvals[request_id].decision:
            return _of_entry(DECIDED_BEFORE, entry, request.status)
        return self._judge_read(request_id, self._with_details(request))

    def _judge_read(self, request_id: int, request: ListedRequest | Request) -> Standing:
        """Return the result for a decided request."""
        refusal = refusal_of(request, self.approvals[request_id], self.decider)
        standing = self._of_read(request)
        return replace(standing, kind=REFUSED, why=told(refusal.reason)) if refusal else standing

    def _with_details(self, request: ListedRequest | Request) -> ListedRequest | Request:
        """Read a decided request by itself, which says who decided; only for some requests, because each costs a call."""
        if isinstance(request, Request) or self._details <= 0:
            return request
        self._details -= 1
        try:
            return self.client.get_request(request.id)
        except CertCentralError:
            return request

    def _of_read(self, request: ListedRequest | Request) -> Standing:
        if not isinstance(request, Request):
            return Standing(DECIDED_BEFORE, status=request.status)
        return Standing(
            DECIDED_BEFORE,
            status=request.status,
            processor=_name(request.processor),
            comment=request.processor_comment or "",
            date=request.date_processed or "",
        )


def is_unconfirmed(standing: Standing) -> bool:
    """Return whether DigiCert doesn't show an accepted decision yet."""
    return bool(standing.why) and standing.kind == DECIDED


def _of_entry(kind: str, entry: Entry, status: str) -> Standing:
    return Standing(kind, "", status, entry.processor, entry.comment, entry.date)


def _name(user: User | Requester | None) -> str:
    """Return a user's name and email address."""
    if user is None:
        return ""
    names = " ".join(filter(None, (user.first_name, user.last_name)))
    address = f"<{user.email}>" if user.email else ""
    return " ".join(filter(None, (names, address))) or f"user {user.id}"
