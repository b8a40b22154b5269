from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.sandbox import Sandbox, sandbox_fixture

from digicert_pulumi.resources import decision
from digicert_pulumi.revoking import approval, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox for the tests of a module that change nothing in it."""
    yield from sandbox_fixture(tmp_path_factory.mktemp("unchanged"))


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
