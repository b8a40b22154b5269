"""After a PUT that failed: what counts as the answer to it, on an order on which others ask and decide as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from support.digicert import DigiCert, RefusedByDigiCertError, TroubleError, read_singly_as_rejected
from support.orders import make_order, make_request

from digicert_pulumi.certcentral import CertCentralError, Certificate
from digicert_pulumi.revoking.failures import FateUnknownError, RefusedError
from digicert_pulumi.revoking.known_requests import KnownRequests
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.revoking.spec import RevocationSpec, SingleCertificate, WholeOrder
from digicert_pulumi.revoking.submission import Submission
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.virtual_time import VirtualTime

    from digicert_pulumi.certcentral import Order
    from digicert_pulumi.orders.reader import Reader

ORDER, PRIMARY, DUPLICATE = 1, 7001, 7002
A, B = SingleCertificate(PRIMARY), SingleCertificate(DUPLICATE)


@pytest.fixture
def digicert(digicert: DigiCert) -> DigiCert:
    """The account, with an order that has a duplicate."""
    digicert.add(ORDER, certificate=replace(make_order().certificate, id=PRIMARY))
    digicert.every_duplicate = (Certificate(id=DUPLICATE, serial_number="0D", status="issued"),)
    return digicert


@pytest.fixture
def submission(digicert: DigiCert, reader: Reader, told: list[str], time: VirtualTime) -> Submission:
    return Submission(digicert, reader, told.append, sleep=time.pass_by)  # type: ignore[arg-type]


@pytest.fixture
def run(
    digicert: DigiCert, reader: Reader, told: list[str], time: VirtualTime, tmp_path: Path
) -> Callable[[str], Submission]:
    """Returns a `pulumi up` with that name: all share the locks of a machine."""

    def of(name: str) -> Submission:
        locks = OrderLocks(tmp_path, run=name)
        return Submission(digicert, reader, told.append, locks=locks, sleep=time.pass_by)  # type: ignore[arg-type]

    return of


def spec(scope: WholeOrder | SingleCertificate, comments: str = "Gone.") -> RevocationSpec:
    return RevocationSpec(ORDER, scope, comments)


def decided(digicert: DigiCert, request_id: int, status: str) -> None:
    """Have a request decided without any change of the order."""
    _, request = digicert.requests[request_id]
    digicert.requests[request_id] = (ORDER, replace(request, status=status))


class Puts:
    """Takes the PUTs, and has the first of them fail.

    Attributes:
        count: How many came.
    """

    def __init__(self, digicert: DigiCert, error: type[CertCentralError], then: Callable[[], object]) -> None:
        self.count = 0
        self._error, self._then, self._digicert = error, then, digicert
        digicert.revoke_order = digicert.revoke_certificate = self  # type: ignore[assignment,method-assign]

    def __call__(self, _: int, *, comments: str, **__: Any) -> Any:
        self.count += 1
        if self.count == 1:
            self._then()
            raise self._error("no", order_id=ORDER)
        return self._digicert.requests[self._digicert.ask(ORDER, comments=comments)][1]


@pytest.mark.parametrize("status", ["pending", "approved", "rejected"])
@pytest.mark.parametrize("scope", [WholeOrder(), A], ids=["order", "certificate"])
def test_another_s_request_is_no_answer(
    scope: WholeOrder | SingleCertificate, status: str, submission: Submission, digicert: DigiCert
) -> None:
    puts = Puts(digicert, TroubleError, lambda: digicert.ask(ORDER, status, comments="A colleague's."))
    with pytest.raises(FateUnknownError, match="no confirmation from DigiCert"):
        submission.ensure(spec(scope))
    assert puts.count == 1


def test_a_reading_that_fails_while_the_order_is_polled_leaves_the_outcome_unknown(
    submission: Submission, digicert: DigiCert
) -> None:
    def fails(order_id: int) -> Order:
        raise TroubleError("the network is down", order_id=order_id)

    puts = Puts(digicert, TroubleError, lambda: setattr(digicert, "get_order", fails))
    with pytest.raises(FateUnknownError, match="for the revocation \\(the network is down"):
        submission.ensure(spec(WholeOrder()))
    assert puts.count == 1


def test_a_request_that_was_there_before_is_no_answer(submission: Submission, digicert: DigiCert) -> None:
    """One stale copy of the order shows the rejected request as open."""
    before = digicert.ask(ORDER, "rejected", comments="First words.")
    puts = Puts(digicert, TroubleError, lambda: decided(digicert, before, "pending"))
    read_singly_as_rejected(digicert)
    with pytest.raises(FateUnknownError, match="no confirmation from DigiCert"):
        submission.ensure(spec(WholeOrder()))
    assert puts.count == 1


@pytest.mark.parametrize("error", [TroubleError, RefusedByDigiCertError])
def test_nothing_is_sent_again_where_another_s_request_is_decided_meanwhile(
    error: type[CertCentralError], submission: Submission, digicert: DigiCert
) -> None:
    """A refusal counts though the other request was open for a moment."""
    puts = Puts(digicert, error, lambda: digicert.ask(ORDER, comments="A colleague's."))
    read_singly_as_rejected(digicert)
    with pytest.raises(FateUnknownError if error is TroubleError else error):
        submission.ensure(spec(WholeOrder()))
    assert puts.count == 1


def test_another_s_request_does_not_end_the_watch_of_the_next_run(
    digicert: DigiCert,
    run: Callable[[str], Submission],
    told: list[str],
    time: VirtualTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.time", time.now)
    Puts(digicert, TroubleError, lambda: digicert.ask(ORDER, comments="A colleague's."))
    with pytest.raises(FateUnknownError):
        run("one").ensure(spec(WholeOrder()))
    decided(digicert, 1, "rejected")
    before = time.now()
    assert run("two").ensure(spec(WholeOrder(), "Ours, again.")).sent
    assert time.now() - before > 60
    assert any("polling the order" in line for line in told)


@pytest.mark.parametrize("status", ["approved", "rejected"])
@pytest.mark.parametrize("error", [TroubleError, RefusedByDigiCertError])
@pytest.mark.parametrize("second", [B, WholeOrder()], ids=["another certificate", "the order"])
def test_what_was_asked_for_here_for_one_certificate_answers_for_no_other(
    second: WholeOrder | SingleCertificate,
    error: type[CertCentralError],
    status: str,
    submission: Submission,
    digicert: DigiCert,
) -> None:
    first = submission.ensure(spec(A)).request
    assert first is not None
    decided(digicert, first.id, status)
    puts = Puts(digicert, error, lambda: None)
    with pytest.raises(FateUnknownError if error is TroubleError else error) as caught:
        submission.ensure(spec(second))
    assert "nothing was sent" not in str(caught.value)
    assert puts.count == 1


def test_a_refusal_because_another_s_request_is_open_adopts_that(
    submission: Submission, digicert: DigiCert
) -> None:
    Puts(digicert, RefusedByDigiCertError, lambda: digicert.ask(ORDER, comments="A colleague's."))
    found = submission.ensure(spec(WholeOrder()))
    assert (found.sent, found.request and found.request.id) == (False, 1)


def test_a_request_whose_comments_the_order_does_not_show_is_read_for_them(
    submission: Submission, digicert: DigiCert
) -> None:
    Puts(digicert, TroubleError, lambda: digicert.ask(ORDER))
    genuine = digicert.get_order

    def silent(order_id: int) -> Order:
        order = genuine(order_id)
        return replace(order, requests=tuple(replace(each, comments=None) for each in order.requests))

    digicert.get_order = silent  # type: ignore[method-assign]
    found = submission.ensure(spec(WholeOrder()))
    assert found.request
    assert found.request.id == 1


def test_what_is_adopted_for_one_certificate_is_not_adopted_for_another(
    submission: Submission, digicert: DigiCert
) -> None:
    made = digicert.ask(ORDER)
    adopted = submission.ensure(spec(A)).request
    assert adopted is not None
    assert adopted.id == made
    with pytest.raises(RefusedError, match="is for certificate 7001 of order 1; nothing was sent"):
        submission.ensure(spec(B))


@pytest.mark.parametrize("second", [B, WholeOrder()], ids=["another certificate", "the order"])
def test_a_late_request_is_that_of_the_certificate_whose_put_was_lost(
    second: WholeOrder | SingleCertificate, submission: Submission, digicert: DigiCert
) -> None:
    Puts(digicert, TroubleError, lambda: None)
    with pytest.raises(FateUnknownError):
        submission.ensure(spec(A))
    late = digicert.ask(ORDER)
    with pytest.raises(RefusedError, match=rf"request {late} is open and is for certificate {PRIMARY}"):
        submission.ensure(spec(second))
    found = submission.ensure(spec(A)).request
    assert found is not None
    assert found.id == late


@pytest.mark.parametrize(
    ("first", "second"),
    [(A, B), (A, WholeOrder()), (WholeOrder(), B)],
    ids=["another certificate", "its order", "one of its certificates"],
)
@pytest.mark.parametrize("is_accepted", [False, True], ids=["late", "before it was killed"])
def test_the_next_run_knows_what_the_request_of_an_earlier_put_is_for(
    first: WholeOrder | SingleCertificate,
    second: WholeOrder | SingleCertificate,
    is_accepted: bool,
    digicert: DigiCert,
    run: Callable[[str], Submission],
) -> None:
    """The order shows a request with the same comments, and no state names it."""
    digicert.ask(ORDER, "rejected", comments="Other words.")
    if is_accepted:
        run("one").ensure(spec(first))
    else:
        Puts(digicert, TroubleError, lambda: None)
        with pytest.raises(FateUnknownError):
            run("one").ensure(spec(first))
        digicert.ask(ORDER)
    with pytest.raises(
        RefusedError, match=f"request 2 is open and is for {spec(first).name}; nothing was sent"
    ):
        run("two").ensure(spec(second))
    found = run("three").ensure(spec(first))
    assert (found.sent, found.request and found.request.id) == (False, 2)


def test_what_a_request_is_for_can_be_told(submission: Submission, digicert: DigiCert) -> None:
    """As the state tells it of a certificate that the program declares beside this one."""
    made = digicert.ask(ORDER, "approved")
    submission.remember(made, spec(A))
    assert submission.ensure(spec(B)).sent


def test_a_put_has_not_made_what_was_known_before_though_a_read_did_not_show_it() -> None:
    known = KnownRequests()
    known.remember(ORDER, 5, A)
    known.remember(ORDER + 1, 6, WholeOrder())
    sent = known.sent_for(spec(B), Target(make_order(id=ORDER)))
    assert sent.before == {5}
    another = KnownRequests()
    rejected = make_request(5, status="rejected", comments=spec(A).comments)
    another.recognize(make_order(rejected, id=ORDER), sent)
    assert not another.is_known(ORDER, 5)


def test_another_certificate_of_an_order_in_doubt_is_not_told_to_be_sent(
    submission: Submission, digicert: DigiCert
) -> None:
    puts = Puts(digicert, TroubleError, lambda: None)
    with pytest.raises(FateUnknownError):
        submission.ensure(spec(A))
    with pytest.raises(
        FateUnknownError,
        match="certificate 7002 of order 1: no confirmation from DigiCert for a revocation on order 1",
    ):
        submission.ensure(spec(B))
    assert puts.count == 1
