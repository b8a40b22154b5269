"""Answer the engine's call with a failure: one line for the user, and data for programs."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from digicert_pulumi.resources.lifecycle import FailureError, UnfinishedError
from digicert_pulumi.resources.problem import INTERNAL, problem_of
from digicert_pulumi.resources.state import present
from digicert_pulumi.runtime.masking import masked, one_line


def for_the_user(error: BaseException, remedy: str) -> FailureError:
    """Return an error as a one-line failure without a key.

    Args:
        error: The error.
        remedy: The remedy if the error is an internal one.
    """
    if isinstance(error, UnfinishedError):
        return UnfinishedError(error.id, masked(error.outputs), one_line(str(error)), error.problem)
    if isinstance(error, FailureError):
        return FailureError(one_line(str(error)), error.problem)
    if (problem := problem_of(error)) is not INTERNAL:
        return FailureError(one_line(str(error)), problem)
    return FailureError(f"internal error in digicert_pulumi ({type(error).__name__}); {remedy}", INTERNAL)


def attach(
    context: grpc.ServicerContext,
    failure: FailureError,
    outputs: struct_pb2.Struct,
    inputs: struct_pb2.Struct,
) -> None:
    """Attach a failure to the answer of a call, so that the engine shows only its line.

    Args:
        context: The call.
        failure: The failure.
        outputs: The outputs that the engine stores of an unfinished resource.
        inputs: Its inputs.
    """
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failure))
    if isinstance(failure, UnfinishedError):
        kept = provider_pb2.ErrorResourceInitFailed(
            id=failure.id, properties=outputs, reasons=[str(failure)], inputs=inputs
        )
        status.details.append(_packed(kept))
    data = struct_pb2.Struct()
    data.update(present(**failure.problem.as_data()))
    status.details.append(_packed(data))
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))


def _packed(message: Any) -> any_pb2.Any:
    detail = any_pb2.Any()
    detail.Pack(message)
    return detail
