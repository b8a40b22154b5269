"""Ends this process with the engine. A provider process would outlive an engine that was killed.

It keeps a connection to the engine open. Every operating system closes the connection when the engine ends.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

from digicert_pulumi.runtime import cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

_CONNECT_SECONDS = 10.0

_PAUSE = 0.2
"""Seconds before a closed connection is opened again."""

_log = logging.getLogger("digicert_pulumi.engine")


def address() -> str | None:
    """Return the engine's address, `host:port`: the last argument of a plugin. None if there is no engine."""
    return sys.argv[-1] if _parsed(sys.argv[-1]) else None


def follow(wait_for_calls: Callable[[], None]) -> None:
    """End this process when the engine ends, if there is one.

    Args:
        wait_for_calls: Returns when all calls have ended. The process ends after that.
    """
    if (there := address()) and (place := _parsed(there)):
        threading.Thread(target=_follow, args=(place, wait_for_calls), daemon=True).start()


def _parsed(address: str) -> tuple[str, int] | None:
    host, _, port = address.rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isdecimal() else None


def _follow(address: tuple[str, int], wait_for_calls: Callable[[], None]) -> None:
    _wait_for_the_end_of(address)
    _log.debug("the engine is gone")
    cancellation.process.cancel()
    # A PUT in flight keeps its order's lock until it is answered.
    wait_for_calls()
    os._exit(1)


def _wait_for_the_end_of(address: tuple[str, int]) -> None:
    """Return when nothing listens at the address."""
    while True:
        try:
            with socket.create_connection(address, _CONNECT_SECONDS) as line:
                line.settimeout(None)
                while line.recv(1024):
                    pass
        except ConnectionRefusedError:
            return
        except OSError:
            _log.debug("the connection to the engine broke", exc_info=True)
        time.sleep(_PAUSE)
