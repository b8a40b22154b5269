"""Failures as data, for programs."""

from __future__ import annotations

from typing import Any, NamedTuple

from digicert_pulumi.certcentral import CertCentralError, Fate, Refused
from digicert_pulumi.orders.certificates import CertificateNotFoundError
from digicert_pulumi.revoking.failures import (
    DecisionNotReadBackError,
    FateUnknownError,
    NotReadBackError,
    RefusedError,
)
from digicert_pulumi.runtime import events
from digicert_pulumi.runtime.settings import SettingsError


class Problem(NamedTuple):
    """A failure as data.

    Attributes:
        code: What happened: stable, whatever the line says.
        fate: What DigiCert did with what was sent: `refused` also where nothing was, because it must not be.
        order_id: The order that it is about.
        request_id: The request that it is about.
    """

    code: str
    fate: str
    order_id: int | None = None
    request_id: int | None = None

    def as_data(self) -> dict[str, Any]:
        """What programs read, in events and in an answer to the engine."""
        about = {"order": self.order_id, "request": self.request_id}
        return {"code": self.code, "fate": self.fate, **about}


INTERNAL = Problem("internal-error", Fate.UNKNOWN.value)
INVALID_INPUT = Problem("invalid-input", Fate.REFUSED.value)
UNFINISHED = Problem("unfinished", Fate.UNKNOWN.value)
NOTHING_TO_IMPORT = Problem("nothing-to-import", Fate.REFUSED.value)
NOT_SHOWN = Problem("not-shown", Fate.REFUSED.value)


def problem_of(error: BaseException) -> Problem:
    """Return an error as data: `INTERNAL` where its own text is not meant for the user."""
    match error:
        case CertCentralError():
            # A reading that DigiCert refuses before the PUT left is a no, too.
            fate = Fate.REFUSED if isinstance(error, Refused) else error.fate
            return Problem(error.code, fate.value, error.order_id, error.request_id)
        case RefusedError():
            return Problem(error.refusal.code, Fate.REFUSED.value)
        case CertificateNotFoundError() | SettingsError():
            return Problem(error.code, Fate.REFUSED.value)
        case FateUnknownError() | NotReadBackError() | DecisionNotReadBackError():
            return Problem(error.code, Fate.UNKNOWN.value)
    return INTERNAL


def tell(urn: str | None, operation: str, line: str, problem: Problem) -> None:
    """Write an event about a failure, for programs.

    Args:
        urn: The resource.
        operation: What failed: `check`, `create`, ...
        line: What the user is told.
        problem: The same as data.
    """
    events.emit("failed", urn=urn, operation=operation, line=line, **problem.as_data())
