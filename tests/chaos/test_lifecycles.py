"""A lifecycle on the real engine for each class of fault.

`make chaos` lives through all of them. What a killed or a second provider process, or an account that is gone, leads to is
shown by `test_two_resources_one_order` and `test_faults`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chaos.between import LOST_RIGHTS, before_up
from chaos.scenarios import all_scenarios

if TYPE_CHECKING:
    from pathlib import Path

    from chaos.scenarios import Scenario

pytestmark = [pytest.mark.engine, pytest.mark.slow]

CLASSES = [
    ("`kill -9` of the CLI", "before processing"),
    ("`kill -9` of the provider process", "after processing"),
    ("two machines for one order, both processed", "at once"),
    ("two stacks of one machine for one order", "at once"),
    ("DigiCert stops in the middle of an `up` of 50 orders", "once"),
]
SCENARIOS = {(scenario.fault, scenario.moment): scenario for scenario in all_scenarios()}
CASES = [pytest.param(SCENARIOS[each], id=each[0]) for each in CLASSES]


@pytest.mark.parametrize("scenario", CASES)
@pytest.mark.usefixtures("front_end")
def test_one_request_and_a_true_state_are_left(scenario: Scenario, tmp_path: Path) -> None:
    verdict = scenario.run(tmp_path)
    assert verdict.runs > 0
    assert verdict.is_flawless(scenario.requests), verdict


@pytest.mark.usefixtures("front_end")
def test_what_happens_in_between_is_told(tmp_path: Path) -> None:
    seen = before_up(LOST_RIGHTS, tmp_path)
    assert seen.flaws == []
    [line] = seen.lines
    assert "Use an API key whose user and whose restriction allow this" in line
