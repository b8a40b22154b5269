"""Whether an administrator's decision may be made, a row a case, without a server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace
from support.digicert import InTurn, TroubleError
from support.orders import make_request
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import AccessRole, Refused, Request, Requester, User
from digicert_pulumi.certcentral.models import OrderReference
from digicert_pulumi.revoking.approval import Approval, approve_once, refusal_of
from digicert_pulumi.revoking.failures import DecisionNotReadBackError, FateUnknownError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digicert_pulumi.certcentral import Client

ADMINISTRATOR = User(id=14, access_roles=(AccessRole(id=1, name="Administrator"),))
USER = User(id=14, access_roles=(AccessRole(id=5, name="Standard User"),))
SOMEBODY = Requester(id=15)
SELF = Requester(id=14)


def asked(status: str = "pending", type_: str = "revoke", requester: Requester | None = SOMEBODY) -> Request:
    return replace(make_request(198, status, type_), requester=requester)


def about(order_id: int, status: str = "pending") -> Request:
    return replace(asked(status), order=OrderReference(order_id))


def approval(decision: str = "approved", **changes: Any) -> Approval:
    return Approval(request_id=198, decision=decision, **changes)


@pytest.mark.parametrize(
    ("request_", "declared", "decider"),
    [
        pytest.param(asked(), approval(), ADMINISTRATOR, id="pending"),
        pytest.param(asked("submitted"), approval("rejected"), ADMINISTRATOR, id="submitted"),
        pytest.param(asked("something_new"), approval(), ADMINISTRATOR, id="an unknown status is open"),
        pytest.param(asked("approved"), approval(), ADMINISTRATOR, id="approved already"),
        pytest.param(asked("rejected"), approval("rejected"), USER, id="decided so already: nothing to send, so any key"),
        pytest.param(asked("approved", requester=SELF), approval(), ADMINISTRATOR, id="own, decided so already"),
        pytest.param(asked(requester=SELF), approval(allow_own_request=True), ADMINISTRATOR, id="own, allowed"),
        pytest.param(about(5), approval(expected_order_id=5), ADMINISTRATOR, id="about the expected order"),
        pytest.param(asked(requester=None), approval(allow_own_request=True), ADMINISTRATOR, id="a requester whom DigiCert does not tell, allowed"),
    ],
)  # fmt: skip
def test_a_decision_that_may_be_made(request_: Request, declared: Approval, decider: User) -> None:
    assert refusal_of(request_, declared, decider) is None


@pytest.mark.parametrize(
    ("request_", "declared", "decider", "code", "reason"),
    [
        pytest.param(asked(type_="reissue"), approval(), ADMINISTRATOR, "not-a-revocation", "is no revocation but a 'reissue'", id="no revocation"),
        pytest.param(asked("approved", "new_request"), approval(), ADMINISTRATOR, "not-a-revocation", "is no revocation", id="no revocation, decided so"),
        pytest.param(asked("rejected"), approval(), ADMINISTRATOR, "decided-otherwise", "is already rejected", id="rejected already"),
        pytest.param(asked("approved"), approval("rejected"), ADMINISTRATOR, "decided-otherwise", "is already approved", id="approved already"),
        pytest.param(about(5), approval(expected_order_id=6), ADMINISTRATOR, "another-order", "is about order 5, not the expected one", id="about another order"),
        pytest.param(about(5, "approved"), approval(expected_order_id=6), ADMINISTRATOR, "another-order", "is about order 5", id="about another order, decided so already"),
        pytest.param(asked(), approval(expected_order_id=6), ADMINISTRATOR, "another-order", "an unknown order", id="about an unknown order"),
        pytest.param(asked(), approval(), USER, "not-an-administrator", "only an administrator can decide", id="no administrator"),
        pytest.param(asked(requester=SELF), approval(allow_own_request=True), USER, "not-an-administrator", "only an administrator can decide", id="own, no administrator"),
        pytest.param(asked(requester=SELF), approval(), ADMINISTRATOR, "own-request", "made by this key's own user", id="own"),
        pytest.param(asked(requester=None), approval(), ADMINISTRATOR, "own-request", "by an unknown user", id="a requester whom DigiCert does not tell"),
        pytest.param(asked(requester=SELF), approval("rejected"), ADMINISTRATOR, "own-request", "made by this key's own user", id="own, rejected"),
    ],
)  # fmt: skip
def test_a_decision_that_must_not_be_made(
    request_: Request, declared: Approval, decider: User, code: str, reason: str
) -> None:
    refusal = refusal_of(request_, declared, decider)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.reason.startswith("request 198")
    assert reason in refusal.reason
    assert "nothing was sent" in refusal.reason
    assert "\n" not in refusal.reason


@dataclass
class Account(InTurn):
    """One request at DigiCert, and a client of it.

    Attributes:
        request: The request.
        turns: What happens while each turn is waited for.
        puts: What happens at each PUT, before it is processed; it may raise.
        gets: What happens at each reading, likewise.
        sent: How many PUTs were processed.
    """

    request: Request = field(default_factory=asked)
    turns: list[Callable[[], None]] = field(default_factory=list)
    puts: list[Callable[[], None]] = field(default_factory=list)
    gets: list[Callable[[], None]] = field(default_factory=list)
    sent: int = 0
    time: VirtualTime = field(default_factory=VirtualTime)

    @contextmanager
    def reserve(self, calls: Callable[[], int]) -> Iterator[Callable[[], bool]]:
        if self.turns:
            self.turns.pop(0)()
        with super().reserve(calls) as extend:
            yield extend

    def get_request(self, _: int) -> Request:
        if self.gets:
            self.gets.pop(0)()
        return self.request

    def update_request_status(self, _: int, status: str, *, processor_comment: str | None) -> None:
        if self.puts:
            self.puts.pop(0)()
        self.sent += 1
        self.request = replace(self.request, status=status, processor_comment=processor_comment)

    def decide(self, **declared: Any) -> Request:
        return approve_once(
            cast("Client", self),
            approval(**declared),
            ADMINISTRATOR,
            now=self.time,
            is_recent=lambda moment: self.time.seconds - moment < 30,
            sleep=self.time.pass_by,
        )


def nothing() -> None:
    pass


def trouble() -> None:
    raise TroubleError("no answer")


def test_a_request_is_decided_with_one_put_between_two_readings() -> None:
    account = Account()
    assert account.decide(processor_comment="Checked.").status == "approved"
    assert (account.sent, account.request.processor_comment) == (1, "Checked.")


def test_a_decision_that_waited_too_long_for_its_turn_looks_again() -> None:
    account = Account()

    def wait() -> None:
        account.time.pass_by(60)
        account.request = asked("rejected")

    account.turns = [wait]
    with pytest.raises(RefusedError, match="is already rejected"):
        account.decide()
    assert account.sent == 0


def test_a_decision_that_was_made_and_cannot_be_read_back_is_told_as_made() -> None:
    account = Account(gets=[nothing, trouble])
    with pytest.raises(
        DecisionNotReadBackError, match="request 198: it was approved, but could not be read back"
    ):
        account.decide()
    assert account.sent == 1


def test_a_decision_without_an_answer_is_sent_once_more_and_then_not_known() -> None:
    account = Account(puts=[trouble, trouble])
    with pytest.raises(FateUnknownError, match="request 198: no confirmation from DigiCert for the decision"):
        account.decide()
    assert account.sent == 0


def test_a_refused_decision_is_told_as_refused() -> None:
    def refuse() -> None:
        raise Refused("DigiCert refused the request", status=400)

    account = Account(puts=[refuse])
    with pytest.raises(Refused):
        account.decide()


def test_a_decision_by_somebody_else_in_between_is_refused() -> None:
    account = Account()

    def lose() -> None:
        account.request = asked("rejected")
        trouble()

    account.puts = [lose]
    with pytest.raises(RefusedError, match="was rejected by somebody else in the meantime"):
        account.decide()
