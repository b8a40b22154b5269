"""Serial numbers are numbers, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digicert_pulumi.orders.serial_number import canonical, same


@pytest.mark.parametrize(
    "spelling",
    ["A", "a", "0A", "0x0A", "0XA", "00:0A", "00 0a", "00-0A", "000A", " 0a ", "0x00:0a", "00:\n    0A"],
)
def test_every_spelling_has_one_canonical_form(spelling: str) -> None:
    assert canonical(spelling) == "0A"


@given(st.integers(0, 2**160))
def test_whatever_prints_an_integer_prints_the_same_serial_number(number: int) -> None:
    written = canonical(f"{number:X}")
    assert len(written) % 2 == 0
    assert written == canonical(hex(number)) == canonical(f"00{number:x}")
    assert int(written, 16) == number
    assert same(written, f"{number:040X}")
    assert not same(written, f"{number + 1:X}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "xyz",
        "0A0G",
        "\u0660",
        "-",
        "0x0x0A",
        "1:2:3",
        "A:B",
        "-A",
        "-0A",
        "0A:",
        "00:0A:1",
        "0A0:B0",
    ],
)
def test_what_is_not_hexadecimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a serial number in hexadecimal"):
        canonical(text)
    assert not same("0A", text)


def test_no_number_is_the_same_as_none() -> None:
    assert not same(None, "0A")
    assert not same("0A", None)
