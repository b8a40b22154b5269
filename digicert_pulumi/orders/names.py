"""Compare and quote names of hosts, organizations and products."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["comparable", "comparable_host", "quoted", "words"]

_DOTS = re.compile("[.\u3002\uff0e\uff61]")
"""What separates the labels of a DNS name (UTS #46)."""


def words(text: str) -> list[str]:
    """The words of a text, however their accents are composed and whatever blanks are between them."""
    return unicodedata.normalize("NFC", text).split()


def comparable(name: str) -> str:
    """A name as it is compared: composed, in one letter case, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).split())


def comparable_host(name: str) -> str:
    """A common name as it is compared: a DNS name in A-labels and without the dot of the root, else as any name.

    Letter case goes with the way into A-labels and not before: casefolding takes `faß.example` for `fass.example`,
    which is another name.

    Source: RFC 5890 (A-labels and U-labels), UTS #46 (how a user's spelling becomes one).
    """
    labels = _DOTS.split(" ".join(name.split()))
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    return ".".join(map(_comparable_label, labels))


def _comparable_label(label: str) -> str:
    if label.isascii():
        return label.lower()
    # Not at the top: most names need no such tables.
    import idna  # noqa: PLC0415

    try:
        return idna.encode(unicodedata.normalize("NFC", label), uts46=True).decode().lower()
    except idna.IDNAError:
        return comparable(label)


def quoted(name: str) -> str:
    """Quote a name for a line; where it could print as another, with the code points of what is not ASCII as well."""
    return repr(name) if ascii(name) == repr(name) else f"{name!r} ({name!a})"
