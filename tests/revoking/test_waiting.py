"""Waiting for decisions, with a clock that only sleeping and asking moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from support.orders import make_order, make_request

from digicert_pulumi.certcentral import ListedRequest, NoAnswer, RequestPage
from digicert_pulumi.certcentral.models import OrderReference
from digicert_pulumi.revoking.outcome import outcome
from digicert_pulumi.revoking.requests import OPEN_STATUSES
from digicert_pulumi.revoking.target import Target
from digicert_pulumi.revoking.waiting import POLL_SECONDS, SETTLE_PAUSES, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import Client, SubmittedRequest
    from digicert_pulumi.revoking.outcome import Outcome

NEVER = float("inf")


def row(id_: int, status: str) -> ListedRequest:
    return ListedRequest(id_, "2026-01-02T03:04:05+00:00", "revoke", status, OrderReference(100000001))


@dataclass
class Account:
    """Requests that are open until their time, and a clock.

    Attributes:
        decided_at: When each request is decided.
        status: The status of those that are open.
        page: The rows of a page.
        seconds_a_page: How long it takes to read a page.
        fails_from: From when on nothing can be read.
    """

    decided_at: Mapping[int, float] = field(default_factory=dict)
    status: str = "pending"
    page: int = 1000
    seconds_a_page: float = 0.0
    fails_from: float = NEVER
    now: float = 1000.0
    asked: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds

    def list_requests(self, type_: str, offset: int, *, status: str) -> RequestPage:
        assert type_ == "revoke"
        self.asked.append(self.now)
        if self.now >= self.fails_from:
            raise NoAnswer("no answer")
        opened = [id_ for id_, moment in self.decided_at.items() if self.now < moment]
        rows = [row(id_, status) for id_ in opened] if status == self.status else []
        self.now += self.seconds_a_page
        page = rows[offset : offset + self.page]
        return RequestPage(tuple(page), len(page), len(rows))

    def waiting(self) -> Waiting:
        return Waiting(cast("Client", self), clock=self.clock, sleep=self.sleep)

    @property
    def polls(self) -> list[float]:
        return self.asked[:: len(OPEN_STATUSES)]


@pytest.mark.parametrize("status", sorted(OPEN_STATUSES))
def test_it_ends_with_the_first_poll_after_the_decision(status: str) -> None:
    account = Account({198: 1007.0}, status)
    account.waiting().until_decided(198, NEVER)
    assert account.polls == [1000.0, 1003.0, 1006.0, 1009.0]


def test_it_ends_when_the_time_is_up() -> None:
    account = Account({198: NEVER})
    account.waiting().until_decided(198, ends=1004.5)
    assert account.now == 1004.5
    assert account.polls == [1000.0, 1003.0]


def test_a_decided_request_is_seen_at_once() -> None:
    account = Account({197: NEVER})
    account.waiting().until_decided(198, NEVER)
    assert account.polls == [1000.0]


def test_those_who_wait_after_each_other_share_a_poll_that_began_after_they_asked() -> None:
    account = Account({197: 1001.0, 198: 1001.0})
    waiting = account.waiting()
    waiting.until_decided(197, NEVER)
    waiting.until_decided(198, NEVER)
    assert account.polls == [1000.0, 1003.0]


def test_a_poll_from_before_the_request_does_not_tell_that_it_is_decided() -> None:
    account = Account()
    waiting = account.waiting()
    waiting.until_decided(197, NEVER)
    account.now = 1001.0
    account.decided_at = {198: 1002.0}
    waiting.until_decided(198, NEVER)
    assert account.polls == [1000.0, 1003.0]


def test_a_request_on_a_later_page_is_open() -> None:
    account = Account(dict.fromkeys(range(1, 8), 1005.0), page=3)
    account.waiting().until_decided(7, NEVER)
    assert account.now == 1006.0


def test_a_poll_that_takes_longer_than_the_pause_is_followed_by_a_pause() -> None:
    account = Account({198: 1015.0}, seconds_a_page=4.0)
    account.waiting().until_decided(198, NEVER)
    long = 4.0 * len(OPEN_STATUSES)
    assert account.polls == [1000.0, 1000.0 + long + POLL_SECONDS, 1000.0 + 2 * (long + POLL_SECONDS)]


def test_a_poll_that_fails_fails_all_who_wait_and_is_not_made_again_for_each() -> None:
    account = Account({197: NEVER, 198: NEVER}, fails_from=1000.0)
    waiting = account.waiting()
    for request_id in (197, 198):
        with pytest.raises(NoAnswer):
            waiting.until_decided(request_id, NEVER)
    assert len(account.asked) == 1


def test_after_a_failure_the_next_wait_asks_again() -> None:
    account = Account(fails_from=1000.0)
    waiting = account.waiting()
    with pytest.raises(NoAnswer):
        waiting.until_decided(198, NEVER)
    account.fails_from = NEVER
    account.now = 1001.0
    waiting.until_decided(198, NEVER)
    assert account.asked == [1000.0, 1003.0, 1003.0]


def look(status: str, order_status: str = "issued") -> Outcome:
    """What is read of a request and its order."""
    return outcome(Target(make_order(status=order_status)), make_request(1, status))


def test_a_revocation_that_is_read_ends_the_wait() -> None:
    account = Account({1: 1010.0})
    seen = account.waiting().until_revoked(
        make_request(1),
        600,
        lambda _: look("approved", "revoked") if account.now >= 1010 else look("pending"),
    )
    assert seen.revoked
    assert account.now <= 1010 + POLL_SECONDS


def test_a_rejection_ends_the_wait() -> None:
    account = Account({1: 1010.0})
    seen = account.waiting().until_revoked(make_request(1), 600, lambda _: look("rejected"))
    assert seen.request is not None
    assert seen.request.status == "rejected"
    assert account.now <= 1010 + POLL_SECONDS


def test_an_approval_whose_revocation_is_never_shown_does_not_hold_up_for_all_of_the_wait() -> None:
    account = Account({1: 1010.0})
    looks: list[SubmittedRequest] = []

    def see(known: SubmittedRequest) -> Outcome:
        looks.append(known)
        return look("approved")

    seen = account.waiting().until_revoked(make_request(1), 3600, see)
    assert not seen.revoked
    assert account.now <= 1010 + POLL_SECONDS + sum(SETTLE_PAUSES)
    assert [known.status for known in looks] == ["pending"] + ["approved"] * len(SETTLE_PAUSES)


def test_a_revocation_that_is_shown_some_seconds_after_its_approval_is_waited_for() -> None:
    account = Account({1: 1010.0})
    shown = lambda _: look("approved", "revoked" if account.now >= 1020 else "issued")  # noqa: E731
    assert account.waiting().until_revoked(make_request(1), 600, shown).revoked


@pytest.mark.parametrize("status", ["pending", "escalated"])
def test_a_request_that_polls_do_not_list_and_that_is_open_is_waited_for(status: str) -> None:
    account = Account()
    seen = account.waiting().until_revoked(make_request(1), 10, lambda _: look(status))
    assert seen.request is not None
    assert seen.request.status == status
    assert account.now == 1010
    assert len(account.polls) <= 5


def test_a_status_in_an_unknown_word_is_waited_through_until_the_revocation() -> None:
    account = Account()
    words = iter(["escalated", "escalated", "approved"])
    seen = account.waiting().until_revoked(
        make_request(1),
        600,
        lambda _: look(word := next(words), "revoked" if word == "approved" else "issued"),
    )
    assert seen.revoked
