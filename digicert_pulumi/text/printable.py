"""Make foreign text printable in a message."""

from __future__ import annotations

LONGEST = 200
"""Characters of foreign text that a message quotes."""


def printable(text: str, longest: int | None = LONGEST) -> str:
    """Return a text as one line without control characters, with runs of blanks folded.

    Args:
        text: Any text; what is no printable character in it becomes a blank.
        longest: Characters after which it is cut, with an ellipsis; None for never.
    """
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if longest is None or len(line) <= longest else f"{line[:longest]}..."
