"""Sending once, whatever is read before and after: the steps around a PUT, without HTTP and without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from msgspec.structs import replace
from support.digicert import DigiCert, TroubleError, to_decide_on
from support.orders import make_order

from digicert_pulumi.certcentral import Request
from digicert_pulumi.orders.reader import FRESH_SECONDS
from digicert_pulumi.revoking.failures import FateUnknownError, NotReadBackError, RefusedError
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.revoking.spec import RevocationSpec, SingleCertificate, WholeOrder
from digicert_pulumi.revoking.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.virtual_time import VirtualTime

    from digicert_pulumi.certcentral import Order, SubmittedRequest
    from digicert_pulumi.orders.reader import Reader

ORDER, CERTIFICATE = 1, 7001


@pytest.fixture
def digicert(digicert: DigiCert) -> DigiCert:
    """The account, with an order whose certificate has an id."""
    digicert.add(ORDER, certificate=replace(make_order().certificate, id=CERTIFICATE))
    return digicert


@pytest.fixture
def submission(digicert: DigiCert, reader: Reader, told: list[str], time: VirtualTime) -> Submission:
    return Submission(digicert, reader, told.append, sleep=time.pass_by)  # type: ignore[arg-type]


def spec(**changes: Any) -> RevocationSpec:
    return RevocationSpec(**{"order_id": ORDER, "scope": WholeOrder(), "comments": "Gone.", **changes})


class LostAnswers:
    """Loses the answers to the first PUTs; what has become of the order by then is the test's.

    Attributes:
        puts: How many PUTs came.
    """

    def __init__(self, digicert: DigiCert, *then: Callable[[], object], processed: bool = False) -> None:
        self.puts = 0
        self._then = list(then)
        self._processed = processed
        self._genuine = digicert.revoke_order
        digicert.revoke_order = self  # type: ignore[method-assign]

    def __call__(self, order_id: int, **given: Any) -> SubmittedRequest | None:
        self.puts += 1
        if not self._then:
            return self._genuine(order_id, **given)
        if self._processed:
            self._genuine(order_id, **given)
        self._then.pop(0)()
        raise TroubleError("no answer", order_id=order_id)


def nothing() -> None:
    pass


def test_a_put_whose_fate_is_unknown_is_not_sent_again_however_long_the_order_shows_nothing(
    submission: Submission, digicert: DigiCert, time: VirtualTime
) -> None:
    lost = LostAnswers(digicert, nothing)
    with pytest.raises(FateUnknownError, match=r"^order 1: no confirmation from DigiCert for the revocation"):
        submission.ensure(spec())
    time.pass_by(10_000)
    with pytest.raises(FateUnknownError, match=r"nothing was sent again\); run `pulumi up` again"):
        submission.ensure(spec())
    assert lost.puts == 1


def test_nothing_is_sent_again_by_another_process_of_the_same_run(
    digicert: DigiCert, reader: Reader, time: VirtualTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second provider of one program, for the same order; the next run watches the order and sends."""
    monkeypatch.setattr("time.time", time.now)
    said: list[str] = []

    def process(run: str) -> Submission:
        return Submission(
            digicert,  # type: ignore[arg-type]
            reader,
            said.append,
            locks=OrderLocks(tmp_path, run=run),
            sleep=time.pass_by,
        )

    lost = LostAnswers(digicert, nothing)
    for _ in range(2):
        with pytest.raises(FateUnknownError, match="no confirmation from DigiCert"):
            process("one").ensure(spec())
        time.pass_by(10_000)
    assert lost.puts == 1
    assert process("other").ensure(spec()).sent


def test_a_request_that_appears_late_is_adopted_by_whoever_looks_next(
    submission: Submission, digicert: DigiCert
) -> None:
    lost = LostAnswers(digicert, nothing)
    with pytest.raises(FateUnknownError):
        submission.ensure(spec())
    late = digicert.ask(ORDER)
    outcome = submission.ensure(spec())
    assert (lost.puts, outcome.request and outcome.request.id) == (1, late)


