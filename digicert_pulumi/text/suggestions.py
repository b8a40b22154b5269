"""Suggest the name that was meant by an unknown one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def meant(name: str, there_are: Iterable[str]) -> str | None:
    """Return the name that was meant, whatever its letter case and separators; None where none comes close."""
    import difflib  # noqa: PLC0415  # only who errs needs it

    spelled = {_letters(each): each for each in there_are}
    guess = difflib.get_close_matches(_letters(name), spelled, n=1, cutoff=0.75)
    return spelled[guess[0]] if guess else None


def did_you_mean(name: str, there_are: Iterable[str]) -> str:
    """Return the end of a message about a name that there is not; empty where no other comes close."""
    guess = meant(name, there_are)
    return f"; did you mean {guess}?" if guess else ""


def _letters(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
