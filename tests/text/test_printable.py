from __future__ import annotations

import pytest

from digicert_pulumi.text.printable import LONGEST, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incident 42", "Incident 42"),
        (" two\nlines\r\n\tand  blanks ", "two lines and blanks"),
        ("\x1b[31mred\x1b[0m\x07", "[31mred [0m"),
        ("a\u202ecod.exe", "a cod.exe"),
        ("a\u2028b\u0085c\x00d", "a b c d"),
        ("\ud800lone", "lone"),
        ("Zürich 東京", "Zürich 東京"),
        ("", ""),
    ],
)
def test_foreign_text_is_one_printable_line(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_long_text_is_cut() -> None:
    assert printable("x" * (LONGEST + 1)) == "x" * LONGEST + "..."
    assert printable("x" * LONGEST) == "x" * LONGEST
    assert printable("x" * 5, longest=4) == "xxxx..."
    assert printable("x" * 5000, longest=None) == "x" * 5000
