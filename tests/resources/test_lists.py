"""What a preview refuses, warns of and shows of an order does not depend on whether it was read singly or from a list."""

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
