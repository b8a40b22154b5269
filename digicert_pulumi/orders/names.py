"""Compare and quote names of hosts, organizations and products."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["comparable", "comparable_host", "quoted", "words"]

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
"""The separators of the labels of a DNS name (UTS #46)."""


def words(text: str) -> list[str]:
    """Return the words of a text, in Unicode form NFC and without whitespace."""
    return unicodedata.normalize("NFC", text).split()


def comparable(name: str) -> str:
    """Return the comparable form of a name: NFC, case-folded, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).split())


def comparable_host(name: str) -> str:
    """Return the comparable form of a common name: A-labels without a trailing dot.

    A label that has no A-label is case-folded, as in `comparable`.

    The name is lowercased as part of the conversion to A-labels. Case folding before it would turn `faß.example` into
    `fass.example`, which is another name.

    Source: RFC 5890 (A-labels and U-labels), UTS #46 (mapping of user input).
    """
    labels = _DOTS.split(" ".join(name.split()))
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    return ".".join(map(_comparable_label, labels))


def _comparable_label(label: str) -> str:
    if label.isascii():
        return label.lower()
    # Imported here because most names don't need its tables.
    import idna  # noqa: PLC0415

    try:
        return idna.encode(unicodedata.normalize("NFC", label), uts46=True).decode().lower()
    except idna.IDNAError:
        return comparable(label)


def quoted(name: str) -> str:
    """Quote a name for a message. Add the code points of non-ASCII characters: other names may look the same."""
    return repr(name) if ascii(name) == repr(name) else f"{name!r} ({name!a})"
