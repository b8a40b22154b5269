"""The engine's calls: the resource and the failure of each, and whether its answer is still expected."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import grpc

from digicert_pulumi.engine.calls import Call
from digicert_pulumi.native import wire
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, DECISION_FIELDS, ORDER_FIELDS
from digicert_pulumi.resources.problem import INVALID_INPUT
from digicert_pulumi.runtime import sending

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

_answered: ContextVar[tuple[Any, grpc.ServicerContext | None]] = ContextVar("answered", default=(None, None))
"""The request that a thread answers, and its gRPC context."""


class AnsweredCall(Call):
    """The call that this thread answers."""

    def found(self) -> tuple[Any, grpc.ServicerContext | None]:
        """Return the engine's request and gRPC's context."""
        return _answered.get()

    def kept(self, outputs: Mapping[str, Any], inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        """Return the outputs; those with secret inputs as secrets."""
        return wire.write(outputs, secret_outputs(wire.read(inputs).secrets))

    def spelled(self, line: str, problem: Problem | None = None) -> str:
        """Name inputs as in the schema. The message about an invalid input has its name already."""
        return line if problem is INVALID_INPUT else with_schema_names(line)


call = AnsweredCall()


@contextmanager
def answering(
    operation: str, request: Any, context: grpc.ServicerContext, *, sends: bool = False
) -> Iterator[None]:
    """Answer a call: on failure with one line.

    Args:
        operation: The operation, for programs: `check`, `create`, ...
        request: The engine's request.
        context: gRPC's context.
        sends: Whether more than GET may be sent.
    """
    _answered.set((request, context))
    try:
        with call.cancellable(), sending.permitted() if sends else nullcontext():
            yield
    except BaseException as error:  # noqa: BLE001  # the engine must get an answer
        failure = call.failed(operation, error)
    else:
        return
    context.abort(grpc.StatusCode.UNKNOWN, str(failure))


def with_schema_names(line: str) -> str:
    """Replace the Python names of inputs in a line with those of the schema."""
    return _PYTHON_NAME.sub(_schema_name, line)


def _schema_name(found: re.Match[str]) -> str:
    value = ": true" if found[2] else ": " if found[0].endswith("=") else ""
    return f"{_NAMES[found[1]]}{value}"


def secret_outputs(inputs: frozenset[str]) -> frozenset[str]:
    """Return the outputs that are secrets if these inputs are: the same names, and `sent`."""
    return inputs | {"sent"} if inputs else inputs
