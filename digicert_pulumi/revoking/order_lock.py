"""A lock for each order, shared by all processes of this machine, so that only one of them sends.

Two providers of one program, two terminals and two stacks run in different processes. A process holds the lock from the
read before a PUT until the order is read back. A file beside the lock records the PUTs. So the next holder knows which
reads are stale, and which PUTs have no known outcome, for example because their process was killed.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import defaultdict
from math import inf
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from digicert_pulumi.certcentral import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from filelock import BaseFileLock

_LOCK_FILES = 1024
"""The number of lock files. Orders that share a lock file wait for each other."""

_KEPT = 86_400.0
"""Seconds that a record is kept: longer than any run."""

_CLOCK_SKEW = 60.0
"""Tolerance for clock corrections, in seconds. A record from further in the future is ignored."""

_LONGEST_WAIT = 1.0
"""Seconds after which a thread that waits for a lock checks whether its call was cancelled."""


class Sent(msgspec.Struct, frozen=True):
    """What a PUT asked for. CertCentral doesn't say which certificate a request is for.

    Attributes:
        certificate_id: The certificate; None for the whole order.
        comments: The digest of its comments.
        before: The ids of the order's requests before it.
        request_id: The request that it made; None if that is not known.
    """

    certificate_id: int | None
    comments: str
    before: frozenset[int] = frozenset()
    request_id: int | None = None


class _Put(msgspec.Struct, frozen=True):
    """The record of the last PUT for an order.

    Attributes:
        at: When it was sent, or when its outcome became known, by the wall clock.
        answered: Whether its outcome is known.
        unanswered: The runs that sent a PUT whose outcome is unknown.
        sent: What it asked for; None if it made no request.
    """

    at: float
    answered: bool = False
    unanswered: frozenset[str] = frozenset()
    sent: Sent | None = None


_DECODER = msgspec.json.Decoder(dict[int, _Put])


class HeldOrder:
    """An order whose lock is held: no other process of this machine sends anything for it.

    Args:
        order_id: The order.
        run: The run that this process belongs to.
        puts: This process's records of PUTs, by order.
        file: The file with the records of all processes; None if there is no file.
        report_error: Called if the file can't be written.
    """

    def __init__(
        self,
        order_id: int,
        run: str,
        puts: dict[int, _Put],
        file: Path | None,
        report_error: Callable[[OSError], None],
    ) -> None:
        self._order_id = order_id
        self._run = run
        self._puts = puts
        self._file = file
        self._report_error = report_error
        recorded = self._records().get(order_id)
        if recorded is not None:
            own = {run} & self._unanswered
            puts[order_id] = replace(recorded, unanswered=recorded.unanswered | own)

    @property
    def since_put(self) -> float:
        """Seconds since the last PUT for the order was sent, or its outcome became known; `inf` if there is no record."""
        put = self._puts.get(self._order_id)
        return max(0.0, time.time() - put.at) if put else inf

    @property
    def is_unanswered(self) -> bool:
        """Whether this run sent a PUT for the order whose outcome is unknown."""
        return self._run in self._unanswered

    def in_doubt(self, seconds: float) -> float:
        """Return for how many more seconds DigiCert may process the last PUT; 0 if its outcome is known.

        Args:
            seconds: How long after sending DigiCert may process a PUT.
        """
        put = self._puts.get(self._order_id)
        if put is None or put.answered:
            return 0.0
        left = put.at + seconds - time.time()
        return max(0.0, min(left, seconds)) if left <= seconds + _CLOCK_SKEW else 0.0

    @property
    def sent(self) -> Sent | None:
        """What the last PUT asked for; None if it made no request, or there is no record of the last day."""
        put = self._puts.get(self._order_id)
        return put.sent if put and self.since_put < _KEPT else None

    def leaves(self, sent: Sent) -> None:
        """Record that a PUT for the order is being sent."""
        self._record(_Put(time.time(), unanswered=self._unanswered | {self._run}, sent=sent))

    def stays_unanswered(self) -> None:
        """Record that the outcome of the last PUT is still unknown."""
        if put := self._puts.get(self._order_id):
            self._record(replace(put, at=time.time()))

    def is_answered(self, request_id: int | None = None) -> None:
        """Record that the outcome of the last PUT is known. Earlier reads may not show it.

        Args:
            request_id: The request that it made; None if it made none.
        """
        put = self._puts.get(self._order_id)
        if put and (not put.answered or self.is_unanswered):
            sent = replace(put.sent, request_id=request_id) if put.sent and request_id is not None else None
            others = self._unanswered - {self._run}
            self._record(_Put(time.time(), answered=True, unanswered=others, sent=sent))

    @property
    def _unanswered(self) -> frozenset[str]:
        put = self._puts.get(self._order_id)
        return put.unanswered if put else frozenset()

    def _record(self, put: _Put) -> None:
        self._puts[self._order_id] = put
        if self._file is None:
            return
        oldest = time.time() - _KEPT
        records = {order: known for order, known in self._records().items() if known.at > oldest}
        temporary = self._file.with_suffix(".new")
        try:
            temporary.write_bytes(msgspec.json.encode({**records, self._order_id: put}))
            os.replace(temporary, self._file)  # noqa: PTH105  # as the line above, and without a further object
        except OSError as error:
            self._report_error(error)

    def _records(self) -> dict[int, _Put]:
        if self._file is None:
            return {}
        try:
            return _DECODER.decode(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError):
            # Without the records, every earlier read counts as stale.
            return {self._order_id: _Put(time.time(), answered=True)}


class OrderLocks:
    """The order locks of one CertCentral instance, for all API keys. Thread-safe.

    If lock files can't be created, only the threads of this process exclude each other, and the user is warned once.

    Args:
        folder: The folder of the lock files; None to lock only between the threads of this process.
        report: Called with each one-line message for the user.
        interrupted: Whether the call that waits for a lock was cancelled.
        run: The id of the run that this process belongs to. A PUT whose outcome is unknown is not sent again in the same
            run. By default, the process is a run of its own.
    """

    def __init__(
        self,
        folder: Path | None = None,
        report: Callable[[str], None] = lambda _: None,
        interrupted: Callable[[], bool] = lambda: False,
        run: str | None = None,
    ) -> None:
        self._folder = folder
        self._report = report
        self._interrupted = interrupted
        self._run = run or uuid4().hex
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._puts: dict[int, _Put] = {}
        self._error_reported = False

    @contextlib.contextmanager
    def hold(self, order_id: int) -> Iterator[HeldOrder]:
        """Hold an order's lock.

        Raises:
            Interrupted: The call was cancelled.
        """
        with self._locks[order_id], contextlib.ExitStack() as stack:
            file = self._file(order_id)
            try:
                lock = file and self._acquired(file.with_suffix(".lock"), order_id)
            except (OSError, NotImplementedError) as error:
                self._report_error(error)
                file = lock = None
            if lock:
                stack.callback(lock.release)
            yield HeldOrder(order_id, self._run, self._puts, file, self._report_error)

    def last_sent(self, order_id: int) -> Sent | None:
        """Return what the last PUT for the order asked for, without the lock: another process may be about to send."""
        own = {order: put for order in (order_id,) if (put := self._puts.get(order))}
        return HeldOrder(order_id, self._run, own, self._file(order_id), lambda _: None).sent

    def _file(self, order_id: int) -> Path | None:
        return self._folder and self._folder / f"{order_id % _LOCK_FILES}.json"

    def _acquired(self, file: Path, order_id: int) -> BaseFileLock:
        # Imported here because most processes send nothing.
        from filelock import FileLock  # noqa: PLC0415

        file.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(file, fallback_to_soft=False)
        while not self._acquires(lock):
            if self._interrupted():
                what = "not sent, because the operation was cancelled"
                raise Interrupted(what, remedy="Run it again.", order_id=order_id)
        return lock

    @staticmethod
    def _acquires(lock: BaseFileLock) -> bool:
        from filelock import Timeout  # noqa: PLC0415  # as above

        try:
            lock.acquire(timeout=_LONGEST_WAIT)
        except Timeout:
            return False
        return True

    def _report_error(self, error: OSError | NotImplementedError) -> None:
        if not self._error_reported:
            self._error_reported = True
            self._report(
                f"orders cannot be locked on this machine ({error}), so two programs that revoke the same order at the same time "
                "may send two requests; make the user's cache folder writable"
            )
