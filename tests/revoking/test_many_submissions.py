"""Sending many revocations through one reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.digicert import REQUESTER, DigiCert, as_shown, client

from digicert_pulumi.orders.reader import FRESH_SECONDS, READ_BACK_SINGLY, Reader
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.spec import RevocationSpec, WholeOrder
from digicert_pulumi.revoking.submission import Submission

if TYPE_CHECKING:
    from support.virtual_time import VirtualTime

ORDERS = range(1, 201)


@pytest.fixture
def digicert(time: VirtualTime) -> DigiCert:
    """An account of two hundred orders, whose lists have pages of ten rows."""
    account = DigiCert(time, page=10)
    account.add(*ORDERS)
    return account


@pytest.fixture
def submission(digicert: DigiCert, reader: Reader, told: list[str], time: VirtualTime) -> Submission:
    return Submission(client(digicert), reader, told.append, sleep=time.pass_by)


def spec(order_id: int, **changes: object) -> RevocationSpec:
    return RevocationSpec(order_id, WholeOrder(), "Gone.", **changes)  # type: ignore[arg-type]


def test_one_call_for_each_and_next_to_nothing_else(submission: Submission, digicert: DigiCert) -> None:
    lists = 20 + 3  # by the time that they are read, some requests are sent
    for order_id in ORDERS:
        submission.ensure(spec(order_id))
    assert digicert.calls["revoke_order"] == len(ORDERS)
    assert digicert.total <= len(ORDERS) + 2 * lists + READ_BACK_SINGLY
    assert sorted(of for of, _ in digicert.requests.values()) == list(ORDERS)


def test_four_threads_send_each_once(submission: Submission, digicert: DigiCert) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda order_id: submission.ensure(spec(order_id)), ORDERS))
    assert sorted(of for of, _ in digicert.requests.values()) == list(ORDERS)


def test_what_is_not_read_back_says_the_same_as_what_is(submission: Submission, digicert: DigiCert) -> None:
    outcomes = {order_id: submission.ensure(spec(order_id)) for order_id in ORDERS}
    reader = Reader(client(digicert), print, batch=False, unclear=undecidable_requests)
    for order_id, outcome in outcomes.items():
        [request] = reader.order(order_id).requests
        assert outcome.request is not None
        assert outcome.request.requester == REQUESTER
        assert as_shown(outcome.request) == request
        assert outcome.snapshot.revocation == f"request {request.id} is pending"
        assert outcome.sent
        assert not outcome.revoked


def test_an_order_that_needs_no_request_costs_a_reading_of_the_one_that_stands(
    submission: Submission, digicert: DigiCert
) -> None:
    theirs = {order_id: digicert.ask(order_id) for order_id in ORDERS}
    outcomes = {order_id: submission.ensure(spec(order_id)) for order_id in ORDERS}
    assert {
        order_id: outcome.request and outcome.request.id for order_id, outcome in outcomes.items()
    } == theirs
    assert digicert.calls["revoke_order"] == 0
    assert digicert.calls["get_request"] <= len(ORDERS)


def test_a_reading_is_never_older_than_thirty_seconds_when_its_request_leaves(
    submission: Submission, digicert: DigiCert, time: VirtualTime
) -> None:
    """Each request has to wait for its turn, so the reading gets old: it is made again until it is young enough."""
    waits = iter([0.0] * 60 + [FRESH_SECONDS] * 5 + [1.0] * 1000)
    digicert.before = lambda name: time.pass_by(next(waits)) if name == "reserve" else None
    for order_id in ORDERS:
        submission.ensure(spec(order_id))
    assert digicert.calls["revoke_order"] == len(ORDERS)
    assert digicert.calls["status_changes"] >= 5


def test_what_somebody_else_asked_for_during_the_wait_is_adopted(
    submission: Submission, digicert: DigiCert, time: VirtualTime
) -> None:
    for order_id in ORDERS[:100]:
        submission.ensure(spec(order_id))

    def wait(name: str) -> None:
        if name == "reserve":
            time.pass_by(FRESH_SECONDS)
            digicert.ask(200)
            digicert.before = lambda _: None

    digicert.before = wait
    sent = digicert.calls["revoke_order"]
    outcome = submission.ensure(spec(200))
    assert outcome.request is not None
    assert [outcome.request.id] == [id_ for id_, (of, _) in digicert.requests.items() if of == 200]
    assert digicert.calls["revoke_order"] == sent


def test_two_resources_for_one_order_send_once_however_late_lists_show_it(
    submission: Submission, digicert: DigiCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    for order_id in ORDERS[:100]:
        submission.ensure(spec(order_id))
    with monkeypatch.context() as patch:
        patch.setattr(digicert, "requests", dict(digicert.requests))
        first = submission.ensure(spec(150))
    assert first.request is not None
    second = submission.ensure(spec(150))
    assert second.request == first.request
    assert digicert.calls["revoke_order"] == 101


def test_a_second_request_for_an_order_that_was_not_read_back_is_told_later(
    submission: Submission, digicert: DigiCert, time: VirtualTime, told: list[str]
) -> None:
    for order_id in ORDERS[:100]:
        submission.ensure(spec(order_id))
    theirs = digicert.ask(100)
    time.pass_by(FRESH_SECONDS)
    submission.ensure(spec(101))
    [line] = told
    assert f"and {theirs} to revoke it are open at the same time" in line
    assert line.endswith("run `pulumi refresh` to update the state")


def test_what_was_revoked_at_once_is_said_to_be_revoked_when_it_was_read_so(
    submission: Submission, digicert: DigiCert, told: list[str]
) -> None:
    outcomes = [submission.ensure(spec(order_id, skip_approval=True)) for order_id in ORDERS]
    assert digicert.calls["revoke_order"] == len(ORDERS)
    read_back = [outcome.revoked for outcome in outcomes]
    assert read_back[:READ_BACK_SINGLY] == [True] * READ_BACK_SINGLY
    assert not read_back[-1]
    assert all(outcome.request is None and outcome.sent for outcome in outcomes)
    [line] = [line for line in told if "too many" in line]
    assert "to see which orders are revoked" in line
