from __future__ import annotations

import pytest

from digicert_pulumi.resources import decision
from digicert_pulumi.revoking import approval, waiting


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again without a pause: what is waited for here has happened before, or never happens."""
    for module, name in (
        (approval, "_PAUSES"),
        (approval, "_PAUSES_AFTER_SUCCESS"),
        (decision, "_SETTLE_PAUSES"),
        (waiting, "SETTLE_PAUSES"),
    ):
        monkeypatch.setattr(module, name, (0.0,) * len(getattr(module, name)))
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.2)
