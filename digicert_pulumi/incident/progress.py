"""Show the progress of a run: a bar and a line on a terminal, or a line every 30 seconds elsewhere."""

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
"""Minimum seconds between two redraws on a terminal."""

_WIDE = 72
"""Minimum width of a terminal, in columns, to show the bar."""

_BAR = 16
"""Width of the bar, in columns."""

_REPEAT = 30.0
"""Minimum seconds between two lines if the stream isn't a terminal."""


class Progress:
    """Shows the progress of a run to the user. It is thread-safe.

    Args:
        stream: The stream to write to.
        orders: The orders of the file, or the requests to decide on.
        calls: Returns the number of calls that this machine spent on the run, in all its starts.
        interval: The average seconds for each call that the pace allows.
        noun: The singular noun for `orders` in the line.
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
        """Set the orders that are already done before the updates of the stacks begin.

        Args:
            done: The orders that need no request.
            to_adopt: The orders whose existing requests will be adopted.
        """
        with self._lock:
            self._to_adopt = frozenset(to_adopt)
            self._done = self._orders & done
            self._done_before = len(self._done)
            self._calls_before = self._calls()

    def step(self, text: str) -> None:
        """Set the current step, and show it."""
        with self._lock:
            self._step = text
            self.show()

    def note(self, order_id: int) -> None:
        """Count an order as done, whether it succeeded or failed. Orders that aren't in the file are ignored."""
        with self._lock:
            self._done |= self._orders & {order_id}
            self.show()

    def refuse(self, orders: int) -> None:
        """Set the total number of refused orders."""
        with self._lock:
            self._refused = orders

    def say(self, text: str) -> None:
        """Write a permanent line."""
        with self._lock:
            self._write(f"{self._wipe()}{text}\n")

    def show(self) -> None:
        """Write the progress, unless it was written a moment ago."""
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
        """Erase the line on a terminal, before other output."""
        with self._lock:
            self._write(self._wipe())

    def end(self) -> None:
        """Write the final progress."""
        with self._lock:
            self.say(self._line())

    def _write(self, text: str) -> None:
        # A run continues if its terminal or pipe is closed. RuntimeError: a signal handler interrupted another write.
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
        """Return the bar; empty if the terminal is too narrow."""
        if width < _WIDE:
            return ""
        # Not at the top: without a terminal, nothing is drawn.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress_bar import ProgressBar  # noqa: PLC0415

        canvas = io.StringIO()
        console = Console(file=canvas, width=_BAR, color_system=None, legacy_windows=False)
        console.print(ProgressBar(max(1, len(self._orders)), len(self._done), width=_BAR), end="")
        return f"{canvas.getvalue().rstrip():<{_BAR}} "

    def _cost(self, calls: int) -> float:
        """Return the average number of calls for each order so far; at least 1."""
        done = len(self._done) - self._done_before
        return max(1.0, (calls - self._calls_before) / done) if done > 0 else 1.0


def counted(number: int, noun: str) -> str:
    """Format a number with its noun: `1 call`, `1,200 orders`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Format a duration: `7 h 05 min`, `12 min`, `40 s`."""
    if seconds < 100:  # noqa: PLR2004 - show up to a minute and a half in seconds
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004
