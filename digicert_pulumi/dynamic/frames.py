"""Finds the engine's call in the frames of the SDK.

Pulumi's Python SDK passes neither the request nor gRPC's context to the methods of a dynamic provider, and answers an
exception with its whole traceback. Both objects are in the frames above. With them a failure becomes one line, and an
unfinished resource stays in the state. In an SDK with other frames, the traceback precedes the line; nothing else
changes.
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
from digicert_pulumi.engine import engine_log, presence
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
    """The engine's call, found in the frames of the SDK."""

    def remedy(self) -> str:
        """Return the remedy for an internal error."""
        if files := shadowing.hiding_files():
            return f"{' and '.join(files)} may hide a module of Python or of a library; rename it"
        return super().remedy()

    def found(self) -> tuple[Any, grpc.ServicerContext | None]:
        """Return the engine's request and gRPC's context; None if no frame has them."""
        frame = sys._getframe()  # noqa: SLF001  # the only way to them
        while frame := frame.f_back:  # type: ignore[assignment]
            context = frame.f_locals.get("context")
            if isinstance(context, grpc.ServicerContext):
                return frame.f_locals.get("request"), context
        return None, None

    def kept(self, outputs: Mapping[str, Any], inputs: struct_pb2.Struct) -> struct_pb2.Struct:
        """Return the outputs with the provider by reference, as the SDK stores them."""
        stored = struct_pb2.Struct()
        stored.update(outputs)
        stored.fields["__provider"].CopyFrom(inputs.fields["__provider"])
        return stored

    def waiting(self) -> AbstractContextManager[None]:
        """Make room for another call while this one waits."""
        return extra_thread()


def answering(method: Method) -> Method:
    """Decorate a provider's method: answer failures with one line, and mask API keys in every answer."""

    @functools.wraps(method)
    def guarded(*args: Any) -> Any:
        call = FoundCall()
        try:
            with call.cancellable():
                return _without_keys(method(*args))
        except BaseException as error:  # noqa: BLE001  # the SDK answers the engine only for an Exception
            failure = call.failed(method.__name__, error)
        # Raised outside of the handler: the SDK prints a traceback, and the error's text may contain a key.
        raise failure

    return guarded  # type: ignore[return-value]


def _without_keys(result: Any) -> Any:
    """Mask the API keys in a `CheckResult`, `CreateResult`, ...; `delete` returns None."""
    if result is not None:
        vars(result).update(masked(vars(result)))
    return result


def follow_the_engine() -> None:
    """Show messages in the engine's log, stop when it cancels, and end with it. Only the first call has an effect."""
    if not _once.acquire(blocking=False):
        return
    engine_log.show_messages(presence.address(), FoundCall())
    if not _watch_for_cancel():
        _log.debug("cannot find this SDK's server: Cancel is ignored")
    executor = _executor()
    presence.follow(executor.shutdown if executor else _nothing)


class _CancelHandler(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc has no types
    """Handles the engine's `Cancel`. The SDK answers it, and does nothing else."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> None:
        if handler_call_details.method == _CANCEL:
            _log.debug("the engine cancels")
            cancellation.process.cancel()


def _watch_for_cancel() -> bool:
    """Handle `Cancel` where gRPC looks up its method, which happens even while every thread is busy.

    Returns:
        Whether a frame has the SDK's server.
    """
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001  # the only way to it
    while frame is not None:
        server = frame.f_locals.get("server")
        if isinstance(server, grpc.Server):
            with contextlib.suppress(AttributeError):
                server._state.generic_handlers.insert(0, _CancelHandler())  # noqa: SLF001  # handlers added later come last
                return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def extra_thread() -> Iterator[None]:
    """Make room for another call of the engine while this one waits.

    The SDK answers all calls with four threads. Their executor is in the frames above, too. If it isn't found, waiting
    calls take turns.
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
    """Start another thread of the executor. Return whether it could be started.

    The executor starts a thread only if it counts no idle one, and it counts threads that took a queued task as idle.
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
