"""How far a run is, as its user reads it."""

from __future__ import annotations

import io

import pytest

from digicert_pulumi.incident import progress
from digicert_pulumi.incident.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def spent() -> list[int]:
    """The calls that were spent, and may grow."""
    return [100]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_REDRAW", 0.0)


def test_a_terminal_shows_one_line_that_is_written_again(
    spent: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "71")
    terminal = Terminal()
    shown = Progress(terminal, range(1, 1201), lambda: spent[0], interval=0.3)
    spent[0] += 60  # the survey
    shown.begin({1, 2})
    shown.step("incident-1-of-2")
    spent[0] += 3
    shown.note(3)
    shown.note(4)
    shown.say("info: something that stays")
    assert terminal.getvalue().split("\r\x1b[2K")[1:] == [
        "2 of 1,200 orders · 60 calls · 6 min left · incident-1-of-2",
        "3 of 1,200 orders · 63 calls · 18 min left · incident-1-of-2",
        "4 of 1,200 orders · 63 calls · 9 min left · incident-1-of-2",
        "info: something that stays\n",
    ]


@pytest.mark.parametrize(("done", "drawn"), [(0, 0), (2, 8), (4, 16)])
def test_a_wide_terminal_shows_a_bar_before_the_line(
    spent: list[int], monkeypatch: pytest.MonkeyPatch, done: int, drawn: int
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    shown = Progress(terminal, range(1, 5), lambda: spent[0], interval=0.3)
    shown.begin(set(range(1, done + 1)))
    shown.show()
    bar, line = terminal.getvalue().split("\r\x1b[2K")[1].split(f"{done} of 4 orders")
    assert len(bar) == 17
    assert bar.count("\u2501") == drawn or bar.count("-") == drawn
    assert line.startswith(" \u00b7 0 calls")


def test_what_is_adopted_and_refused_is_counted(spent: list[int]) -> None:
    stream = io.StringIO()
    shown = Progress(stream, range(1, 6), lambda: spent[0], interval=0.3)
    shown.begin({1, 2}, to_adopt={3, 4})
    shown.refuse(2)
    shown.note(3)
    shown.note(5)
    shown.end()
    assert (
        stream.getvalue()
        == "4 of 5 orders \u00b7 1 adopted \u00b7 2 refused \u00b7 0 calls \u00b7 0 s left\n"
    )


def test_the_line_is_cleared_before_something_else_is_written(spent: list[int]) -> None:
    for stream, written in ((Terminal(), "\r\x1b[2K"), (io.StringIO(), "")):
        shown = Progress(stream, [1], lambda: spent[0], interval=0.3)
        shown.clear()
        assert stream.getvalue() == written


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), OSError(28, "No space"), RuntimeError("reentrant call")]
)
def test_a_terminal_that_is_gone_does_not_end_the_run(spent: list[int], error: Exception) -> None:
    class Gone(Terminal):
        def write(self, _: str) -> int:
            raise error

    shown = Progress(Gone(), [1], lambda: spent[0], interval=0.3)
    shown.note(1)
    shown.say("something")
    shown.clear()
    shown.end()


def test_elsewhere_there_is_a_line_now_and_then(spent: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    shown = Progress(stream, [1, 2], lambda: spent[0], interval=0.3)
    shown.note(1)
    assert stream.getvalue() == ""
    monkeypatch.setattr(progress, "_REPEAT", 0.0)
    shown.note(2)
    shown.end()
    assert stream.getvalue() == "2 of 2 orders · 0 calls\n" * 2


def test_an_order_that_is_not_in_the_file_does_not_count(spent: list[int]) -> None:
    stream = io.StringIO()
    shown = Progress(stream, [1], lambda: spent[0], interval=0.3)
    shown.begin({1, 2})
    for order_id in (1, 2, 3):
        shown.note(order_id)
    spent[0] += 1
    shown.end()
    assert stream.getvalue() == "1 of 1 order · 1 call\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (99.4, "99 s"),
        (100, "2 min"),
        (3540, "59 min"),
        (3600, "1 h 00 min"),
        (25_500, "7 h 05 min"),
    ],
)
def test_times_are_said_as_a_person_would(seconds: float, text: str) -> None:
    assert duration(seconds) == text
