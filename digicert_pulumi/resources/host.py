"""The interface between a lifecycle and its front end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from digicert_pulumi.resources.problem import Problem


class Host:
    """The engine's call, as the front end knows it. This base class knows nothing about it."""

    def engine(self) -> str | None:
        """Return the unique name of the engine; None if there is no engine."""
        return None

    def urn(self) -> str | None:
        """Return the URN of the call's resource; None if it is unknown."""
        return None

    def timeout(self) -> float | None:
        """Return the seconds of the resource option `custom_timeouts`; None if it is not set."""
        return None

    def spelled(self, line: str, problem: Problem | None = None) -> str:  # noqa: ARG002  # a front end may use it
        """Return a line with the inputs named as in the user's language.

        Args:
            line: A message, or the line of a failure.
            problem: The failure; None for a message.
        """
        return line

    def waiting(self) -> AbstractContextManager[None]:
        """Make room for other calls while this one waits."""
        return contextlib.nullcontext()
