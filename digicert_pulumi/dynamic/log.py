"""The debug log: what was called and what failed, with tracebacks, in a file that the user names.

`DIGICERT_LOG=debug` turns it on and `DIGICERT_LOG_PATH` names the file. API keys are masked in it.
"""

from __future__ import annotations

import logging
import os
import threading

from digicert_pulumi.dynamic import tell
from digicert_pulumi.dynamic.masking import masked

_logger = logging.getLogger("digicert_pulumi")
_started = threading.Lock()


def start() -> None:
    """Write the debug log if the user asks for it: the first call starts it, whichever of the threads makes it."""
    if _started.acquire(blocking=False):
        _start()


def _start() -> None:
    level = os.environ.get("DIGICERT_LOG")
    if not level:
        return
    path = os.environ.get("DIGICERT_LOG_PATH")
    if level.lower() != "debug" or not path:
        tell.warning(
            "no debug log is written: it takes DIGICERT_LOG=debug and a file's name in DIGICERT_LOG_PATH"
        )
        return
    try:
        handler = logging.StreamHandler(
            os.fdopen(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a")
        )
    except OSError as error:
        tell.warning(f"no debug log is written: {path} cannot be opened ({error.strerror})")
        return
    handler.setFormatter(_Masking())
    _logger.addHandler(handler)
    _logger.setLevel(logging.DEBUG)
    _logger.propagate = False


class _Masking(logging.Formatter):
    """Formats a record, its traceback included, and masks what is secret in all of it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(process)d %(threadName)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
