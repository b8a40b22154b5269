"""What became of each order: told from a stack's state, and kept where a refresh takes away what told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from digicert_pulumi.incident.outcomes import STANDS, Outcome, Outcomes
from digicert_pulumi.incident.stacks import Revocation

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def outcomes(tmp_path: Path) -> Outcomes:
    """Those of a new run of three orders."""
    return Outcomes([1, 2, 3], tmp_path / "outcomes.json", print)


def revocation(order_status: str = "issued", standing: int | None = None, **outputs: Any) -> Revocation:
    shown = {"status": order_status} | ({} if standing is None else {"standingRequestId": standing})
    return Revocation({"order": shown}, outputs, is_finished=True)


NEW = revocation(requestId=7.0, status="pending", revoked=False)
OPEN = revocation(standing=7, requestId=7.0, status="pending", revoked=False)


@pytest.mark.parametrize(
    ("stored", "outcome"),
    [
        (NEW, Outcome("requested", "", 7, "pending", revoked=False)),
        (OPEN, Outcome("adopted", "", 7, "pending", revoked=False)),
        (
            revocation(standing=7, requestId=7.0, status="on_hold"),
            Outcome("adopted", "", 7, "on_hold"),
        ),
        (revocation("revoked", revoked=True), Outcome("already revoked", revoked=True)),
        (revocation(revoked=True), Outcome("requested", revoked=True)),
        (
            revocation(standing=6, requestId=7.0, status="pending"),
            Outcome("requested", "", 7, "pending"),
        ),
        (
            revocation(standing=7, requestId=7.0, status="rejected", processorComment="No."),
            Outcome(
                "rejected",
                "order 1: request 7 was rejected: No.; to send a new request, change the comments",
                7,
                "rejected",
                processor_comment="No.",
            ),
        ),
    ],
)
def test_the_reviewed_order_tells_what_a_run_did(
    outcomes: Outcomes, stored: Revocation, outcome: Outcome
) -> None:
    outcomes.add_state({1: stored}, set())
    assert outcomes[1] == outcome


def test_a_request_that_a_killed_update_sent_is_not_called_adopted(outcomes: Outcomes) -> None:
    outcomes.add_state({1: OPEN, 2: OPEN}, {1})
    assert (outcomes[1].kind, outcomes[2].kind) == ("requested", "adopted")


def test_an_outcome_outlives_the_refresh_that_replaces_the_reviewed_order(outcomes: Outcomes) -> None:
    outcomes.add_state({1: NEW, 2: OPEN}, set())
    outcomes.keep()
    refreshed = revocation("revoked", requestId=7.0, status="approved", revoked=True)
    later = Outcomes([1, 2, 3], outcomes.file, print)
    later.add_state({1: refreshed, 2: refreshed}, set())
    assert [(later[n].kind, later[n].status) for n in (1, 2)] == [
        ("requested", "approved"),
        ("adopted", "approved"),
    ]


def test_reasons_are_kept_until_it_is_tried_again(outcomes: Outcomes) -> None:
    outcomes.refuse({1: "no"})
    outcomes.fail({2: "broken"})
    outcomes.keep()
    later = Outcomes([1, 2, 3], outcomes.file, print)
    assert [later[n] for n in (1, 2, 3)] == [
        Outcome("refused", "no"),
        Outcome("failed", "broken"),
        Outcome("not reached"),
    ]
    later.reopen([1, 2, 3])
    assert later.counts() == {"not reached": 3}


def test_a_rejected_request_is_no_success_whoever_sent_it(outcomes: Outcomes) -> None:
    rejected = revocation(requestId=7.0, status="rejected", revoked=False)
    outcomes.add_state({1: rejected, 2: rejected}, {1})
    assert outcomes.counts() == {"rejected": 2, "not reached": 1}
    assert "rejected" not in STANDS
    outcomes.add_state({1: revocation(requestId=7.0, status="rejected", revoked=True)}, {1})
    assert outcomes[1].kind == "requested"


def test_an_approval_that_did_not_revoke_the_order_is_no_success(outcomes: Outcomes) -> None:
    """The request was for a single certificate, for example."""
    approved: dict[str, Any] = {"requestId": 7.0, "status": "approved"}
    outcomes.add_state({1: revocation(standing=7, **approved, revoked=False), 2: OPEN}, set())
    assert [(outcomes[order].kind, outcomes[order].is_good) for order in (1, 2)] == [
        ("adopted", False),
        ("adopted", True),
    ]
    assert outcomes[1].why.startswith("order 1: request 7 was approved, and the order is not revoked; ")
    outcomes.add_state({1: revocation(standing=7, **approved, revoked=True)}, set())
    assert (outcomes[1].is_good, outcomes[1].why) == (True, "")


def test_what_stands_is_not_called_failed_and_what_was_rejected_is(outcomes: Outcomes) -> None:
    rejected = revocation(requestId=7.0, status="rejected", revoked=False)
    outcomes.add_state({1: NEW, 2: rejected}, set())
    outcomes.fail({1: "could not be read back", 2: "asking again failed"})
    assert (outcomes[1].kind, outcomes[2]) == ("requested", Outcome("failed", "asking again failed"))


def test_what_could_not_be_refreshed_says_so_beside_what_is_known(outcomes: Outcomes) -> None:
    outcomes.add_state({1: NEW, 2: revocation(requestId=7.0, status="rejected", revoked=False)}, set())
    outcomes.add_not_refreshed({1: "DigiCert denied access", 2: "DigiCert denied access"})
    assert outcomes[1] == Outcome("requested", "not refreshed: DigiCert denied access", 7, "pending")
    assert outcomes[2].why == (
        "order 2: request 7 was rejected; to send a new request, change the comments; not refreshed: DigiCert denied access"
    )


@pytest.mark.parametrize("content", ["", "\0" * 64, "[]", '{"1": ["refused"'])
def test_outcomes_that_a_power_cut_emptied_are_those_of_a_new_run(outcomes: Outcomes, content: str) -> None:
    outcomes.file.write_text(content)
    said = list[str]()
    later = Outcomes([1], outcomes.file, said.append)
    assert (later[1].kind, len(said)) == ("not reached", 1)
    later.refuse({1: "no"})
    later.keep()
    assert Outcomes([1], outcomes.file, said.append)[1].why == "no"


def test_what_an_administrator_wrote_is_shown_as_one_line(outcomes: Outcomes) -> None:
    said = "No.\r\n\x1b]0;owned\x07=1+1"
    outcomes.add_state(
        {1: revocation(requestId=7.0, status="rejected", processorComment=said)},
        set(),
    )
    assert (
        outcomes[1].why
        == "order 1: request 7 was rejected: No. ]0;owned =1+1; to send a new request, change the comments"
    )
