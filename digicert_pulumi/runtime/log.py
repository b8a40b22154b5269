"""The debug log: calls and failures, with tracebacks, in a file that the user names.

`DIGICERT_LOG=debug` turns it on and `DIGICERT_LOG_PATH` names the file. API keys are masked in it.
"""

from __future__ import annotations

import logging
import os
import threading

from digicert_pulumi.runtime import messages
from digicert_pulumi.runtime.masking import masked

_logger = logging.getLogger("digicert_pulumi")
_started = threading.Lock()


def start() -> None:
    """Start the debug log if the environment asks for it. Only the first call has an effect."""
    if _started.acquire(blocking=False):
        _start()


def _start() -> None:
    level = os.environ.get("DIGICERT_LOG")
    if not level:
        return
    path = os.environ.get("DIGICERT_LOG_PATH")
    if level.lower() != "debug" or not path:
        messages.warning(
            "no debug log is written: set DIGICERT_LOG=debug, and set DIGICERT_LOG_PATH to a file"
        )
        return
    try:
        handler = _File(path)
    except OSError as error:
        messages.warning(f"no debug log is written: {path} cannot be opened ({error.strerror})")
        return
    handler.setFormatter(_Masking())
    _logger.addHandler(handler)
    _logger.setLevel(logging.DEBUG)
    _logger.propagate = False


class _File(logging.Handler):
    """Writes each line at once, and drops lines that can't be written: a full disk, or a slow reader of a pipe."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_NONBLOCK", 0)
        self._descriptor = os.open(path, flags, 0o600)
        self._warned = False

    def emit(self, record: logging.LogRecord) -> None:
        line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
        try:
            os.write(self._descriptor, line)
        except OSError as error:
            if not self._warned:
                self._warned = True
                messages.warning(
                    f"the debug log is incomplete: {self._path} cannot be written ({error.strerror})"
                )


class _Masking(logging.Formatter):
    """Formats a record with its traceback, and masks the API keys in it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
