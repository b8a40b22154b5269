"""A machine to run an incident on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from incident.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox


@pytest.fixture
def machine(tmp_path: Path, sandbox: Sandbox) -> Iterator[Machine]:
    """A machine with a file backend and the sandbox's account, which waits for no pace."""
    backend = tmp_path / "backend"
    backend.mkdir()
    unpaced = Machine(tmp_path / "machine", sandbox, backend.as_uri(), DIGICERT_REQUESTS_PER_MINUTE="60000")
    with unpaced as started:
        yield started
