"""Serial numbers of certificates: integers with many hexadecimal notations."""

from __future__ import annotations

import re

__all__ = ["canonical", "same"]

_WRITTEN = re.compile(r"[0-9A-F]+|(?:[0-9A-F]{2})+(?:[\s:-]+(?:[0-9A-F]{2})+)+")
"""Digits alone, or groups of whole bytes: `1:2:3` could be 0123 and 010203."""


def canonical(text: str) -> str:
    """Write a serial number in whole bytes and capital letters, as DigiCert does: `A`, `0x0a` and `00:0A` are `0A`.

    Raises:
        ValueError: It is not hexadecimal, or separated otherwise than between bytes.
    """
    written = text.strip().upper().removeprefix("0X")
    if not _WRITTEN.fullmatch(written):
        raise ValueError(
            "must be a serial number in hexadecimal, such as 0A1B2C, or 0A:1B:2C with separators between whole bytes"
        )
    digits = re.sub(r"[\s:-]", "", written).lstrip("0") or "0"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def same(wanted: str | None, found: str | None) -> bool:
    """Whether two texts are one serial number. Of DigiCert's, one can be missing, or be no number at all."""
    try:
        return wanted is not None and found is not None and canonical(wanted) == canonical(found)
    except ValueError:
        return False
