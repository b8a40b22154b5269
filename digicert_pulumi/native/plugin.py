"""`pulumi-resource-digicert`: the process that Pulumi's engine starts."""

from __future__ import annotations

import signal
import sys
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from digicert_pulumi.engine import presence
from digicert_pulumi.native.calls import Log
from digicert_pulumi.native.servicer import Provider
from digicert_pulumi.runtime import cancellation, messages, sending

_CALLS = 256
"""Calls answered at a time, each by a thread of its own: a wait for a decision must not keep the others waiting."""


_GRACE_SECONDS = 300.0
"""Seconds for the calls in flight: a PUT that has left is waited for."""


def main() -> int:
    """Serve until the engine ends this process."""
    sending.require_permission()
    if there := presence.address():
        messages.send_to(Log(there).write)
    executor = futures.ThreadPoolExecutor(_CALLS)
    # The engine's own limit; the default of 4 MB is an order's snapshot a thousand times.
    server = grpc.server(executor, options=[("grpc.max_receive_message_length", -1)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    presence.follow(executor.shutdown)
    # The engine's way to close a plugin; it kills one that does not end by itself within five seconds.
    signal.signal(signal.SIGINT, lambda *_: _end(server))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
    return 0


def _end(server: grpc.Server) -> None:
    cancellation.process.cancel()
    server.stop(_GRACE_SECONDS)
