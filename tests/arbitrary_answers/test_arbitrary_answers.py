"""A CertCentral that answers anything, against the real provider process: nothing wrong is sent, stored or told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from arbitrary_answers.draw import plans
from arbitrary_answers.hunt import play
from arbitrary_answers.known import KNOWN, SHOWN_BELOW
from arbitrary_answers.mends import MENDS
from arbitrary_answers.server import Server
from hypothesis import given
from properties.profile import search
from support.engine import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from arbitrary_answers.mends import Mend
    from arbitrary_answers.plan import Plan


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.stop()


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=pytest.mark.slow if fault in SHOWN_BELOW else ()) for fault in KNOWN],
)
def test_what_broke_a_promise_once_does_not_any_more(server: Server, fault: str) -> None:
    assert play(KNOWN[fault], server) == []


@pytest.mark.parametrize(
    "part", ["account", "desk", "documents", "draw", "judge", "mutate", "plan", "server"]
)
def test_the_server_shares_no_code_with_the_client_or_the_sandbox(part: str) -> None:
    text = (ROOT / "tests" / "arbitrary_answers" / f"{part}.py").read_text()
    assert not re.search(r"^\s*(from|import) (digicert_pulumi|certcentral_sandbox)", text, re.MULTILINE)


def test_whatever_is_answered_every_promise_is_kept(server: Server) -> None:
    @search(12)
    @given(plans())
    def keeps_its_promises(plan: Plan) -> None:
        assert play(plan, server) == []

    keeps_its_promises()


@pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend.name)
def test_every_mend_can_be_taken_out(mend: Mend) -> None:
    assert [(ROOT / edit.file).read_text().count(edit.old) for edit in mend.without] == [1] * len(
        mend.without
    )


def test_the_page_tells_of_every_mend_what_was_found() -> None:
    page = (ROOT / "docs" / "faults.md").read_text()
    assert [mend.name for mend in MENDS if f"| {mend.name} | " not in page] == []
