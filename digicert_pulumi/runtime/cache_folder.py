"""The user's cache folder, which the processes of this machine share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def folder() -> Path:
    """Return this package's folder, which may not exist yet."""
    # Imported late: not every process needs it.
    from platformdirs import user_cache_path  # noqa: PLC0415

    return user_cache_path("digicert-pulumi", appauthor=False)
