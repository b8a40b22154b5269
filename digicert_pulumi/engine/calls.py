"""The engine's calls: the resource of each, whether its answer is still expected, and the answer to a failure."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from google.protobuf import struct_pb2

from digicert_pulumi.engine import presence, status
from digicert_pulumi.resources.host import Host
from digicert_pulumi.resources.lifecycle import UnfinishedError
from digicert_pulumi.resources.problem import emit_failure
from digicert_pulumi.runtime import cancellation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    import grpc

    from digicert_pulumi.resources.lifecycle import FailureError

_log = logging.getLogger("digicert_pulumi.engine")


class Call(Host, ABC):
    """The call that a thread answers."""

    @abstractmethod
    def found(self) -> tuple[Any, grpc.ServicerContext | None]:
        """Return the engine's request and gRPC's context; None for each that the front end can't find."""

    @abstractmethod
    def kept(self, outputs: Mapping[str, Any], inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        """Return the outputs of an unfinished resource as the engine stores them."""

    def remedy(self) -> str:
        """Return the remedy for an internal error."""
        return "please report it, with the debug log (DIGICERT_LOG=debug)"

    def engine(self) -> str | None:
        """Return the engine's address."""
        return presence.address()

    def urn(self) -> str | None:
        """Return the resource's URN."""
        urn = getattr(self.found()[0], "urn", None)
        return urn if urn and isinstance(urn, str) else None

    def timeout(self) -> float | None:
        """Return the seconds of the option `customTimeouts`."""
        return getattr(self.found()[0], "timeout", None) or None

    def cancellable(self) -> AbstractContextManager[None]:
        """Answer the call, and stop if the engine no longer waits for the answer."""
        _, context = self.found()
        return cancellation.process.working_for(context.is_active if context else lambda: True)

    def failed(self, operation: str, error: BaseException) -> FailureError:
        """Report a failure to the engine and to programs.

        Args:
            operation: The operation that failed: `check`, `create`, ...
            error: The error. Its text may contain a key.

        Returns:
            The failure to raise instead of the error.
        """
        _log.debug("%s failed", operation, exc_info=error)
        failure = status.for_the_user(error, self.remedy())
        failure.args = (self.spelled(str(failure), failure.problem),)
        emit_failure(self.urn(), operation, str(failure), failure.problem)
        request, context = self.found()
        if context:
            self._attach(failure, request, context)
        return failure

    def _attach(self, failure: FailureError, request: Any, context: grpc.ServicerContext) -> None:
        try:
            inputs, outputs = struct_pb2.Struct(), struct_pb2.Struct()
            if isinstance(failure, UnfinishedError):
                inputs = request.news if hasattr(request, "news") else request.properties
                outputs = self.kept(failure.outputs, inputs)
            status.attach(context, failure, outputs, inputs)
        except Exception:  # noqa: BLE001  # whatever an SDK's frames contain, the failure must be reported
            _log.debug("cannot attach the failure, so the engine shows a traceback", exc_info=True)
