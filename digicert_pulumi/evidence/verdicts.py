"""The verdicts on a certificate, from verified answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

CLOCK_SKEW = timedelta(minutes=5)
"""Maximum time by which the publisher's clock may be ahead of this machine's."""


class UnverifiedError(Exception):
    """An answer can't be verified. The message is a clause that explains why."""


@dataclass(frozen=True)
class Good:
    """The certificate isn't revoked."""

    word: ClassVar[str] = "good"


@dataclass(frozen=True)
class Revoked:
    """The certificate is revoked.

    Attributes:
        date: When it was revoked.
        reason: The reason as CertCentral and RFC 5280 name it; None if the answer has no reason.
    """

    date: datetime
    reason: str | None = None
    word: ClassVar[str] = "revoked"


@dataclass(frozen=True)
class Unknown:
    """The answer is verified, but doesn't say whether the certificate is revoked.

    Attributes:
        why: Why it doesn't; empty if the status is `unknown`.
    """

    why: str = ""
    word: ClassVar[str] = "unknown"


@dataclass(frozen=True)
class Unverified:
    """There is no verified answer.

    Attributes:
        why: Why the answer isn't verified.
    """

    why: str
    word: ClassVar[str] = "could not be verified"


Verdict: TypeAlias = Good | Revoked | Unknown | Unverified


@dataclass(frozen=True)
class Answer:
    """The answer of a CRL or an OCSP responder about a certificate.

    Attributes:
        verdict: The verdict. If it is `Unverified`, all other attributes are None.
        this_update: The time at which the answer is known to be correct.
        next_update: The time at or before which a newer answer is published.
        produced_at: When an OCSP answer was signed.
        number: The number of a CRL.
    """

    verdict: Verdict
    this_update: datetime | None = None
    next_update: datetime | None = None
    produced_at: datetime | None = field(default=None, kw_only=True)
    number: int | None = field(default=None, kw_only=True)


def require_in_time(
    what: str, this_update: datetime, next_update: datetime | None, now: datetime
) -> datetime:
    """Check that an answer is current.

    Args:
        what: The name of the answer, for the message.
        this_update: The start of its validity.
        next_update: The end of its validity.
        now: The current time.

    Returns:
        The end of its validity.

    Raises:
        UnverifiedError: The answer is stale, isn't valid yet, or has no end of validity.
    """
    if next_update is None:
        raise UnverifiedError(f"the {what} has no nextUpdate")
    if this_update > now + CLOCK_SKEW:
        raise UnverifiedError(f"the {what}'s thisUpdate is in the future: {moment(this_update)}")
    if next_update < now:
        raise UnverifiedError(f"the {what} is stale: its nextUpdate was {moment(next_update)}")
    return next_update


def moment(when: datetime) -> str:
    """Format a time like DigiCert: ISO 8601 in UTC, whole seconds."""
    return when.replace(microsecond=0).isoformat()
