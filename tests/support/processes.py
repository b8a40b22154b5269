"""Waiting for what other processes do."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")


def wait_until(happened: Callable[[], T], *, seconds: float = 120) -> T:
    """Return the first true answer; the test fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := happened()):
        if time.monotonic() > deadline:
            pytest.fail(f"still waiting after {seconds} s")
        time.sleep(0.02)
    return answer


def wait_for_text(path: Path) -> str:
    """Return the text of a file when another process has written it."""
    return wait_until(lambda: (path.exists() and path.read_text()) or "")


def is_running(pid: int) -> bool:
    """Tell whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_ended(*pids: int) -> None:
    """Wait until none of these processes is there."""
    wait_until(lambda: not any(map(is_running, pids)))
