"""What the engine wants of this process: to go on, to stop, or nothing more because the engine is gone.

Pulumi's Python SDK answers the engine's `Cancel` by doing nothing, and its process outlives an engine that was killed.
Here `Cancel` is heard where gRPC looks for the method that answers it, which happens even while every thread is busy;
and a connection to the engine is kept, which every operating system closes together with the engine. Where a process
has no engine (in a debugger, in a test) or an SDK is built otherwise, each call still tells whether it is wanted.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import grpc

from digicert_pulumi.runtime import cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

_CANCEL = "/pulumirpc.ResourceProvider/Cancel"

_CONNECT_SECONDS = 10.0

_PAUSE = 0.2
"""Seconds until a connection that the engine closed is opened again."""

_once = threading.Lock()
_log = logging.getLogger("digicert_pulumi.dynamic")


def listen(wait_for_calls: Callable[[], None]) -> None:
    """Have `cancellation.process` follow the engine from now on. What is called again does nothing.

    Args:
        wait_for_calls: Returns when no call runs any more. When the engine is gone, the process ends then.
    """
    if not _once.acquire(blocking=False):
        return
    if not _hear_cancel():
        _log.debug("this SDK's server cannot be found: Cancel is not heard")
    if (there := address()) and (place := _place(there)):
        threading.Thread(target=_follow, args=(place, wait_for_calls), daemon=True).start()


def address() -> str | None:
    """The engine's address, `host:port`, which it gives to a plugin as the last argument; None where there is none."""
    return sys.argv[-1] if _place(sys.argv[-1]) else None


class _Ear(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Hears the engine's `Cancel`, and leaves the answer to the SDK."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        if handler_call_details.method == _CANCEL:
            _log.debug("the engine cancels")
            cancellation.process.cancel()


def _hear_cancel() -> bool:
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001  # the only way to it
    while frame is not None:
        server = frame.f_locals.get("server")
        if isinstance(server, grpc.Server):
            with contextlib.suppress(AttributeError):
                server._state.generic_handlers.insert(0, _Ear())  # noqa: SLF001  # handlers added later come last
                return True
        frame = frame.f_back
    return False


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
