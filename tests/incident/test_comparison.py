"""What an update will make of a difference between a stack's state and the file."""

from __future__ import annotations

from typing import Any

import pytest

from digicert_pulumi.incident.comparison import compare
from digicert_pulumi.incident.stacks import Revocation

INPUTS = {"orderId": 1, "comments": "Leaked"}
PENDING = {**INPUTS, "requestId": 7.0, "status": "pending", "revoked": False}
REJECTED = PENDING | {"status": "rejected"}
REVOKED = PENDING | {"status": "approved", "revoked": True}


@pytest.mark.parametrize(
    ("outputs", "is_finished", "declared", "expected"),
    [
        (PENDING, True, {}, "done"),
        (REJECTED, True, {}, "rejected before"),
        (REJECTED | {"revoked": True}, True, {}, "done"),
        (PENDING | {"status": "on_hold"}, True, {}, "done"),
        (REVOKED, True, {}, "done"),
        (REVOKED | {"revoked": False}, True, {}, "approved before"),
        (PENDING | {"status": "on_hold"}, True, {"comments": "Sold"}, "recorded only"),
        (PENDING, False, {}, "to be read back"),
        (PENDING, True, {"comments": "Sold"}, "recorded only"),
        (REVOKED, True, {"comments": "Sold"}, "recorded only"),
        (REJECTED, True, {"comments": "Sold"}, "to be asked again"),
        (REJECTED, True, {"revocation_reason": "keyCompromise"}, "recorded only"),
    ],
)
def test_a_difference_is_called_by_what_comes_of_it(
    outputs: dict[str, Any],
    is_finished: bool,
    declared: dict[str, Any],
    expected: str,
) -> None:
    stored = Revocation(INPUTS, outputs, is_finished)
    assert compare(stored, {"order_id": 1, "comments": "Leaked", **declared}) == expected
