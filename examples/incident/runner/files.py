"""Files that more than one process may meet at."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class AtWorkError(Exception):
    """Another start of the run is at work on this machine."""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other starts of a run on this machine out; the system lets them in when this process ends, however it ends.

    Args:
        folder: What belongs to the run on this machine.

    Raises:
        AtWorkError: Another start is at work.
    """
    with (folder / "lock").open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AtWorkError(
                f"another start of this run is at work on this machine, with {folder}; try again when it has ended"
            ) from None
        yield


def write(path: Path, text: str) -> None:
    """Write a file so that nobody ever reads half of it."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)  # noqa: PTH105 - it replaces on every system
