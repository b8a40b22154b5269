"""Whether an administrator's decision may be made, a row a case, without a server."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from support.orders import make_request

from digicert_pulumi.certcentral import AccessRole, Request, Requester, User
from digicert_pulumi.decision import Verdict, objection

ADMINISTRATOR = User(id=14, access_roles=(AccessRole(id=1, name="Administrator"),))
USER = User(id=14, access_roles=(AccessRole(id=5, name="Standard User"),))
SOMEBODY = Requester(id=15)
SELF = Requester(id=14)


def asked(status: str = "pending", type_: str = "revoke", requester: Requester | None = SOMEBODY) -> Request:
    return replace(make_request(198, status, type_), requester=requester)


def verdict(decision: str = "approved", **changes: Any) -> Verdict:
    return Verdict(request_id=198, decision=decision, **changes)


@pytest.mark.parametrize(
    ("request_", "declared", "decider"),
    [
        pytest.param(asked(), verdict(), ADMINISTRATOR, id="pending"),
        pytest.param(asked("submitted"), verdict("rejected"), ADMINISTRATOR, id="submitted"),
        pytest.param(asked("approved"), verdict(), ADMINISTRATOR, id="approved already"),
        pytest.param(asked("rejected"), verdict("rejected"), USER, id="decided so already: nothing to send, so any key"),
        pytest.param(asked("approved", requester=SELF), verdict(), ADMINISTRATOR, id="own, decided so already"),
        pytest.param(asked(requester=SELF), verdict(allow_own_request=True), ADMINISTRATOR, id="own, allowed"),
        pytest.param(asked(requester=None), verdict(), ADMINISTRATOR, id="a requester whom DigiCert does not tell"),
    ],
)  # fmt: skip
def test_a_decision_that_may_be_made(request_: Request, declared: Verdict, decider: User) -> None:
    assert objection(request_, declared, decider) is None


@pytest.mark.parametrize(
    ("request_", "declared", "decider", "field", "reason"),
    [
        pytest.param(asked(type_="reissue"), verdict(), ADMINISTRATOR, "request_id", "is no revocation but a 'reissue'", id="no revocation"),
        pytest.param(asked("approved", "new_request"), verdict(), ADMINISTRATOR, "request_id", "is no revocation", id="no revocation, decided so"),
        pytest.param(asked("rejected"), verdict(), ADMINISTRATOR, "decision", "is rejected already", id="rejected already"),
        pytest.param(asked("approved"), verdict("rejected"), ADMINISTRATOR, "decision", "is approved already", id="approved already"),
        pytest.param(asked("something_new"), verdict(), ADMINISTRATOR, "decision", "is something_new already", id="an unknown status"),
        pytest.param(asked(), verdict(), USER, "decision", "only an administrator decides", id="no administrator"),
        pytest.param(asked(requester=SELF), verdict(allow_own_request=True), USER, "decision", "only an administrator decides", id="own, no administrator"),
        pytest.param(asked(requester=SELF), verdict(), ADMINISTRATOR, "allow_own_request", "made by this key's own user", id="own"),
        pytest.param(asked(requester=SELF), verdict("rejected"), ADMINISTRATOR, "allow_own_request", "made by this key's own user", id="own, rejected"),
    ],
)  # fmt: skip
def test_a_decision_that_must_not_be_made(
    request_: Request, declared: Verdict, decider: User, field: str, reason: str
) -> None:
    refusal = objection(request_, declared, decider)
    assert refusal is not None
    assert refusal.field == field
    assert refusal.reason.startswith("request 198")
    assert reason in refusal.reason
    assert "nothing was sent" in refusal.reason
    assert "\n" not in refusal.reason
