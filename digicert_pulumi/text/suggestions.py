"""Suggest a known name for an unknown one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str | None:
    """Return the closest known name, ignoring case and separators; None if none is close."""
    import difflib  # noqa: PLC0415  # only an unknown name needs it

    spelled = {_letters(each): each for each in known}
    guess = difflib.get_close_matches(_letters(name), spelled, n=1, cutoff=0.75)
    return spelled[guess[0]] if guess else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name; empty if no known name is close."""
    guess = meant(name, known)
    return f"; did you mean {guess}?" if guess else ""


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
