"""What a verified answer says of a certificate, and why another one says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of this machine's clock the publisher's may be."""


class UnverifiedError(Exception):
    """An answer says nothing of the certificate. The message says why, as part of a sentence."""


@dataclass(frozen=True)
class Good:
    """The certificate isn't revoked."""

    word: ClassVar[str] = "good"


@dataclass(frozen=True)
class Revoked:
    """The certificate is revoked.

    Attributes:
        date: Since when.
        reason: The reason as CertCentral and RFC 5280 name it; None if none is published.
    """

    date: datetime
    reason: str | None = None
    word: ClassVar[str] = "revoked"


@dataclass(frozen=True)
class Unknown:
    """The answer is verified and doesn't tell.

    Attributes:
        why: What it says instead; empty if it says `unknown`.
    """

    why: str = ""
    word: ClassVar[str] = "unknown"


@dataclass(frozen=True)
class Unverified:
    """There is no answer that counts.

    Attributes:
        why: What is wrong with it.
    """

    why: str
    word: ClassVar[str] = "could not be verified"


Verdict: TypeAlias = Good | Revoked | Unknown | Unverified


@dataclass(frozen=True)
class Answer:
    """What a CRL or an OCSP answer says of a certificate.

    Attributes:
        verdict: The verdict. Of an `Unverified` one nothing else is known.
        this_update: When the answer was true.
        next_update: Until when it holds.
        produced_at: When an OCSP answer was signed.
        number: A CRL's number.
    """

    verdict: Verdict
    this_update: datetime | None = None
    next_update: datetime | None = None
    produced_at: datetime | None = field(default=None, kw_only=True)
    number: int | None = field(default=None, kw_only=True)


def require_in_time(
    what: str, this_update: datetime, next_update: datetime | None, now: datetime
) -> datetime:
    """Accept the period in which an answer holds.

    Args:
        what: The answer, for the message.
        this_update: When it began.
        next_update: When it ends.
        now: The time.

    Returns:
        When it ends.

    Raises:
        UnverifiedError: It is over, hasn't begun or has no end.
    """
    if next_update is None:
        raise UnverifiedError(f"the {what} doesn't say until when it holds")
    if this_update > now + CLOCK_SKEW:
        raise UnverifiedError(f"the {what} is from the future: {moment(this_update)}")
    if next_update < now:
        raise UnverifiedError(f"the {what} is stale: it held until {moment(next_update)}")
    return next_update


def moment(when: datetime) -> str:
    """Write a time as DigiCert does: ISO 8601 in UTC, whole seconds."""
    return when.replace(microsecond=0).isoformat()
