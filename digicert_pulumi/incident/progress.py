"""Progress of a run: a bar and a line that are redrawn on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import io
import shutil
import threading
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_REDRAW = 0.2
"""Seconds between two writings of the line on a terminal."""

_WIDE = 72
"""Columns of a terminal that has room for a bar beside the line."""

_BAR = 16
"""Columns of the bar."""

_REPEAT = 30.0
"""Seconds between two lines elsewhere."""


class Progress:
    """Tells the user. Threads share it.

    Args:
        stream: Where to.
        orders: The orders of the file, or the requests to decide on.
        calls: Tells how many calls this machine spent on the run, in all its starts.
        interval: How many seconds it has to take for each, in the long run.
        noun: What they are called.
    """

    def __init__(
        self,
        stream: TextIO,
        orders: Collection[int],
        calls: Callable[[], int],
        interval: float,
        *,
        noun: str = "order",
    ) -> None:
        self._stream = stream
        self._orders = frozenset(orders)
        self._calls = calls
        self._interval = interval
        self._noun = noun
        self._live = stream.isatty()
        self._lock = threading.RLock()
        self._done: frozenset[int] = frozenset()
        self._done_before = 0
        self._to_adopt: frozenset[int] = frozenset()
        self._refused = 0
        self._calls_at_start = self._calls_before = calls()
        self._step = ""
        self._last = time.monotonic()

    def begin(self, done: set[int], to_adopt: Collection[int] = ()) -> None:
        """Take note of the orders for which nothing is left to do when the stacks' turn comes.

        Args:
            done: The orders.
            to_adopt: Those for which a request stands already, which is adopted.
        """
        with self._lock:
            self._to_adopt = frozenset(to_adopt)
            self._done = self._orders & done
            self._done_before = len(self._done)
            self._calls_before = self._calls()

    def step(self, text: str) -> None:
        """Say what is being worked on."""
        with self._lock:
            self._step = text
            self.show()

    def note(self, order_id: int) -> None:
        """Take note of an order that is done, one way or another; what is not in the file does not count."""
        with self._lock:
            self._done |= self._orders & {order_id}
            self.show()

    def refuse(self, orders: int) -> None:
        """Take note of how many orders are refused in all."""
        with self._lock:
            self._refused = orders

    def say(self, text: str) -> None:
        """Write a line that stays."""
        with self._lock:
            self._write(f"{self._wipe()}{text}\n")

    def show(self) -> None:
        """Write how far it is, unless that was written just now."""
        with self._lock:
            now = time.monotonic()
            if now - self._last < (_REDRAW if self._live else _REPEAT):
                return
            self._last = now
            if self._live:
                width = shutil.get_terminal_size().columns
                self._write(f"{self._wipe()}{f'{self._bar(width)}{self._line()}'[: width - 1]}")
            else:
                self._write(f"{self._line()}\n")

    def clear(self) -> None:
        """Take the line from a terminal, for what is to stand there."""
        with self._lock:
            self._write(self._wipe())

    def end(self) -> None:
        """Write how far it is for the last time."""
        with self._lock:
            self.say(self._line())

    def _write(self, text: str) -> None:
        # A run goes on though its terminal or its pipe is gone; RuntimeError: a signal came in the middle of a writing.
        with contextlib.suppress(OSError, RuntimeError):
            self._stream.write(text)
            self._stream.flush()

    def _wipe(self) -> str:
        return "\r\x1b[2K" if self._live else ""

    def _line(self) -> str:
        calls = self._calls()
        total = len(self._orders)
        adopted = len(self._done & self._to_adopt)
        parts = [
            f"{len(self._done):,} of {counted(total, self._noun)}",
            *([f"{adopted:,} adopted"] if adopted else []),
            *([f"{self._refused:,} refused"] if self._refused else []),
            counted(calls - self._calls_at_start, "call"),
        ]
        if left := total - len(self._done):
            parts.append(f"{duration(left * self._cost(calls) * self._interval)} left")
        return " · ".join([*parts, self._step] if self._step else parts)

    def _bar(self, width: int) -> str:
        """Draw how much is done; nothing where a terminal has no room for it."""
        if width < _WIDE:
            return ""
        # Not at the top: where there is no terminal, nothing is drawn.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress_bar import ProgressBar  # noqa: PLC0415

        canvas = io.StringIO()
        console = Console(file=canvas, width=_BAR, color_system=None, legacy_windows=False)
        console.print(ProgressBar(max(1, len(self._orders)), len(self._done), width=_BAR), end="")
        return f"{canvas.getvalue().rstrip():<{_BAR}} "

    def _cost(self, calls: int) -> float:
        """Tell how many calls an order takes, as far as that is known."""
        done = len(self._done) - self._done_before
        return max(1.0, (calls - self._calls_before) / done) if done > 0 else 1.0


def counted(number: int, noun: str) -> str:
    """Write a number of things: `1 call`, `1,200 orders`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Write a time as a person would say it: `7 h 05 min`, `12 min`, `40 s`."""
    if seconds < 100:  # noqa: PLR2004 - a minute and a half is still said in seconds
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
