"""Messages for the user: to the front end's sink, or on standard error."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING

from digicert_pulumi.runtime.masking import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

_lock = threading.Lock()
_shown: set[str | tuple[str, object]] = set()


def info(line: str) -> None:
    """Show a notice: one line that needs no action."""
    _write("info", line)


def warning(line: str) -> None:
    """Show a warning: one line that needs action."""
    _write("warning", line)


def warning_once(line: str, subject: tuple[str, object] | None = None) -> None:
    """Show a warning once in this process. Each read of an order would repeat it otherwise.

    Args:
        line: The warning.
        subject: The kind of the warning and the object that it is about. Lines with the same subject are shown once.
    """
    about = {line, subject or line}
    with _lock:
        is_new = not about & _shown
        _shown.update(about)
    if is_new:
        warning(line)


def send_to(sink: Callable[[str, str], None]) -> None:
    """Send the messages to a front end from now on.

    Args:
        sink: Receives `info` or `warning`, and the line.
    """
    global _sink  # noqa: PLW0603  # the process has one, set at its start
    _sink = sink


def _write(kind: str, line: str) -> None:
    _sink(kind, one_line(line))


def write_to_standard_error(kind: str, line: str) -> None:
    """Write a message on standard error."""
    # If standard error is closed or full, the result of a call to DigiCert must not be lost.
    with _lock, contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{kind}: {line}\n")
        sys.stderr.flush()


_sink = write_to_standard_error
