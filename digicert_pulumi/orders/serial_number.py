"""Normalize and compare serial numbers of certificates in their hexadecimal notations."""

from __future__ import annotations

import re

__all__ = ["canonical", "same"]

_WRITTEN = re.compile(r"[0-9A-F]+|(?:[0-9A-F]{2})+(?:[\s:-]+(?:[0-9A-F]{2})+)+")
"""Digits alone, or groups of whole bytes: `1:2:3` is ambiguous, it could be 0123 or 010203."""


def canonical(text: str) -> str:
    """Return a serial number in whole bytes and capital letters, as DigiCert does: `A`, `0x0a` and `00:0A` become `0A`.

    Raises:
        ValueError: The text isn't hexadecimal, or has separators within a byte.
    """
    written = text.strip().upper().removeprefix("0X")
    if not _WRITTEN.fullmatch(written):
        raise ValueError(
            "must be a serial number in hexadecimal, such as 0A1B2C, or 0A:1B:2C with separators between whole bytes"
        )
    digits = re.sub(r"[\s:-]", "", written).lstrip("0") or "0"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def same(wanted: str | None, found: str | None) -> bool:
    """Whether two texts are the same serial number; False if one is missing or isn't a serial number."""
    try:
        return wanted is not None and found is not None and canonical(wanted) == canonical(found)
    except ValueError:
        return False
