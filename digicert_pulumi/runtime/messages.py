"""Messages for the user: on standard error, which the engine shows, or wherever a front end has them."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING

from digicert_pulumi.runtime.masking import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_SHOWN = "the preview cannot show what would be revoked"
"""How a warning says so. A check cannot tell a preview from an update, which shows nothing to anybody."""

_lock = threading.Lock()
_told: set[str | tuple[str, object]] = set()


def info(line: str) -> None:
    """Say what the user has to know, in one line."""
    _write("info", line)


def warning(line: str) -> None:
    """Say what the user should look at before going on, in one line."""
    _write("warning", line)


def warning_once(line: str, subject: tuple[str, object] | None = None) -> None:
    """Warn, unless this process did so: each reading of an order would repeat it.

    Args:
        line: The warning.
        subject: A word for what it says, and what of. Another line with the same subject is not worth a second warning.
    """
    about = {line, subject or line}
    with _lock:
        is_new = not about & _told
        _told.update(about)
    if is_new:
        warning(line)


def send_to(sink: Callable[[str, str], None]) -> None:
    """Give the messages to a front end from now on.

    Args:
        sink: Gets `info` or `warning`, and the line.
    """
    global _sink  # noqa: PLW0603  # one for the process, set at its start
    _sink = sink


def _write(kind: str, line: str) -> None:
    _sink(kind, one_line(line))


def write_to_standard_error(kind: str, line: str) -> None:
    """Write a message on standard error."""
    # A standard error that is closed or full must not lose what was done at DigiCert.
    with _lock, contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{kind}: {line}\n")
        sys.stderr.flush()


_sink = write_to_standard_error
