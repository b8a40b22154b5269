"""`pulumi-resource-digicert`: the process that Pulumi's engine starts."""

from __future__ import annotations

import signal
import sys
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from digicert_pulumi.engine import engine_log, presence
from digicert_pulumi.native.native_call import call
from digicert_pulumi.native.servicer import Provider
from digicert_pulumi.runtime import cancellation, sending

_CALLS = 256
"""The largest number of concurrent calls. Each has its own thread, so a wait for a decision blocks no other call."""


_GRACE_SECONDS = 300.0
"""Seconds to wait for calls in flight, so that a PUT can end."""


def main() -> int:
    """Serve until the engine ends this process."""
    sending.require_permission()
    engine_log.show_messages(presence.address(), call)
    executor = futures.ThreadPoolExecutor(_CALLS)
    # No limit here, so that the engine's own applies; the default of 4 MB is a thousand times a snapshot's size.
    server = grpc.server(executor, options=[("grpc.max_receive_message_length", -1)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    presence.follow(executor.shutdown)
    # The engine closes a plugin with SIGINT, and kills it five seconds later.
    signal.signal(signal.SIGINT, lambda *_: _end(server))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
    return 0


def _end(server: grpc.Server) -> None:
    cancellation.process.cancel()
    server.stop(_GRACE_SECONDS)
