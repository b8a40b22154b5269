"""When a call is sent again, how long that goes on, and what the user hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import stamina
from certcentral.conftest import KEY
from certcentral.samples import ORDER
from certcentral.stub import Stub, answer

from digicert_pulumi.certcentral import (
    AccessDenied,
    CertCentralError,
    Client,
    Fate,
    Intercepted,
    Interrupted,
    NoAnswer,
    NotFound,
    OrderNotFound,
    PartlyUnreadable,
    RateLimited,
    Refused,
    ServerError,
    TimedOut,
    TLSFailed,
    UnexpectedAnswer,
    Unreachable,
    UnreadableAnswer,
)
from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.pacer import Pacer
from digicert_pulumi.certcentral.retry import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

GET = Call("GET", "/order/certificate/1", order_id=1)
PUT = Call("PUT", "/order/certificate/1/revoke", order_id=1)

POLICY = {
    Unreachable: (Fate.NOT_PROCESSED, True, True),
    TLSFailed: (Fate.NOT_PROCESSED, False, False),
    RateLimited: (Fate.NOT_PROCESSED, True, True),
    Interrupted: (Fate.NOT_PROCESSED, False, False),
    Intercepted: (Fate.UNKNOWN, False, False),
    NoAnswer: (Fate.UNKNOWN, True, False),
    TimedOut: (Fate.UNKNOWN, True, False),
    ServerError: (Fate.UNKNOWN, True, False),
    UnreadableAnswer: (Fate.UNKNOWN, True, False),
    UnexpectedAnswer: (Fate.UNKNOWN, False, False),
    PartlyUnreadable: (Fate.UNKNOWN, False, False),
    CertCentralError: (Fate.UNKNOWN, False, False),
    Refused: (Fate.REFUSED, False, False),
    AccessDenied: (Fate.REFUSED, False, False),
    OrderNotFound: (Fate.REFUSED, False, False),
    NotFound: (Fate.REFUSED, False, False),
}


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("digicert_pulumi.certcentral.retry.monotonic", clock)
    return clock


class Limiter(Pacer):
    """A rate limiter whose waiting and patience are set."""

    seconds = 0.0
    lost = False

    def waited(self) -> float:
        return self.seconds

    def lost_patience(self) -> bool:
        return self.lost


def patience_of(
    budget: float,
    pacer: Pacer | None = None,
    *,
    report: Callable[[str], None] = print,
    only_reads: bool = True,
) -> Patience:
    return Patience(budget, pacer or Limiter(), report, only_reads=only_reads)


def subclasses(kind: type[CertCentralError]) -> set[type[CertCentralError]]:
    return {kind}.union(*(subclasses(below) for below in kind.__subclasses__()))


def test_every_error_has_its_row_in_the_policy() -> None:
    ours = {
        kind
        for kind in subclasses(CertCentralError)
        if kind.__module__.startswith("digicert_pulumi.certcentral.")
    }
    assert set(POLICY) == ours


@pytest.mark.parametrize(("kind", "row"), POLICY.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_reading_repeats_what_may_pass_and_revoking_only_what_was_surely_not_processed(
    kind: type[CertCentralError], row: tuple[Fate, bool, bool]
) -> None:
    fate, get_again, put_again = row
    error = kind("something happened")
    assert error.fate is fate
    assert bool(patience_of(60.0)(error)) is get_again
    assert bool(patience_of(60.0, only_reads=False)(error)) is put_again


def test_an_error_that_is_none_of_ours_is_not_repeated() -> None:
    assert patience_of(60.0)(ValueError()) is False


def test_no_attempt_begins_after_the_budget(clock: Clock) -> None:
    patience = patience_of(45.0)
    clock.now += 44.9
    assert patience(ServerError("failed")) is True
    clock.now += 0.1
    assert patience(ServerError("failed")) is False


def test_no_budget_means_a_single_attempt(client: Callable[..., Client]) -> None:
    with Stub(answer(503)) as stub, pytest.raises(ServerError):
        client(stub, retry_budget=0.0).get_order(1)
    assert stub.sent("GET") == 1


def test_the_rate_limit_is_waited_out_beyond_the_budget_until_patience_is_lost(clock: Clock) -> None:
    pacer = Limiter()
    patience = patience_of(45.0, pacer, only_reads=False)
    clock.now += 600.0
    assert patience(RateLimited("limited"))
    pacer.lost = True
    assert not patience(RateLimited("limited"))
    assert not patience_of(0.0, only_reads=False)(RateLimited("limited"))


def test_waiting_for_a_turn_is_left_out_of_the_budget(clock: Clock) -> None:
    pacer = Limiter()
    patience = patience_of(45.0, pacer)
    clock.now += 100.0
    pacer.seconds = 60.0
    assert patience(ServerError("failed"))
    clock.now += 5.0
    assert not patience(ServerError("failed"))


def test_the_user_hears_of_long_waiting_once_with_what_is_wrong_and_how_long_it_goes_on(clock: Clock) -> None:
    lines: list[str] = []
    patience = patience_of(45.0, report=lines.append)
    failure = ServerError("DigiCert failed to answer", status=503, order_id=1, remedy="Try again later.")
    for _ in range(9):
        clock.now += 1.0
        patience(failure)
    assert lines == ["order 1: DigiCert failed to answer (503), retrying for 40 s"]


def test_the_user_hears_nothing_of_short_waiting(clock: Clock) -> None:
    lines: list[str] = []
    patience = patience_of(45.0, report=lines.append)
    clock.now += 4.9
    patience(ServerError("DigiCert failed to answer"))
    assert lines == []


def test_the_user_hears_nothing_of_an_error_that_ends_the_call(clock: Clock) -> None:
    lines: list[str] = []
    patience = patience_of(45.0, report=lines.append, only_reads=False)
    clock.now += 9.0
    patience(TimedOut("no answer"))
    assert lines == []


def test_attempts_are_apart_and_end_with_the_budget() -> None:
    budget = 1.0
    waits: list[float] = []
    hooks = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    try:
        with stamina.set_testing(False), Stub(answer(503)) as stub, pytest.raises(ServerError):
            Client(KEY, stub.url, retry_budget=budget).get_order(1)
    finally:
        stamina.instrumentation.set_on_retry_hooks(hooks)
    assert stub.sent("GET") == len(waits) + 1
    assert len(waits) >= 2
    assert all(wait >= 0.1 for wait in waits)
    assert sum(waits[:-1]) < budget


def test_each_call_has_a_budget_of_its_own(client: Callable[..., Client]) -> None:
    with Stub(answer(503), answer(200, ORDER), answer(503), answer(200, ORDER)) as stub:
        shared = client(stub)
        shared.get_order(123456789)
        shared.get_order(123456789)
    assert stub.sent("GET") == 4


def test_an_error_tells_all_it_knows() -> None:
    details: dict[str, Any] = {"status": 404, "codes": ("a", "b"), "message": "No.", "remedy": "Look."}
    error = OrderNotFound("it is not there", order_id=1, **details)
    assert (error.status, error.digicert_code, error.codes, error.message) == (404, "a", ("a", "b"), "No.")
    assert (error.order_id, error.request_id, error.remedy) == (1, None, "Look.")
    assert error.happened == "order 1: it is not there (404 a: No)"
    assert str(error) == "order 1: it is not there (404 a: No). Look."
    assert str(NotFound("it is not there", request_id=2)) == "request 2: it is not there"
    assert str(NoAnswer("it is silent")) == "it is silent"
