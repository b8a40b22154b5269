"""Whether the engine is still there. A process of it outlives an engine that was killed, unless it looks itself.

A connection to the engine is kept, which every operating system closes together with the engine.
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
"""Seconds until a connection that the engine closed is opened again."""

_log = logging.getLogger("digicert_pulumi.engine")


def address() -> str | None:
    """The engine's address, `host:port`, which it gives to a plugin as the last argument; None where there is none."""
    return sys.argv[-1] if _place(sys.argv[-1]) else None


def follow(wait_for_calls: Callable[[], None]) -> None:
    """End this process together with the engine, where there is one.

    Args:
        wait_for_calls: Returns when no call runs any more. When the engine is gone, the process ends then.
    """
    if (there := address()) and (place := _place(there)):
        threading.Thread(target=_follow, args=(place, wait_for_calls), daemon=True).start()


def _place(address: str) -> tuple[str, int] | None:
    host, _, port = address.rpartition(":")
    return (host.strip("[]"), int(port)) if host and port.isdecimal() else None


def _follow(address: tuple[str, int], wait_for_calls: Callable[[], None]) -> None:
    _wait_for_the_end_of(address)
    _log.debug("the engine is gone")
    cancellation.process.cancel()
    # A PUT that has left keeps its order's lock until it is answered.
    wait_for_calls()
    os._exit(1)


def _wait_for_the_end_of(address: tuple[str, int]) -> None:
    """Return when nobody listens at an address any more."""
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
