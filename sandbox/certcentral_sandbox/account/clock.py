"""The current time, and CertCentral's timestamps: UTC with an offset."""

from datetime import datetime, timezone


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(timezone.utc)


def timestamp(moment: datetime) -> str:
    """Format a time like `2018-10-16T20:05:28+00:00`."""
    return moment.isoformat(timespec="seconds")
