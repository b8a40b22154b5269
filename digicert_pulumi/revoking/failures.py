"""Domain errors and their messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.orders.certificates import CertificateNotFoundError

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import OrderRequest
    from digicert_pulumi.revoking.rules import Refuse


class RefusedError(Exception):
    """The revocation or decision must not be sent. Nothing was sent."""

    def __init__(self, refusal: Refuse) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


class FateUnknownError(Exception):
    """A PUT was sent, and no read showed whether DigiCert processed it.

    Attributes:
        happened: The message without its remedy.
    """

    code: ClassVar[str] = "fate-unknown"
    after: ClassVar[str] = "it checks what DigiCert did before it sends anything"

    def __init__(self, name: str, cause: Exception | str, sent: str = "the revocation") -> None:
        why = cause if isinstance(cause, str) else cause_of(cause)
        self.happened = f"{name}: no confirmation from DigiCert for {sent} ({why})"
        super().__init__(f"{self.happened}; run `pulumi up` again: {self.after}")


class NotReadBackError(Exception):
    """DigiCert accepted the revocation, now or earlier, but the order could not be read back.

    Attributes:
        request: The request at DigiCert; None if DigiCert revoked without one.
    """

    code: ClassVar[str] = "not-read-back"

    def __init__(self, name: str, request: OrderRequest | None, cause: Exception) -> None:
        stands = f"request {request.id} stands" if request else "the revocation was accepted"
        super().__init__(
            f"{name}: {stands}, but the order could not be read back ({cause_of(cause)}); "
            "run `pulumi up` again: it continues from there and sends nothing twice"
        )
        self.request = request


class DecisionNotReadBackError(Exception):
    """DigiCert accepted the decision, but the request could not be read back."""

    code: ClassVar[str] = "decision-not-read-back"

    def __init__(self, request_id: int, decision: str, cause: CertCentralError) -> None:
        super().__init__(
            f"request {request_id}: it was {decision}, but could not be read back ({cause_of(cause)}); "
            "run `pulumi up` again: it continues from there"
        )


def cause_of(error: Exception) -> str:
    """Return an error's cause without the order or request, which the message already names."""
    if isinstance(error, CertCentralError | CertificateNotFoundError):
        return error.cause
    return f"internal error, {type(error).__name__}"
