"""The steps of a revocation: each row of the table, on an account in memory, and the table as DESIGN.md shows it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.digicert import DigiCert, RefusedByDigiCertError, TroubleError, read_singly_as_rejected

from digicert_pulumi.certcentral import CertCentralError, Unreachable
from digicert_pulumi.revoking import submission as module
from digicert_pulumi.revoking.failures import FateUnknownError
from digicert_pulumi.revoking.order_lock import OrderLocks
from digicert_pulumi.revoking.spec import RevocationSpec, WholeOrder
from digicert_pulumi.revoking.steps import NEXT, Event, Step
from digicert_pulumi.revoking.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.virtual_time import VirtualTime

    from digicert_pulumi.orders.reader import Reader

ORDER = 1
SPEC = RevocationSpec(ORDER, WholeOrder(), "Gone.")


class Trace(dict[tuple[Step, Event], Step]):
    """The table, and the rows of it that were used."""

    def __init__(self) -> None:
        super().__init__(NEXT)
        self.rows: list[tuple[Step, Event]] = []

    def __getitem__(self, row: tuple[Step, Event]) -> Step:
        self.rows.append(row)
        return super().__getitem__(row)


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> Trace:
    trace = Trace()
    monkeypatch.setattr(module, "NEXT", trace)
    return trace


@pytest.fixture
def digicert(digicert: DigiCert) -> DigiCert:
    digicert.add(ORDER)
    return digicert


def fails(digicert: DigiCert, error: type[CertCentralError], then: Callable[[], object] = int) -> None:
    """Have the next PUT fail."""

    def put(*_: object, **__: object) -> None:
        del digicert.revoke_order
        then()
        raise error("no", order_id=ORDER)

    digicert.revoke_order = put  # type: ignore[method-assign]


def nothing_stands(_: DigiCert) -> None:
    pass


def a_request_is_open(digicert: DigiCert) -> None:
    digicert.ask(ORDER)


def an_open_request_was_decided_on(digicert: DigiCert) -> None:
    digicert.ask(ORDER, comments="A colleague's.")
    read_singly_as_rejected(digicert)


def no_connection(digicert: DigiCert) -> None:
    fails(digicert, Unreachable)


def refused(digicert: DigiCert) -> None:
    fails(digicert, RefusedByDigiCertError)


def refused_because_of_a_request(digicert: DigiCert) -> None:
    fails(digicert, RefusedByDigiCertError, lambda: digicert.ask(ORDER))


def refused_because_of_a_request_that_is_decided(digicert: DigiCert) -> None:
    fails(digicert, RefusedByDigiCertError, lambda: an_open_request_was_decided_on(digicert))


def lost(digicert: DigiCert) -> None:
    fails(digicert, TroubleError)


def lost_and_processed(digicert: DigiCert) -> None:
    fails(digicert, TroubleError, lambda: digicert.ask(ORDER))


WATCH, SEND, ADOPT, CONFIRM = Step.WATCH, Step.SEND, Step.ADOPT, Step.CONFIRM
START = (WATCH, Event.NOTHING)

CASES: dict[Callable[[DigiCert], None], tuple[type[Exception] | None, list[tuple[Step, Event]]]] = {
    nothing_stands: (None, [START, (SEND, Event.ACCEPTED), (Step.READ_BACK, Event.STANDS)]),
    a_request_is_open: (None, [START, (SEND, Event.STANDS), (ADOPT, Event.STANDS)]),
    an_open_request_was_decided_on: (
        None,
        [
            *[START, (SEND, Event.STANDS), (ADOPT, Event.DECIDED)],
            *[START, (SEND, Event.ACCEPTED), (Step.READ_BACK, Event.STANDS)],
        ],
    ),
    no_connection: (Unreachable, [START, (SEND, Event.NOT_PROCESSED)]),
    refused: (RefusedByDigiCertError, [START, (SEND, Event.REFUSED), (Step.CHECK, Event.NOTHING)]),
    refused_because_of_a_request: (
        None,
        [START, (SEND, Event.REFUSED), (Step.CHECK, Event.STANDS), (CONFIRM, Event.STANDS)],
    ),
    refused_because_of_a_request_that_is_decided: (
        RefusedByDigiCertError,
        [START, (SEND, Event.REFUSED), (Step.CHECK, Event.STANDS), (CONFIRM, Event.DECIDED)],
    ),
    lost: (FateUnknownError, [START, (SEND, Event.LOST), (Step.POLL, Event.NOTHING)]),
    lost_and_processed: (
        None,
        [START, (SEND, Event.LOST), (Step.POLL, Event.STANDS), (CONFIRM, Event.STANDS)],
    ),
}
"""What happens, how it ends, and the rows of the table that lead there."""

AFTER_A_LOST_PUT = [(WATCH, Event.STANDS), (ADOPT, Event.STANDS)]
"""The next `pulumi up`, if a request has appeared."""


@pytest.mark.parametrize("happens", CASES, ids=lambda each: each.__name__)
def test_the_steps_follow_the_table(
    happens: Callable[[DigiCert], None],
    digicert: DigiCert,
    reader: Reader,
    time: VirtualTime,
    trace: Trace,
) -> None:
    error, rows = CASES[happens]
    submission = Submission(digicert, reader, print, sleep=time.pass_by)  # type: ignore[arg-type]
    happens(digicert)
    if error:
        with pytest.raises(error):
            submission.ensure(SPEC)
    else:
        assert submission.ensure(SPEC).request is not None
    assert trace.rows == rows


def test_the_next_run_watches_an_order_whose_put_was_lost(
    *,
    digicert: DigiCert,
    reader: Reader,
    time: VirtualTime,
    trace: Trace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.time", time.now)

    def run(name: str) -> Submission:
        locks = OrderLocks(tmp_path, run=name)
        return Submission(digicert, reader, print, locks=locks, sleep=time.pass_by)  # type: ignore[arg-type]

    lost(digicert)
    with pytest.raises(FateUnknownError):
        run("one").ensure(SPEC)
    digicert.ask(ORDER)
    trace.rows.clear()
    assert run("two").ensure(SPEC).request is not None
    assert trace.rows == AFTER_A_LOST_PUT


def test_every_row_of_the_table_has_its_case() -> None:
    assert {row for _, rows in CASES.values() for row in rows} | set(AFTER_A_LOST_PUT) == set(NEXT)


def test_the_design_shows_the_table() -> None:
    page = (Path(__file__).parents[2] / "DESIGN.md").read_text()
    assert list(rows_of(page)) == [
        (step.value, event.value, following.value) for (step, event), following in NEXT.items()
    ]


def rows_of(page: str) -> Iterator[tuple[str, ...]]:
    """The rows of the page's table of steps; a step that stands in the row above is left out there."""
    table = page.partition("| step | ended because | next |\n")[2].partition("\n\n")[0]
    step = ""
    for line in table.splitlines()[1:]:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        step = cells[0].strip("*") or step
        yield (step, cells[1], cells[2].strip("*"))
