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
        code: The stable code of the failure. The line can be reworded.
        fate: What DigiCert did with the request: `refused` also if the provider refused to send one.
        order_id: The order, if the failure is about one.
        request_id: The request, if the failure is about one.
    """

    code: str
    fate: str
    order_id: int | None = None
    request_id: int | None = None

    def as_data(self) -> dict[str, Any]:
        """Return the keys that programs read in events and in responses to the engine."""
        about = {"order": self.order_id, "request": self.request_id}
        return {"code": self.code, "fate": self.fate, **about}


INTERNAL = Problem("internal-error", Fate.UNKNOWN.value)
INVALID_INPUT = Problem("invalid-input", Fate.REFUSED.value)
UNFINISHED = Problem("unfinished", Fate.UNKNOWN.value)
NOTHING_TO_IMPORT = Problem("nothing-to-import", Fate.REFUSED.value)
NOT_SHOWN = Problem("not-shown", Fate.REFUSED.value)


def problem_of(error: BaseException) -> Problem:
    """Return an error as data: `INTERNAL` if its text is not meant for the user."""
    match error:
        case CertCentralError():
            # If DigiCert refuses a read, no PUT was sent.
            fate = Fate.REFUSED if isinstance(error, Refused) else error.fate
            return Problem(error.code, fate.value, error.order_id, error.request_id)
        case RefusedError():
            return Problem(error.refusal.code, Fate.REFUSED.value)
        case CertificateNotFoundError() | SettingsError():
            return Problem(error.code, Fate.REFUSED.value)
        case FateUnknownError() | NotReadBackError() | DecisionNotReadBackError():
            return Problem(error.code, Fate.UNKNOWN.value)
    return INTERNAL


def emit_failure(urn: str | None, operation: str, line: str, problem: Problem) -> None:
    """Write the event of a failure.

    Args:
        urn: The resource.
        operation: The operation that failed: `check`, `create`, ...
        line: The message for the user.
        problem: The failure as data.
    """
    events.emit("failed", urn=urn, operation=operation, line=line, **problem.as_data())
