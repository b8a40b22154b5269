"""The engine's calls: what each is about, whether its answer is still wanted, and the answer to a failure."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from google.protobuf import struct_pb2

from digicert_pulumi.engine import failures, presence
from digicert_pulumi.resources.host import Host
from digicert_pulumi.resources.lifecycle import UnfinishedError
from digicert_pulumi.resources.problem import tell
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
        """The engine's request, and gRPC's context; None for what the front end can't find."""

    @abstractmethod
    def kept(self, outputs: Mapping[str, Any], inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        """The outputs of an unfinished resource with these inputs, as the engine stores them."""

    def remedy(self) -> str:
        """What a user can do about an internal error."""
        return "please report it, with the debug log (DIGICERT_LOG=debug)"

    def engine(self) -> str | None:
        """The engine's address."""
        return presence.address()

    def urn(self) -> str | None:
        """The resource's URN."""
        urn = getattr(self.found()[0], "urn", None)
        return urn if urn and isinstance(urn, str) else None

    def timeout(self) -> float | None:
        """The seconds of the option `customTimeouts`."""
        return getattr(self.found()[0], "timeout", None) or None

    def wanted(self) -> AbstractContextManager[None]:
        """Work for the call: stop where the engine does not wait for its answer any more."""
        _, context = self.found()
        return cancellation.process.working_for(context.is_active if context else lambda: True)

    def failed(self, operation: str, error: BaseException) -> FailureError:
        """Tell the engine and programs of a failure. It stands for the error, whose own text may hold a key.

        Args:
            operation: What failed: `check`, `create`, ...
            error: What happened.
        """
        _log.debug("%s failed", operation, exc_info=error)
        failure = failures.for_the_user(error, self.remedy())
        failure.args = (self.spelled(str(failure), failure.problem),)
        tell(self.urn(), operation, str(failure), failure.problem)
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
            failures.attach(context, failure, outputs, inputs)
        except Exception:  # noqa: BLE001  # whatever an SDK's frames hold, the failure itself must be told
            _log.debug("cannot attach the failure, so the engine shows a traceback", exc_info=True)
