"""Show a command's progress: a bar on a terminal, or a line every 30 seconds elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID
    from typing_extensions import Self

_REPEAT = 30.0
"""Seconds between two lines if the stream isn't a terminal."""


class Bar:
    """A context manager that shows a command's progress.

    Args:
        stream: The stream to write to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._last = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def note(self, done: int, of: int) -> None:
        """Show how many steps are done.

        Args:
            done: The number of steps that are done.
            of: The number of all steps.
        """
        if self._live:
            self._draw(done, of)
        elif time.monotonic() - self._last >= _REPEAT:
            self._last = time.monotonic()
            self.say(f"{done:,} of {of:,}")

    def say(self, text: str) -> None:
        """Write a line above the bar."""
        if self._progress:
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def _draw(self, done: int, of: int) -> None:
        if self._progress is None:
            # Not at the top: without a terminal, nothing is drawn.
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

            columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._progress = Progress(*columns, console=Console(file=self._stream), transient=True)
            self._task = self._progress.add_task("", total=of)
            self._progress.start()
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=of)
