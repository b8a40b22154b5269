"""One lifecycle for each class of fault, on the real engine. `make chaos` lives through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chaos.between import EVENTS, before_refresh, before_up
from chaos.scenarios import all_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chaos.between import Event, Seen
    from chaos.scenarios import Scenario

pytestmark = pytest.mark.engine

CLASSES = [
    ("PUT: connection reset, processed", "once"),
    ("reading: web page with status 200", "always: after the PUT, and in the refresh"),
    ("`kill -9` of the provider process", "after processing"),
    ("`kill -9` of the CLI", "before processing"),
    ("two stacks for one order, both processed", "at once"),
    ("DigiCert stops in the middle of an `up` of 50 orders", "once"),
]
SCENARIOS = {(scenario.fault, scenario.moment): scenario for scenario in all_scenarios()}


@pytest.mark.parametrize("scenario", [SCENARIOS[each] for each in CLASSES], ids=lambda each: each.fault)
def test_one_request_and_a_true_state_are_left(scenario: Scenario, tmp_path: Path) -> None:
    verdict = scenario.run(tmp_path)
    assert verdict.runs > 0
    assert verdict.is_flawless(scenario.requests), verdict


@pytest.mark.parametrize(
    ("look", "event"),
    [(before_up, EVENTS[3]), (before_refresh, EVENTS[2])],
    ids=["before up", "before refresh"],
)
def test_what_happens_in_between_is_told(
    look: Callable[[Event, Path], Seen], event: Event, tmp_path: Path
) -> None:
    seen = look(event, tmp_path)
    assert seen.flaws == []
    assert seen.lines
