"""Messages for the user, in the engine's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from digicert_pulumi.runtime import messages

if TYPE_CHECKING:
    from digicert_pulumi.engine.calls import Call

_SECONDS = 10.0
"""Timeout for one message."""

_SEVERITIES = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}


class Log:
    """Shows messages to the user, each at its resource.

    Args:
        address: The engine's address.
        call: The calls that the messages are about.
    """

    def __init__(self, address: str, call: Call) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))
        self._call = call

    def write(self, kind: str, line: str) -> None:
        """Show a message; this one and all later ones on standard error if the engine doesn't answer."""
        line = self._call.spelled(line)
        request = engine_pb2.LogRequest(severity=_SEVERITIES[kind], message=line, urn=self._call.urn() or "")
        try:
            self._engine.Log(request, timeout=_SECONDS)
        except grpc.RpcError:
            messages.send_to(messages.write_to_standard_error)
            messages.write_to_standard_error(kind, line)


def show_messages(address: str | None, call: Call) -> None:
    """Send the messages of this process to the engine from now on, if there is one.

    Args:
        address: The engine's address; None if there is no engine.
        call: The calls that the messages are about.
    """
    if address:
        messages.send_to(Log(address, call).write)
