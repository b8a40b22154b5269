"""The files of a run: written atomically, and used by one process at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec
from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Content = TypeVar("_Content")


class AtWorkError(Exception):
    """Another start of the run is at work on this machine."""


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other starts of a run on this machine out; the system lets them in when this process ends, however it ends.

    Args:
        folder: What belongs to the run on this machine.

    Raises:
        AtWorkError: Another start is at work.
        OSError: The file system keeps no locks.
    """
    lock = FileLock(folder / "lock", timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise AtWorkError(
            f"another start of this run is at work on this machine, with {folder}; try again when it has ended"
        ) from None
    except NotImplementedError:
        raise OSError(
            f"{folder} is on a file system without locks; put the orders' file on another"
        ) from None
    try:
        yield
    finally:
        lock.release()


def write(path: Path, text: str) -> None:
    """Write a file so that nobody ever reads half of it, a power cut or not."""
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        path.write_text(text, encoding="utf-8", newline="")
        return
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        shutil.copymode(path, draft)
    draft.replace(path)
    with contextlib.suppress(OSError):  # Windows opens no folder, and some file systems do not sync one
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def load(path: Path, content: type[_Content], say: Callable[[str], None]) -> _Content | None:
    """Read a JSON file of the run.

    Args:
        path: The file.
        content: What is in it.
        say: Is told where it cannot be used, as after a power cut of a machine that writes late.

    Returns:
        What is in it; None where it is absent or cannot be used.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        say(f"{path} cannot be read, so it counts as absent ({error})")
        return None