@pytest.mark.parametrize("what", ["a reissue", "another certificate"])
def test_nothing_is_sent_again_to_an_order_that_must_not_be_revoked_any_more(
    what: str, submission: Submission, digicert: DigiCert
) -> None:
    def change() -> None:
        if what == "a reissue":
            digicert.change(ORDER, "reissue_pending")
        else:
            order = digicert.orders[ORDER]
            other = replace(order.certificate, common_name="other.example.com")
            digicert.orders[ORDER] = replace(order, certificate=other)

    lost = LostAnswers(digicert, change)
    name = digicert.orders[ORDER].certificate.common_name
    with pytest.raises(FateUnknownError, match="before it sends anything"):
        submission.ensure(spec(expected_common_name=name))
    assert lost.puts == 1


def test_a_request_whose_words_come_back_otherwise_is_not_made_twice_for_a_certificate(
    submission: Submission, digicert: DigiCert
) -> None:
    puts = []

    def put(certificate_id: int, **_: Any) -> None:
        puts.append(certificate_id)
        digicert.ask(ORDER, comments="Gone &amp; forgotten.")
        raise TroubleError("no answer", order_id=ORDER)

    digicert.revoke_certificate = put  # type: ignore[method-assign]
    single = spec(scope=SingleCertificate(CERTIFICATE), comments="Gone & forgotten.")
    with pytest.raises(FateUnknownError):
        submission.ensure(single)
    assert len(puts) == 1


def test_what_is_sent_rests_on_the_reading_that_it_was_decided_on(
    submission: Submission, digicert: DigiCert, reader: Reader, time: VirtualTime
) -> None:
    """The PUT waits; meanwhile another thread learns of somebody else's request, and keeps the lists young."""
    for order_id in range(3, 21):
        to_decide_on(reader, order_id)
    assert digicert.calls["list_orders"] > 0
    theirs: list[int] = []

    def wait(name: str) -> None:
        if name == "reserve" and not theirs:
            theirs.append(digicert.ask(ORDER))
            time.pass_by(FRESH_SECONDS + 20)
            to_decide_on(reader, 3)

    digicert.before = wait
    outcome = submission.ensure(spec())
    assert [outcome.request and outcome.request.id] == theirs
    assert digicert.calls["revoke_order"] == 0


@pytest.mark.parametrize("decided", ["rejected", "approved"])
def test_a_request_that_only_an_old_list_shows_as_open_is_not_adopted(
    decided: str, submission: Submission, digicert: DigiCert, reader: Reader
) -> None:
    request = digicert.ask(ORDER, comments="Somebody else's words.")
    for order_id in range(3, 21):
        to_decide_on(reader, order_id)
    order_id, asked = digicert.requests[request]
    digicert.requests[request] = (order_id, replace(asked, status=decided))  # the order lives on
    outcome = submission.ensure(spec())
    assert outcome.request is not None
    assert (outcome.request.id, outcome.request.status, outcome.sent) == (request + 1, "pending", True)


@pytest.mark.parametrize(
    "scope", [WholeOrder(), SingleCertificate(CERTIFICATE)], ids=["order", "certificate"]
)
@pytest.mark.parametrize("shown", [None, ""])
@pytest.mark.parametrize("said", ["Gone.", None, ""])
def test_comments_that_an_order_does_not_show_are_read_before_anything_is_sent(
    *,
    scope: WholeOrder | SingleCertificate,
    shown: str | None,
    said: str | None,
    submission: Submission,
    digicert: DigiCert,
    reader: Reader,
) -> None:
    request = digicert.ask(ORDER, "rejected", comments=said)  # type: ignore[arg-type]
    genuine = digicert.get_order

    def without_comments(order_id: int) -> Order:
        order = genuine(order_id)
        hidden = (replace(each, comments=shown) if each.id == request else each for each in order.requests)
        return replace(order, requests=tuple(hidden))

    digicert.get_order = without_comments  # type: ignore[method-assign]
    reader.order(ORDER)
    if said is None:
        with pytest.raises(
            RefusedError, match=r"request 1 on this order was rejected, and DigiCert does not show"
        ):
            submission.ensure(spec(scope=scope))
    else:
        assert submission.ensure(spec(scope=scope)).sent is (said == "")


