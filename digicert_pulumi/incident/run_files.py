"""Read and write the files of a run: atomically, and by one process at a time."""

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


class AlreadyRunningError(Exception):
    """Another start of the run is still running on this machine."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a run on this machine against other starts. The system releases the lock when this process ends or crashes.

    Args:
        folder: The run's folder on this machine.

    Raises:
        AlreadyRunningError: Another start holds the lock.
        OSError: The file system doesn't support locks.
    """
    lock = FileLock(folder / "lock", timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunningError(
            f"another start of this run is still running on this machine and uses {folder}; try again when it has ended"
        ) from None
    except NotImplementedError:
        raise OSError(
            f"{folder} is on a file system that does not support locks; move the file with the orders to another one"
        ) from None
    try:
        yield
    finally:
        lock.release()


def write(path: Path, text: str) -> None:
    """Write a file atomically: readers see the old or the new content, even after a power failure."""
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():  # a pipe or a device can't be replaced
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
    with contextlib.suppress(OSError):  # Windows can't open folders, and some file systems can't sync them
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def load(path: Path, content: type[_Content], say: Callable[[str], None]) -> _Content | None:
    """Read a JSON file of the run.

    Args:
        path: The file.
        content: The type of its content.
        say: Receives a warning if the file is damaged, for example after a power failure.

    Returns:
        The content; None if the file is missing or damaged.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=content)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        say(f"{path} cannot be read and is ignored ({error})")
        return None
