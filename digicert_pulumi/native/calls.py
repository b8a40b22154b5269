"""The engine's calls: each one's resource, messages and failures, and whether its answer is still wanted."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from digicert_pulumi.engine.calls import Call
from digicert_pulumi.native import wire
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, DECISION_FIELDS, ORDER_FIELDS
from digicert_pulumi.resources.problem import INVALID_INPUT
from digicert_pulumi.runtime import messages, sending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from google.protobuf import struct_pb2

    from digicert_pulumi.resources.problem import Problem

_NAMES = {
    field.python_name: field.name
    for field in (ORDER_FIELDS | CERTIFICATE_FIELDS | DECISION_FIELDS).values()
    if field.python_name != field.name
}
_PYTHON_NAME = re.compile(rf"\b({'|'.join(_NAMES)})\b(?:=(True\b)?)?")

_LOG_SECONDS = 10.0

_SEVERITIES = {"info": engine_pb2.INFO, "warning": engine_pb2.WARNING}


_answered: ContextVar[tuple[Any, grpc.ServicerContext | None]] = ContextVar("answered", default=(None, None))
"""What a thread answers, and gRPC's context of it."""


class AnsweredCall(Call):
    """The call that this thread answers."""

    def found(self) -> tuple[Any, grpc.ServicerContext | None]:
        """The engine's request, and gRPC's context."""
        return _answered.get()

    def kept(self, outputs: Mapping[str, Any], inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        """The outputs; as secrets, where the inputs are."""
        return wire.write(outputs, secret_outputs(wire.read(inputs).secrets))

    def spelled(self, line: str, problem: Problem) -> str:
        """Name inputs as the schema does; an invalid input is named as it was given."""
        return line if problem is INVALID_INPUT else in_every_language(line)


call = AnsweredCall()


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
    _answered.set((request, context))
    try:
        with call.wanted(), sending.permitted() if sends else nullcontext():
            yield
    except BaseException as error:  # noqa: BLE001  # whatever it is, the engine must get an answer
        failure = call.failed(operation, error)
    else:
        return
    context.abort(grpc.StatusCode.UNKNOWN, str(failure))


def in_every_language(line: str) -> str:
    """Name inputs as the schema does, where a line names them as Python does."""
    return _PYTHON_NAME.sub(_in_every_language, line)


def _in_every_language(found: re.Match[str]) -> str:
    value = ": true" if found[2] else ": " if found[0].endswith("=") else ""
    return f"{_NAMES[found[1]]}{value}"


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
        request = engine_pb2.LogRequest(severity=_SEVERITIES[kind], message=line, urn=call.urn() or "")
        try:
            self._engine.Log(request, timeout=_LOG_SECONDS)
        except grpc.RpcError:
            messages.write_to_standard_error(kind, line)
