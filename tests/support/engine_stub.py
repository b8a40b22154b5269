"""An engine, as far as a provider speaks to it."""

from __future__ import annotations

from concurrent import futures
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator


class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's log.

    Attributes:
        told: The requests to show a message.
        answers: Whether it shows them.
        address: Its address.
    """

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.answers = True
        self.address = ""

    def Log(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        self.told.append(request)
        if not self.answers:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no log here")
        return empty_pb2.Empty()


@contextmanager
def running_engine() -> Iterator[Engine]:
    """An engine that answers until the end."""
    started, server = Engine(), grpc.server(futures.ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(started, server)
    started.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield started
    server.stop(None)
