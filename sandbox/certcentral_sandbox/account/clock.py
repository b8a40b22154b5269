"""Times as CertCentral writes them: timestamps in UTC with an offset, dates as yyyy-MM-dd."""

from datetime import datetime, timezone


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(timezone.utc)


def timestamp(moment: datetime) -> str:
    """A moment as in `2018-10-16T20:05:28+00:00`."""
    return moment.isoformat(timespec="seconds")
