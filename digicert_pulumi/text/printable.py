"""Make foreign text printable in a message."""

from __future__ import annotations

LONGEST = 200
"""The largest number of characters that a message quotes of foreign text."""


def printable(text: str, longest: int | None = LONGEST) -> str:
    """Return a text as one line without control characters and repeated spaces.

    Args:
        text: Any text; each unprintable character becomes a space.
        longest: The largest number of characters; a longer text is cut and ends in an ellipsis. None for no limit.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if longest is None or len(line) <= longest else f"{line[:longest]}..."
