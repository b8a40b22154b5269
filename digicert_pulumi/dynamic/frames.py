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
from digicert_pulumi.engine import failures, presence
from digicert_pulumi.resources.lifecycle import UnfinishedError
from digicert_pulumi.runtime import cancellation
from digicert_pulumi.runtime.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digicert_pulumi.resources.lifecycle import FailureError
    from digicert_pulumi.resources.problem import Problem

    Method = TypeVar("Method", bound=Callable[..., Any])

_CANCEL = "/pulumirpc.ResourceProvider/Cancel"

_once = threading.Lock()
_places = threading.Lock()
_log = logging.getLogger("digicert_pulumi.dynamic")


def answering(method: Method) -> Method:
    """Make a provider's method answer every failure with one line, and tell no API key in whatever it answers."""

    @functools.wraps(method)
    def guarded(*args: Any) -> Any:
        try:
            with cancellation.process.working_for(_is_wanted()):
                return _without_keys(method(*args))
        except BaseException as error:  # noqa: BLE001  # the SDK never answers the engine for what is no Exception
            _log.debug("%s failed", method.__name__, exc_info=True)
            failure = failures.for_the_user(error, _remedy())
        tell(method.__name__, str(failure), failure.problem)
        _attach(failure)
        raise failure

    return guarded  # type: ignore[return-value]


def tell(operation: str, line: str, problem: Problem) -> None:
    """Tell programs of a failure that the user is told of in a line."""
    failures.tell(resource_urn(), operation, line, problem)


def _remedy() -> str:
    if files := shadowing.culprits():
        return f"{' and '.join(files)} may hide a module of Python or of a library: rename it"
    return failures.REPORT


def _without_keys(result: Any) -> Any:
    """Mask the texts of a `CheckResult`, `CreateResult`, ...; `delete` has none."""
    if result is not None:
        vars(result).update(masked(vars(result)))
    return result


def _is_wanted() -> Callable[[], bool]:
    """What tells whether the engine still waits for the answer to its call."""
    _, context = _find()
    return context.is_active if context else lambda: True


def follow_the_engine() -> None:
    """Stop when the engine cancels, and end with it. What is called again does nothing."""
    if not _once.acquire(blocking=False):
        return
    if not _hear_cancel():
        _log.debug("this SDK's server cannot be found: Cancel is not heard")
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


def resource_urn() -> str | None:
    """The URN of the resource that the engine's call is about, where it can be told."""
    request, _ = _find()
    urn = getattr(request, "urn", None)
    return urn if urn and isinstance(urn, str) else None


def custom_timeout() -> float | None:
    """The seconds of the resource option `custom_timeouts` for the engine's call, where it is given."""
    request, _ = _find()
    return getattr(request, "timeout", None) or None


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


def _find() -> tuple[Any, grpc.ServicerContext | None]:
    """Find the engine's request and its context in the frames above."""
    frame = sys._getframe()  # noqa: SLF001  # the only way to them
    while frame := frame.f_back:  # type: ignore[assignment]
        context = frame.f_locals.get("context")
        if isinstance(context, grpc.ServicerContext):
            return frame.f_locals.get("request"), context
    return None, None


def _attach(failure: FailureError) -> None:
    request, context = _find()
    if context is None:
        return
    try:
        inputs, outputs = struct_pb2.Struct(), struct_pb2.Struct()
        if isinstance(failure, UnfinishedError):
            inputs = request.news if hasattr(request, "news") else request.properties
            outputs.update(failure.outputs)
            outputs.fields["__provider"].CopyFrom(inputs.fields["__provider"])
        failures.attach(context, failure, outputs, inputs)
    except Exception:  # noqa: BLE001  # whatever else an SDK's frames hold, the failure itself must be told
        _log.debug("the engine is answered with a traceback", exc_info=True)
