"""The call that the engine made: its resource, and clean answers to it.

Pulumi's Python SDK hands the methods of a dynamic provider neither the request nor gRPC's context, and answers an
exception with its whole traceback. Both objects are in the frames above; with them a failure becomes one line, and
a resource that was made but is not finished stays in the state. Where an SDK arranges its frames differently,
the traceback stands in front of the line, and nothing else changes.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import threading
from concurrent import futures
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf import struct_pb2

from digicert_pulumi.dynamic import shadowing
from digicert_pulumi.engine import presence
from digicert_pulumi.engine.calls import Call
from digicert_pulumi.runtime import cancellation
from digicert_pulumi.runtime.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    Method = TypeVar("Method", bound=Callable[..., Any])

_CANCEL = "/pulumirpc.ResourceProvider/Cancel"

_once = threading.Lock()
_places = threading.Lock()
_log = logging.getLogger("digicert_pulumi.dynamic")


class FoundCall(Call):
    """The call that the engine made, found in the frames of the SDK."""

    def remedy(self) -> str:
        """What a user can do about an internal error."""
        if files := shadowing.culprits():
            return f"{' and '.join(files)} may hide a module of Python or of a library; rename it"
        return super().remedy()

    def found(self) -> tuple[Any, grpc.ServicerContext | None]:
        """The engine's request, and gRPC's context."""
        frame = sys._getframe()  # noqa: SLF001  # the only way to them
        while frame := frame.f_back:  # type: ignore[assignment]
            context = frame.f_locals.get("context")
            if isinstance(context, grpc.ServicerContext):
                return frame.f_locals.get("request"), context
        return None, None

    def kept(self, outputs: Mapping[str, Any], inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        """The outputs with the provider by reference, as the SDK stores them."""
        stored = struct_pb2.Struct()
        stored.update(outputs)
        stored.fields["__provider"].CopyFrom(inputs.fields["__provider"])
        return stored

    def waiting(self) -> AbstractContextManager[None]:
        """Let another call of the engine have this call's place."""
        return standing_aside()


def answering(method: Method) -> Method:
    """Make a provider's method answer every failure with one line, and tell no API key in whatever it answers."""

    @functools.wraps(method)
    def guarded(*args: Any) -> Any:
        call = FoundCall()
        try:
            with call.wanted():
                return _without_keys(method(*args))
        except BaseException as error:  # noqa: BLE001  # the SDK never answers the engine for what is no Exception
            failure = call.failed(method.__name__, error)
        # Not while the error is handled: the SDK prints a traceback, and the error's own text may hold a key.
        raise failure

    return guarded  # type: ignore[return-value]


def _without_keys(result: Any) -> Any:
    """Mask the texts of a `CheckResult`, `CreateResult`, ...; `delete` has none."""
    if result is not None:
        vars(result).update(masked(vars(result)))
    return result


def follow_the_engine() -> None:
    """Stop when the engine cancels, and end with it. What is called again does nothing."""
    if not _once.acquire(blocking=False):
        return
    if not _hear_cancel():
        _log.debug("cannot find this SDK's server: Cancel is ignored")
    executor = _executor()
    presence.follow(executor.shutdown if executor else _nothing)


class _Ear(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Hears the engine's `Cancel`, and leaves the answer to the SDK, which does nothing."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        if handler_call_details.method == _CANCEL:
            _log.debug("the engine cancels")
            cancellation.process.cancel()


def _hear_cancel() -> bool:
    """Hear `Cancel` where gRPC looks for the method that answers it, which happens even while every thread is busy."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001  # the only way to it
    while frame is not None:
        server = frame.f_locals.get("server")
        if isinstance(server, grpc.Server):
            with contextlib.suppress(AttributeError):
                server._state.generic_handlers.insert(0, _Ear())  # noqa: SLF001  # handlers added later come last
                return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def standing_aside() -> Iterator[None]:
    """Let another call of the engine have this call's place while this one waits.

    The SDK answers all calls with four threads. The executor that runs them is in the frames above, too; where it
    is not, those who wait take turns.
    """
    executor = _executor()
    has_room = executor is not None and _make_room(executor)
    try:
        yield
    finally:
        if executor is not None and has_room:
            with _places:
                executor._max_workers -= 1  # noqa: SLF001  # as above


def _make_room(executor: futures.ThreadPoolExecutor) -> bool:
    """Have the executor start a further thread; whether the machine has one.

    It starts one for a task only while it counts no idle one, and counts those that went on with a queued task as idle.
    """
    with _places:
        executor._max_workers += 1  # noqa: SLF001  # nothing public makes room
        try:
            while len(executor._threads) < executor._max_workers:  # noqa: SLF001  # as above
                while executor._idle_semaphore.acquire(blocking=False):  # noqa: SLF001  # as above
                    pass
                executor.submit(_nothing)
        except RuntimeError:
            executor._max_workers -= 1  # noqa: SLF001  # as above
            return False
        return True


def _nothing() -> None:
    pass


def _executor() -> futures.ThreadPoolExecutor | None:
    frame = sys._getframe()  # noqa: SLF001  # the only way to it
    while frame := frame.f_back:  # type: ignore[assignment]
        reference = frame.f_locals.get("executor_reference")
        executor = reference() if callable(reference) else None
        if isinstance(executor, futures.ThreadPoolExecutor):
            return executor
    return None