def test_the_request_for_one_certificate_is_not_taken_for_one_for_its_order(
    submission: Submission, digicert: DigiCert
) -> None:
    single = submission.ensure(spec(scope=SingleCertificate(CERTIFICATE)))
    assert single.request is not None
    with pytest.raises(RefusedError, match=rf"request {single.request.id} is open and is for certificate"):
        submission.ensure(spec())
    assert digicert.calls["revoke_order"] == 0


def test_a_certificate_that_is_not_listed_after_its_revocation_is_not_lost(
    submission: Submission, digicert: DigiCert
) -> None:
    genuine = digicert.revoke_certificate

    def put(certificate_id: int, **given: Any) -> SubmittedRequest | None:
        made = genuine(certificate_id, **given)
        order = digicert.orders[ORDER]
        digicert.orders[ORDER] = replace(order, certificate=replace(order.certificate, id=certificate_id + 1))
        return made

    digicert.revoke_certificate = put  # type: ignore[method-assign]
    with pytest.raises(NotReadBackError, match="request 1 stands") as caught:
        submission.ensure(spec(scope=SingleCertificate(CERTIFICATE)))
    assert "nothing was sent" not in str(caught.value)
    assert caught.value.request is not None


def test_a_revocation_without_a_request_is_asked_for_once_however_late_it_is_shown(
    submission: Submission, digicert: DigiCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digicert, "change", lambda *_: None)
    first = submission.ensure(spec(skip_approval=True))
    for again in (submission.ensure(spec(skip_approval=True)), submission.ensure(spec())):
        assert (again.request, again.revoked, again.sent) == (None, False, False)
    assert first.sent
    assert digicert.calls["revoke_order"] == 1


@pytest.mark.parametrize("decided", ["rejected", "approved"])
def test_a_decision_that_overtakes_the_reading_back_is_told_with_its_comment(
    submission: Submission, digicert: DigiCert, decided: str
) -> None:
    def decide(name: str) -> None:
        if name == "get_order" and digicert.requests:
            digicert.before = lambda _: None
            digicert.decide(1, decided, "Checked.")

    digicert.before = decide
    request = submission.ensure(spec()).request
    assert request is not None
    assert isinstance(request, Request)
    assert (request.status, request.processor_comment) == (decided, "Checked.")


@pytest.mark.parametrize("what", ["the order", "one certificate"])
def test_what_fails_in_our_own_code_after_the_put_left_is_an_unknown_fate(
    submission: Submission, digicert: DigiCert, what: str
) -> None:
    def put(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    digicert.revoke_order = digicert.revoke_certificate = put  # type: ignore[method-assign]
    declared = spec() if what == "the order" else spec(scope=SingleCertificate(CERTIFICATE))
    with pytest.raises(
        FateUnknownError,
        match=rf"order {ORDER}: no confirmation from DigiCert .* \(internal error, OSError\)",
    ):
        submission.ensure(declared)


def test_what_fails_in_our_own_code_before_the_put_left_is_no_unknown_fate(
    submission: Submission, digicert: DigiCert
) -> None:
    def attempts() -> NoReturn:
        raise ZeroDivisionError

    digicert.attempts = attempts  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        submission.ensure(spec())


def test_what_fails_in_our_own_code_after_the_answer_keeps_the_request(
    submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(submission._reader, "may_read_back", full)
    with pytest.raises(NotReadBackError, match=r"request 1 stands, .* \(internal error, OSError\)") as caught:
        submission.ensure(spec())
    assert caught.value.request is not None
    assert caught.value.request.id == 1


def test_a_put_is_in_doubt_from_the_moment_that_it_failed(
    digicert: DigiCert, reader: Reader, time: VirtualTime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It timed out after a minute, and may be processed for as long as one that failed at once."""
    clock = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    locks = OrderLocks(tmp_path)
    sender = Submission(digicert, reader, print, locks=locks, sleep=time.pass_by)  # type: ignore[arg-type]

    def minutes() -> None:
        clock[0] += 600

    LostAnswers(digicert, minutes)
    with pytest.raises(FateUnknownError):
        sender.ensure(spec())
    with OrderLocks(tmp_path).hold(ORDER) as held:
        assert held.in_doubt(120) == 120
