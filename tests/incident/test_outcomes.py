"""What became of each order: told from a stack's state, and kept where a refresh takes away what told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from runner.outcomes import Outcome, Outcomes
from runner.stacks import Holder, LockedError, Revocation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def outcomes(tmp_path: Path) -> Outcomes:
    """Those of a new run of three orders."""
    return Outcomes([1, 2, 3], tmp_path / "outcomes.json")


def revocation(order_status: str = "issued", reviewed: str = "none", **outputs: Any) -> Revocation:
    return Revocation({"order": {"status": order_status, "revocation": reviewed}}, outputs, is_finished=True)


NEW = revocation(requestId=7.0, status="pending", revoked=False)
OPEN = revocation(reviewed="request 7 is pending", requestId=7.0, status="pending", revoked=False)


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [
        (NEW, Outcome("requested", "", 7, "pending", revoked=False)),
        (OPEN, Outcome("adopted", "", 7, "pending", revoked=False)),
        (revocation("revoked", revoked=True), Outcome("already revoked", revoked=True)),
        (revocation(revoked=True), Outcome("requested", revoked=True)),
        (
            revocation(reviewed="request 6 is rejected", requestId=7.0, status="pending"),
            Outcome("requested", "", 7, "pending"),
        ),
        (
            revocation(
                reviewed="request 7 is rejected", requestId=7.0, status="rejected", processorComment="No."
            ),
            Outcome(
                "adopted",
                "request 7 was rejected: No.; none is sent for the same comments: change them to ask again",
                7,
                "rejected",
            ),
        ),
    ],
)
def test_the_reviewed_order_tells_what_a_run_did(
    outcomes: Outcomes, stored: Revocation, outcome: Outcome
) -> None:
    outcomes.stand({1: stored}, set())
    assert outcomes[1] == outcome


def test_a_request_that_a_killed_update_sent_is_not_called_adopted(outcomes: Outcomes) -> None:
    outcomes.stand({1: OPEN, 2: OPEN}, {1})
    assert (outcomes[1].kind, outcomes[2].kind) == ("requested", "adopted")


def test_an_outcome_outlives_the_refresh_that_replaces_the_reviewed_order(outcomes: Outcomes) -> None:
    outcomes.stand({1: NEW, 2: OPEN}, set())
    outcomes.keep()
    refreshed = revocation("revoked", "request 7 is approved", requestId=7.0, status="approved", revoked=True)
    later = Outcomes([1, 2, 3], outcomes.file)
    later.stand({1: refreshed, 2: refreshed}, set())
    assert [(later[n].kind, later[n].status) for n in (1, 2)] == [
        ("requested", "approved"),
        ("adopted", "approved"),
    ]


def test_reasons_are_kept_until_it_is_tried_again(outcomes: Outcomes) -> None:
    outcomes.refuse({1: "no"})
    outcomes.fail({2: "broken"})
    outcomes.keep()
    later = Outcomes([1, 2, 3], outcomes.file)
    assert [later[n] for n in (1, 2, 3)] == [
        Outcome("refused", "no"),
        Outcome("failed", "broken"),
        Outcome("not reached"),
    ]
    later.reopen([1, 2, 3])
    assert later.counts() == {"not reached": 3}


LOCKED = """\
error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.
  file:///backend/.pulumi/locks/a.json: created by root@one (pid 11) at 2026-03-01T10:00:00Z
  file:///backend/.pulumi/locks/b.json: created by some one@two.example.com (pid 12) at 2026-03-01T10:00:01Z
"""


def test_the_holders_of_a_lock_are_told_from_what_the_cli_says() -> None:
    assert LockedError(LOCKED).holders == [
        Holder("root", "one", 11, "2026-03-01T10:00:00Z"),
        Holder("some one", "two.example.com", 12, "2026-03-01T10:00:01Z"),
    ]
    assert str(LockedError("[409] Conflict: Another update is currently in progress.")) == "another update"


def test_a_holder_on_another_machine_is_gone_only_where_the_user_says_so() -> None:
    holder = Holder("root", "another.example.com", 1, "2026-03-01T10:00:00Z")
    assert not holder.is_gone([])
    assert holder.is_gone(["another.example.com"])
