"""Names of the world: which are the same, and how two that are not are told apart."""

from __future__ import annotations

import unicodedata

__all__ = ["comparable", "comparable_host", "told_apart"]


def comparable(name: str) -> str:
    """A name as it is compared: composed, in one letter case, with single blanks."""
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).split())


def comparable_host(name: str) -> str:
    """A common name as it is compared: a DNS name in A-labels and without the dot of the root, else as any name.

    Source: RFC 5890 (A-labels and U-labels), UTS #46 (how a user's spelling becomes one).
    """
    plain = comparable(name).rstrip(".")
    if plain.isascii():
        return plain
    # Not at the top: most names need no such tables.
    import idna  # noqa: PLC0415

    wildcard, dot, rest = plain.partition(".") if plain.startswith("*.") else ("", "", plain)
    try:
        return f"{wildcard}{dot}{idna.encode(rest, uts46=True).decode()}".casefold()
    except idna.IDNAError:
        return plain


def told_apart(*names: str) -> list[str]:
    """Quote names for a line; where some could print alike, with the code points of what is not ASCII as well."""
    escaped = not all(name.isascii() for name in names)
    return [f"{name!r} ({name!a})" if escaped and ascii(name) != repr(name) else repr(name) for name in names]
