"""A request of which nobody knows whether DigiCert took it: a run sends none for its order again by itself."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest

from digicert_pulumi.certcentral import Pace
from digicert_pulumi.incident import run as running
from digicert_pulumi.incident.outcomes import Outcomes
from digicert_pulumi.incident.progress import Progress
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.rows import Incident
from digicert_pulumi.incident.run import Run
from digicert_pulumi.incident.split import Split
from digicert_pulumi.incident.stacks import Revocation, StackResult
from digicert_pulumi.incident.survey import Finding
from digicert_pulumi.revoking.failures import FateUnknownError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from digicert_pulumi.incident.rows import Inputs

REFUSED, DOUBTFUL, BROKEN, FINE, AGAIN = 1, 2, 3, 4, 5


def rejected(order: int) -> Revocation:
    """A revocation that was asked for with other words, and rejected."""
    outputs = {"orderId": order, "comments": "old", "requestId": 7.0, "status": "rejected"}
    return Revocation({"orderId": order, "comments": "old"}, outputs, is_finished=True)


def event(operation: str, code: str, fate: str, line: str) -> dict[str, Any]:
    return {"operation": operation, "code": code, "fate": fate, "line": line}


def in_doubt(name: str) -> dict[str, Any]:
    error = FateUnknownError(name, "no answer")
    return event("create", error.code, "unknown", str(error))


class Backend:
    """A stack in which one order is done, one fails, one has a request of unknown fate, and one stops the engine."""

    def __init__(self) -> None:
        self.declared: list[dict[int, str]] = []
        self.stored: dict[int, Revocation] = {AGAIN: rejected(AGAIN)}

    def state(self, _: str) -> Mapping[int, Revocation]:
        return self.stored

    def up(self, _name: str, orders: Mapping[int, Inputs], *_: object) -> StackResult:
        self.declared.append({order: inputs["comments"] for order, inputs in orders.items()})
        ended = StackResult()
        if REFUSED in orders:
            ended.fail(REFUSED, "...", event("check", "not-tls", "refused", "no"))
        if DOUBTFUL in orders:
            ended.fail(DOUBTFUL, "...", in_doubt("order 2"))
        if orders[AGAIN]["comments"] == "x":
            ended.fail(AGAIN, "...", in_doubt("order 5"))
        if BROKEN in orders:
            ended.fail(BROKEN, "order 3: DigiCert failed", None)
        outputs = {"requestId": 7.0, "status": "pending"}
        self.stored |= {FINE: Revocation({"orderId": FINE, "comments": "x"}, outputs, is_finished=True)}
        return ended

    def interrupt(self) -> None:
        """Nothing is under way."""


@pytest.mark.parametrize(
    "line", ["nothing was sent", "no confirmation from DigiCert", "resource 'a' has a problem: no", "é"]
)
def test_no_line_decides_what_became_of_an_order(line: str) -> None:
    ended = StackResult()
    ended.fail(1, line, event("check", "not-tls", "refused", line))
    assert (set(ended.refused), ended.is_whole) == ({1}, False)
    ended.fail(2, line, event("create", "fate-unknown", "unknown", line))
    ended.fail(3, line, event("create", "server-error", "unknown", line))
    ended.fail(4, line, None)
    assert (set(ended.failed), ended.in_doubt) == ({2, 3, 4}, {2})


def test_an_order_in_doubt_is_left_out_until_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "survey", lambda *_: {})
    orders = {
        order: {"order_id": order, "comments": "x"} for order in (REFUSED, DOUBTFUL, BROKEN, FINE, AGAIN)
    }
    backend, outcomes = Backend(), Outcomes(orders, tmp_path / "outcomes.json", print)
    run = Run(
        Incident(["order_id", "comments"], orders=orders),
        Split("run", 1),
        backend,  # type: ignore[arg-type]
        ["run-1-of-1"],
        outcomes,
        Record(tmp_path / "events.jsonl"),
        Pace(),
        Progress(io.StringIO(), orders, int, 0.3),
        lost=[],
        is_alone=True,
    )
    run._surveyed = time.monotonic()
    monkeypatch.setattr(run.interrupt, "listen", lambda: None)
    run.update({order: Finding("to be requested") for order in orders})
    assert backend.declared[0] == dict.fromkeys(orders, "x")
    # Without the order that stopped the engine; then what failed is tried once more.
    assert backend.declared[1:] == [{BROKEN: "x", FINE: "x", AGAIN: "old"}] * 2
    for order in (DOUBTFUL, AGAIN):
        assert outcomes[order].kind == "failed"
        assert outcomes[order].why.endswith(
            "run `digicert-pulumi incident run` again: it checks what DigiCert did before it sends anything"
        )
