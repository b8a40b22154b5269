"""Whether an order is read singly or from a list makes no difference to a preview, nor, in the end, to a state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.lifecycle import Driven

if TYPE_CHECKING:
    from support.sandbox import Sandbox

ORDERS = range(100000001, 100000101)
QUICK = {"digicert:requestsPerMinute": "60000"}
LACKING = {"serialNumber", "thumbprint"}
"""What no list shows of a certificate."""


def previewed(sandbox: Sandbox, inputs: dict[str, Any], *, from_lists: bool) -> dict[int, Any]:
    found = {}
    with Driven({**sandbox.config(), "digicert:batchReads": str(from_lists).lower(), **QUICK}) as lifecycle:
        for order in ORDERS:
            before = len(lifecycle.lines)
            checked, failures = lifecycle.check({"orderId": order, **inputs}, name=f"order-{order}")
            shown = {name: value for name, value in checked.get("order", {}).items() if name not in LACKING}
            found[order] = (shown, failures, lifecycle.lines[before:])
    return found


@pytest.mark.parametrize(
    "inputs",
    [{}, {"skipApproval": True}, {"expectedProduct": "Standard SSL"}, {"expectedOrganization": "x"}],
    ids=str,
)
def test_a_list_makes_no_difference_to_a_preview(unchanged: Sandbox, inputs: dict[str, Any]) -> None:
    inputs = {"comments": "Key leaked.", **inputs}
    singly = previewed(unchanged, inputs, from_lists=False)
    calls = len(unchanged.access_log())
    assert previewed(unchanged, inputs, from_lists=True) == singly
    assert len(unchanged.access_log()) - calls < len(ORDERS)  # the lists were used
    assert len({str(each) for each in singly.values()}) > 3


def test_details_of_decisions_that_one_refresh_left_out_come_with_the_next_ones(sandbox: Sandbox) -> None:
    config = {**sandbox.config(), **QUICK}
    orders = sandbox.plain(12)
    with Driven(config) as lifecycle:
        checked = {order: lifecycle.check({"orderId": order, "comments": "x"}).inputs for order in orders}
        states = {order: lifecycle.create(inputs) for order, inputs in checked.items()}
    for state in states.values():
        sandbox.approve(int(state["requestId"]), "Checked.")
    with_details = []
    for _ in range(5):
        with Driven(config) as lifecycle:
            states = {order: lifecycle.read(str(order), state).outputs for order, state in states.items()}
        with_details.append(
            sum("processor" in state and "dateProcessed" in state for state in states.values())
        )
    assert with_details[0] < len(orders)
    assert with_details == sorted(with_details)
    assert with_details[-1] == len(orders)
    before = len(sandbox.access_log())
    with Driven(config) as lifecycle:
        assert all(lifecycle.read(str(order), state).outputs == state for order, state in states.items())
    assert not any("/request/" in call["path"] for call in sandbox.access_log()[before:])
