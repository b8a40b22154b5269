"""Many decisions at the default pace, in virtual time: what they cost, and what they rest on."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace
from support.digicert import InTurn, TroubleError
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import (
    AccessRole,
    Fate,
    ListedRequest,
    Pace,
    Request,
    Requester,
    RequestPage,
    User,
)
from digicert_pulumi.certcentral.models import OrderReference
from digicert_pulumi.incident.deciding import (
    DECIDED,
    FAILED,
    NOT_REACHED,
    REFUSED,
    UNKNOWN,
    Deciding,
    HopelessError,
)
from digicert_pulumi.incident.journal import Journal
from digicert_pulumi.revoking.approval import Approval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from digicert_pulumi.certcentral import Client

ADMINISTRATOR = User(
    14, access_roles=(AccessRole(1, "Administrator"),), first_name="Ada", last_name="Example"
)
STRANGER = Requester(15)


@dataclass
class Account(InTurn):
    """Requests at DigiCert, and a client of them that spends the default pace.

    Attributes:
        requests: The requests.
        time: What passes with each call.
        oldest: The age of the oldest reading on which a decision rested, in seconds.
        fail: Is called before each decision; it may raise.
        after: Is called after each decision.
        sorts: Whether the list comes in the order that is asked for.
    """

    requests: dict[int, Request]
    time: VirtualTime = field(default_factory=VirtualTime)
    calls: int = 0
    puts: list[int] = field(default_factory=list)
    oldest: float = 0.0
    fail: Callable[[int], None] = lambda _: None
    after: Callable[[int], None] = lambda _: None
    sorts: bool = True
    _read: dict[int, float] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    @contextmanager
    def reserve(self, calls: Callable[[], int]) -> Iterator[Callable[[], bool]]:
        # Virtual time passes for all threads at once: one turn after another, or others' calls age what was read.
        with self._turn, super().reserve(calls) as extend:
            yield extend

    def _spend(self) -> None:
        self.calls += 1
        self.time.pass_by(Pace().interval)

    def get_request(self, request_id: int) -> Request:
        self._spend()
        self._read[request_id] = self.time.now()
        return self.requests[request_id]

    def list_requests(self, _: str, offset: int, *, limit: int, sort: str | None) -> RequestPage:
        self._spend()
        assert sort in ("id", None)
        ordered = sorted(self.requests.values(), key=lambda each: each.id, reverse=not self.sorts)
        shown = ordered[offset : offset + limit]
        self._read |= dict.fromkeys((each.id for each in shown), self.time.now())
        rows = tuple(
            ListedRequest(
                each.id, each.date, each.type, each.status, OrderReference(each.id + 1), each.requester
            )
            for each in shown
        )
        return RequestPage(rows, len(rows), len(self.requests))

    def update_request_status(self, request_id: int, status: str, *, processor_comment: str | None) -> None:
        self.oldest = max(self.oldest, self.time.now() - self._read[request_id])
        self._spend()
        self.fail(request_id)
        self.puts.append(request_id)
        self.requests[request_id] = replace(
            self.requests[request_id], status=status, processor_comment=processor_comment
        )
        self.after(request_id)


def asked(id_: int) -> Request:
    return Request(
        id_, None, "revoke", "pending", requester=STRANGER, order=OrderReference(id_ + 1), comments="Gone."
    )


def account(count: int, **changes: object) -> Account:
    return Account({id_: asked(id_) for id_ in range(1, count + 1)}, **changes)  # type: ignore[arg-type]


def deciding(of: Account, folder: Path, requests: range) -> Deciding:
    return Deciding(
        cast("Client", of),
        ADMINISTRATOR,
        {id_: Approval(id_, "approved", "Yes.", expected_order_id=id_ + 1) for id_ in requests},
        Journal(folder / "decisions.jsonl"),
        Pace(),
        settle_seconds=15.0,
        sleep=of.time.pass_by,
        clock=of.time.now,
    )


def kinds(of: Deciding) -> set[str]:
    return {standing.kind for standing in of.standings.values()}


@pytest.mark.parametrize(("there", "sorts"), [(1000, True), (5000, True), (1000, False)])
def test_a_thousand_cost_little_more_than_a_call_each_and_rest_on_young_readings(
    tmp_path: Path, there: int, sorts: bool
) -> None:
    digicert = account(there, sorts=sorts)
    wanted = range(1, there + 1, there // 1000)
    run = deciding(digicert, tmp_path, wanted)
    run.survey()
    run.decide()
    run.confirm()
    assert kinds(run) == {DECIDED}
    assert sorted(digicert.puts) == list(wanted)
    assert digicert.calls <= 1300
    assert digicert.oldest < 30


def test_what_is_decided_between_the_reading_and_the_turn_is_not_decided_again(tmp_path: Path) -> None:
    digicert = account(200)

    def somebody_else(request_id: int) -> None:
        if request_id == 100:
            digicert.requests[200] = replace(digicert.requests[200], status="rejected")

    digicert.after = somebody_else
    run = deciding(digicert, tmp_path, range(1, 201))
    run.survey()
    run.decide()
    assert 200 not in digicert.puts
    assert run.standings[200].kind == REFUSED
    assert "is already rejected" in run.standings[200].why


def failing(times: int) -> Callable[[int], None]:
    left = [times]

    def fail(_: int) -> None:
        if left[0]:
            left[0] -= 1
            raise TroubleError("no answer")

    return fail


def test_an_outcome_that_stays_unknown_is_not_sent_again(tmp_path: Path) -> None:
    digicert = account(3, fail=failing(1))
    run = deciding(digicert, tmp_path, range(1, 4))
    run.survey()
    run.decide()
    assert sorted(standing.kind for standing in run.standings.values()) == [DECIDED, DECIDED, UNKNOWN]
    assert len(digicert.puts) == 2


def test_where_everything_is_refused_the_rest_is_left_alone(tmp_path: Path) -> None:
    class DeniedError(TroubleError):
        fate = Fate.REFUSED

    def deny(_: int) -> None:
        raise DeniedError("not allowed")

    digicert = account(600, fail=deny)
    run = deciding(digicert, tmp_path, range(1, 601))
    run.survey()
    with pytest.raises(HopelessError, match="not allowed"):
        run.decide()
    assert kinds(run) == {FAILED, NOT_REACHED}
    assert digicert.puts == []
    assert digicert.calls < 200
