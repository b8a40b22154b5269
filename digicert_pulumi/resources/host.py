"""The interface between a lifecycle and its front end."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from digicert_pulumi.resources.problem import Problem


class Host:
    """The engine's call, as far as a front end knows it. This one knows nothing."""

    def engine(self) -> str | None:
        """What tells the engine from every other; None where there is none."""
        return None

    def urn(self) -> str | None:
        """The URN of the resource that the call is about."""
        return None

    def timeout(self) -> float | None:
        """The seconds of the resource option `custom_timeouts`, where it is given."""
        return None

    def spelled(self, line: str, problem: Problem) -> str:  # noqa: ARG002  # another front end's depends on it
        """A failure's line with the inputs named as in the user's language."""
        return line

    def waiting(self) -> AbstractContextManager[None]:
        """Let other calls have this one's place meanwhile."""
        return contextlib.nullcontext()
