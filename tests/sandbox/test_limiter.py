"""The rate limiter: rolling windows for each user, off by default."""

import time
from pathlib import Path

import pytest
from certcentral_sandbox.http.limiter import Limit, Limiter, parse_limit
from sandbox.talk import Caller
from support.sandbox import Sandbox

DOCUMENTED = (Limit(1000, 180), Limit(100, 5))


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_without_limits_every_call_passes() -> None:
    limiter = Limiter()
    assert all(limiter.allows("user") for _ in range(5000))


def test_both_windows_hold() -> None:
    clock = Clock()
    limiter = Limiter(DOCUMENTED, clock)
    accepted = []
    for _ in range(200):
        accepted += [clock.now for _ in range(120) if limiter.allows("user")]
        clock.now += 1
    for limit in DOCUMENTED:
        for begin in accepted:
            assert sum(begin <= moment < begin + limit.seconds for moment in accepted) <= limit.calls
    assert len(accepted) == 1400


def test_the_windows_roll() -> None:
    clock = Clock()
    limiter = Limiter([Limit(2, 5)], clock)
    assert limiter.allows("user")
    clock.now += 3
    assert limiter.allows("user")
    assert not limiter.allows("user")
    clock.now += 2
    assert limiter.allows("user")
    assert not limiter.allows("user")


def test_a_refused_call_does_not_count() -> None:
    clock = Clock()
    limiter = Limiter([Limit(1, 5)], clock)
    assert limiter.allows("user")
    for _ in range(5):
        clock.now += 0.75
        assert not limiter.allows("user")
    clock.now += 1.25
    assert limiter.allows("user")


def test_users_are_counted_apart() -> None:
    limiter = Limiter([Limit(1, 60)], Clock())
    assert limiter.allows("user")
    assert limiter.allows("admin")
    assert not limiter.allows("user")


@pytest.mark.parametrize("text", ["", "100", "100/", "/5", "0/5", "100/0", "-1/5", "1.5/5", "a/b"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a limit such as 1000/180"):
        parse_limit(text)


def test_a_process_answers_429_beyond_its_limit(tmp_path: Path) -> None:
    with Sandbox(tmp_path, "--limit", "1000/180", "--limit", "5/60") as sandbox:
        call = Caller(sandbox)
        replies = [call("GET", "/user/me") for _ in range(7)]
        assert [reply.status for reply in replies] == [200] * 5 + [429] * 2
        assert replies[-1].code == "request_limit_exceeded"
        assert "retry-after" not in replies[-1].headers
        assert call("GET", "/user/me", key=sandbox.admin_key).status == 200
        assert call("GET", "/user/me", key="wrong").status == 403
        call.close()


def test_a_refused_call_is_not_processed(shared: Sandbox, ask: Caller) -> None:
    shared.set_limits("1/60")
    order_id = shared.plain(1)[0]
    assert [ask("GET", "/user/me").status, ask.revoke(order_id).status] == [200, 429]
    assert shared.revoke_requests(order_id) == []
    shared.set_limits()


def test_limits_are_set_and_lifted_while_it_runs(shared: Sandbox, ask: Caller) -> None:
    shared.set_limits("2/60")
    assert shared.call("GET", "/limits") == {"limits": ["2/60"]}
    assert [ask("GET", "/user/me").status for _ in range(3)] == [200, 200, 429]
    shared.set_limits()
    assert [ask("GET", "/user/me").status for _ in range(3)] == [200] * 3


def test_latency_delays_every_answer(tmp_path: Path) -> None:
    with Sandbox(tmp_path, "--latency", "100") as sandbox:
        call = Caller(sandbox)
        began = time.monotonic()
        assert [call("GET", "/user/me").status for _ in range(3)] == [200] * 3
        assert time.monotonic() - began >= 0.3
        call.close()
