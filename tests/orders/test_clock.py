"""Time that passed, on a machine that sleeps and whose clock is set."""

from __future__ import annotations

import pytest

from digicert_pulumi.orders.clock import Clock


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    clocks = {"monotonic": 50.0, "time": 1e9}
    monkeypatch.setattr("time.monotonic", lambda: clocks["monotonic"])
    monkeypatch.setattr("time.time", lambda: clocks["time"])
    return clocks


def test_both_clocks_agree_while_nothing_happens(clocks: dict[str, float]) -> None:
    clock = Clock()
    clocks["monotonic"] += 7
    clocks["time"] += 7
    assert clock() == 7


def test_sleep_counts(clocks: dict[str, float]) -> None:
    clock = Clock()
    clocks["monotonic"] += 1
    clocks["time"] += 3600
    assert clock() == 3600


def test_a_clock_that_is_set_back_makes_nothing_younger(clocks: dict[str, float]) -> None:
    clock = Clock()
    clocks["monotonic"] += 10
    clocks["time"] += 10
    clock()
    clocks["monotonic"] += 5
    clocks["time"] -= 3600
    assert clock() == 15
    clocks["monotonic"] += 5
    clocks["time"] += 5
    assert clock() == 20
