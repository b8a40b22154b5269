"""Answer the engine's call with a failure: one line for the user, and the same as data."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from digicert_pulumi.resources.lifecycle import FailureError, UnfinishedError
from digicert_pulumi.resources.problem import INTERNAL, Problem, problem_of
from digicert_pulumi.resources.state import present
from digicert_pulumi.runtime import events
from digicert_pulumi.runtime.masking import masked, one_line

REPORT = "please report it with the log that DIGICERT_LOG=debug writes"
"""What a user can do about an internal error."""


def for_the_user(error: BaseException, remedy: str = REPORT) -> FailureError:
    """Return an error as one line without a key.

    Args:
        error: The error.
        remedy: What to do if its own text is not meant for the user.
    """
    if isinstance(error, UnfinishedError):
        return UnfinishedError(error.id, masked(error.outputs), one_line(str(error)), error.problem)
    if isinstance(error, FailureError):
        return FailureError(one_line(str(error)), error.problem)
    if (problem := problem_of(error)) is not INTERNAL:
        return FailureError(one_line(str(error)), problem)
    return FailureError(f"internal error in digicert_pulumi ({type(error).__name__}); {remedy}", INTERNAL)


def tell(urn: str | None, operation: str, line: str, problem: Problem) -> None:
    """Write an event about a failure, for programs.

    Args:
        urn: The resource.
        operation: What failed: `check`, `create`, ...
        line: What the user is told.
        problem: The same as data.
    """
    events.emit("failed", urn=urn, operation=operation, line=line, **_data(problem))


def attach(
    context: grpc.ServicerContext,
    failure: FailureError,
    outputs: struct_pb2.Struct,
    inputs: struct_pb2.Struct,
) -> None:
    """Attach a failure to the answer of a call, so that the engine shows its line and nothing else.

    Args:
        context: The call.
        failure: The failure.
        outputs: What the engine stores of a resource that exists but is not finished.
        inputs: Its inputs.
    """
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failure))
    if isinstance(failure, UnfinishedError):
        kept = provider_pb2.ErrorResourceInitFailed(
            id=failure.id, properties=outputs, reasons=[str(failure)], inputs=inputs
        )
        status.details.append(_packed(kept))
    data = struct_pb2.Struct()
    data.update(present(**_data(failure.problem)))
    status.details.append(_packed(data))
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))


def _packed(message: Any) -> any_pb2.Any:
    detail = any_pb2.Any()
    detail.Pack(message)
    return detail


def _data(problem: Problem) -> dict[str, Any]:
    about = {"order": problem.order_id, "request": problem.request_id}
    return {"code": problem.code, "fate": problem.fate, **about}
