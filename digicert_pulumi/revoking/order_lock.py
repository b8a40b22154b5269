"""A lock for each order, shared by the processes of this machine, so that only one sends.

Two providers of one program, two terminals and two stacks are processes of their own. Between the look at an order and
the reading back of its revocation only one of them may be. What the lock's holder sent is noted beside it, so that the
next one knows which readings are too old, and which PUT has no answer yet: its process may have been killed.
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

_STRIPES = 1024
"""How many lock files there are: orders that share one wait for each other."""

_KEPT = 86_400.0
"""Seconds for which a note is kept: longer than any run."""

_CLOCK_SKEW = 60.0
"""Seconds by which a clock is put right; one that was set back by more tells nothing about a PUT."""

_LONGEST_WAIT = 1.0
"""Seconds until a thread that waits for a lock asks whether its call is still wanted."""


class _Put(msgspec.Struct, frozen=True):
    """A PUT that left: when, or when it was known what became of it, by the wall's clock.

    Attributes:
        unanswered: The runs that sent one of which nobody knows what became of it.
    """

    at: float
    answered: bool = False
    unanswered: frozenset[str] = frozenset()


_DECODER = msgspec.json.Decoder(dict[int, _Put])


class HeldOrder:
    """An order for which no other process of this machine sends anything meanwhile.

    Args:
        order_id: The order.
        run: The run that this process belongs to.
        puts: What this process knows to be sent.
        file: The notes of all processes; None where there are none.
        trouble: Is told why they cannot be written.
    """

    def __init__(
        self,
        order_id: int,
        run: str,
        puts: dict[int, _Put],
        file: Path | None,
        trouble: Callable[[OSError], None],
    ) -> None:
        self._order_id = order_id
        self._run = run
        self._puts = puts
        self._file = file
        self._trouble = trouble
        noted = self._noted().get(order_id)
        if noted is not None:
            own = {run} & self._unanswered
            puts[order_id] = replace(noted, unanswered=noted.unanswered | own)

    @property
    def since_put(self) -> float:
        """How many seconds ago the last PUT for the order left, or was answered; `inf` where none is known."""
        put = self._puts.get(self._order_id)
        return max(0.0, time.time() - put.at) if put else inf

    @property
    def is_unanswered(self) -> bool:
        """Whether this run sent a PUT for the order of which nobody knows what became of it."""
        return self._run in self._unanswered

    def in_doubt(self, seconds: float) -> float:
        """For how many seconds yet the last PUT may still be processed, where its fate is unknown.

        Args:
            seconds: How long after it left DigiCert may process a PUT.
        """
        put = self._puts.get(self._order_id)
        if put is None or put.answered:
            return 0.0
        left = put.at + seconds - time.time()
        return max(0.0, min(left, seconds)) if left <= seconds + _CLOCK_SKEW else 0.0

    def leaves(self) -> None:
        """Note that a PUT for the order leaves, or that it has no answer yet: it may be at work from now on."""
        self._note(_Put(time.time(), unanswered=self._unanswered | {self._run}))

    def is_answered(self) -> None:
        """Note that it is known what became of the last PUT: what was read before this moment may not show it."""
        put = self._puts.get(self._order_id)
        if put and (not put.answered or self.is_unanswered):
            self._note(_Put(time.time(), answered=True, unanswered=self._unanswered - {self._run}))

    @property
    def _unanswered(self) -> frozenset[str]:
        put = self._puts.get(self._order_id)
        return put.unanswered if put else frozenset()

    def _note(self, put: _Put) -> None:
        self._puts[self._order_id] = put
        if self._file is None:
            return
        oldest = time.time() - _KEPT
        notes = {order: known for order, known in self._noted().items() if known.at > oldest}
        temporary = self._file.with_suffix(".new")
        try:
            temporary.write_bytes(msgspec.json.encode({**notes, self._order_id: put}))
            os.replace(temporary, self._file)  # noqa: PTH105  # as the line above, and without a further object
        except OSError as error:
            self._trouble(error)

    def _noted(self) -> dict[int, _Put]:
        if self._file is None:
            return {}
        try:
            return _DECODER.decode(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError):
            # Nothing is known: then whatever was read before is too old.
            return {self._order_id: _Put(time.time(), answered=True)}


class OrderLocks:
    """The locks of the orders of one CertCentral, whichever key is used. Threads share them.

    Where the machine has no place for lock files the threads of this process exclude each other, and the user is told
    once.

    Args:
        folder: Where the lock files are; None for the threads of this process alone.
        report: Is given one line where the user has something to know.
        interrupted: Tells whether the call that waits for a lock is not wanted any more.
        run: What this process and others do together, so that none of them sends again what another one sent; by
            default this process is alone.
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
        self._told = False

    @contextlib.contextmanager
    def hold(self, order_id: int) -> Iterator[HeldOrder]:
        """Hold an order's lock.

        Raises:
            Interrupted: The call is not wanted any more.
        """
        with self._locks[order_id], contextlib.ExitStack() as stack:
            file = self._folder and self._folder / f"{order_id % _STRIPES}.json"
            try:
                lock = file and self._acquired(file.with_suffix(".lock"), order_id)
            except (OSError, NotImplementedError) as error:
                self._trouble(error)
                file = lock = None
            if lock:
                stack.callback(lock.release)
            yield HeldOrder(order_id, self._run, self._puts, file, self._trouble)

    def _acquired(self, file: Path, order_id: int) -> BaseFileLock:
        # Not at the top: most processes send nothing.
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

    def _trouble(self, error: OSError | NotImplementedError) -> None:
        if not self._told:
            self._told = True
            self._report(
                f"orders cannot be locked on this machine ({error}), so two programs that revoke the same order at the same time "
                "may send two requests; make the user's cache folder writable"
            )
