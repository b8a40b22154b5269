"""Serial numbers of certificates: whole numbers, written in hexadecimal in many ways."""

from __future__ import annotations

import re

__all__ = ["canonical", "decimal_reading", "same"]

_DIGITS = re.compile(r"[0-9A-F]+")


def canonical(text: str) -> str:
    """Write a serial number in whole bytes and capital letters, as DigiCert does: `A`, `0x0a` and `00:0A` are `0A`.

    Raises:
        ValueError: It is not hexadecimal.
    """
    digits = re.sub(r"[\s:-]", "", text).upper().removeprefix("0X")
    if not _DIGITS.fullmatch(digits):
        raise ValueError(f"must be a serial number in hexadecimal, not {text!r}")
    digits = digits.lstrip("0") or "0"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def same(wanted: str | None, found: str | None) -> bool:
    """Whether two texts are one serial number. Of DigiCert's, one can be missing, or be no number at all."""
    try:
        return wanted is not None and found is not None and canonical(wanted) == canonical(found)
    except ValueError:
        return False


def decimal_reading(text: str) -> str | None:
    """What a serial number is in hexadecimal if its digits are decimal ones; None where a letter tells."""
    return canonical(f"{int(text):X}") if text.isascii() and text.isdecimal() else None
