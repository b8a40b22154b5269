"""The engine's calls: each one's resource, messages and failures, and whether its answer is still wanted."""

from __future__ import annotations

import logging
import re
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import struct_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from digicert_pulumi.engine import failures, presence
from digicert_pulumi.native import wire
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, DECISION_FIELDS, ORDER_FIELDS
from digicert_pulumi.resources.host import Host
from digicert_pulumi.resources.lifecycle import UnfinishedError
from digicert_pulumi.resources.problem import INVALID_INPUT
from digicert_pulumi.runtime import cancellation, messages, sending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digicert_pulumi.resources.lifecycle import FailureError

_NAMES = {
    field.python_name: field.name
    for field in (ORDER_FIELDS | CERTIFICATE_FIELDS | DECISION_FIELDS).values()
    if field.python_name != field.name
}
_PYTHON_NAME = re.compile(rf"\b({'|'.join(_NAMES)})\b(?:=(True\b)?)?")

_LOG_SECONDS = 10.0

_SEVERITIES = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}

_log = logging.getLogger("digicert_pulumi.native")


class _Thread(threading.local):
    request: Any = None


_thread = _Thread()


class Call(Host):
    """The call that this thread answers."""

    def engine(self) -> str | None:
        """The engine's address."""
        return presence.address()

    def urn(self) -> str | None:
        """The resource's URN."""
        return getattr(_thread.request, "urn", None) or None

    def timeout(self) -> float | None:
        """The seconds of the option `customTimeouts`."""
        return getattr(_thread.request, "timeout", None) or None


@contextmanager
def answering(
    operation: str, request: Any, context: grpc.ServicerContext, *, sends: bool = False
) -> Iterator[None]:
    """Answer a call: on failure with one line.

    Args:
        operation: What it is, for programs: `check`, `create`, ...
        request: The engine's request.
        context: gRPC's context.
        sends: Whether more than GET may be sent.
    """
    try:
        with ExitStack() as around:
            around.enter_context(_working_for(request))
            around.enter_context(cancellation.process.working_for(context.is_active))
            if sends:
                around.enter_context(sending.permitted())
            yield
    except BaseException as error:  # noqa: BLE001  # whatever it is, the engine must get an answer
        _log.debug("%s failed", operation, exc_info=True)
        failure = failures.for_the_user(error)
    else:
        return
    if failure.problem is not INVALID_INPUT:
        failure.args = (in_every_language(str(failure)),)
    failures.tell(getattr(request, "urn", None) or None, operation, str(failure), failure.problem)
    _attach(context, failure, request)
    context.abort(grpc.StatusCode.UNKNOWN, str(failure))


def in_every_language(line: str) -> str:
    """Name inputs as the schema does, where a line names them as Python does."""
    return _PYTHON_NAME.sub(_in_every_language, line)


def _in_every_language(found: re.Match[str]) -> str:
    value = ": true" if found[2] else ": " if found[0].endswith("=") else ""
    return f"{_NAMES[found[1]]}{value}"


@contextmanager
def _working_for(request: Any) -> Iterator[None]:
    before, _thread.request = _thread.request, request
    try:
        yield
    finally:
        _thread.request = before


def _attach(context: grpc.ServicerContext, failure: FailureError, request: Any) -> None:
    inputs, outputs = struct_pb2.Struct(), struct_pb2.Struct()
    if isinstance(failure, UnfinishedError):
        inputs = request.news if hasattr(request, "news") else request.properties
        outputs = wire.write(failure.outputs, secret_outputs(wire.read(inputs).secrets))
    failures.attach(context, failure, outputs, inputs)


def secret_outputs(inputs: frozenset[str]) -> frozenset[str]:
    """The outputs that are secrets, because these inputs are: each itself, and what was sent."""
    return inputs | {"sent"} if inputs else inputs


class Log:
    """Shows messages to the user at the resource that they are about.

    Args:
        address: The engine's address.
    """

    def __init__(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def write(self, kind: str, line: str) -> None:
        """Show a message; on standard error where the engine does not answer."""
        line = in_every_language(line)
        request = engine_pb2.LogRequest(
            severity=_SEVERITIES[kind], message=line, urn=getattr(_thread.request, "urn", "")
        )
        try:
            self._engine.Log(request, timeout=_LOG_SECONDS)
        except grpc.RpcError:
            messages.write_to_standard_error(kind, line)
