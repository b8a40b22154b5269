"""What every test may ask for in one line."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from support import provider
from support.event_loop import pytest_unconfigure  # noqa: F401 - a hook of pytest
from support.sandbox import Sandbox, sandbox_fixture
from support.stack import Stack, stack_fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# No property rests on how fast this machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

LONGEST = "test_thousand_revocations.py"
"""Begins first, so that no worker is left alone with it at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest test in front."""
    items.sort(key=lambda item: item.path.name != LONGEST)


def pytest_collection_finish() -> None:
    """Let no later collection of garbage go through all that was imported: a few tests ask for one each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", params=["dynamic", pytest.param("native", marks=pytest.mark.slow)])
def front_end(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each front end in turn, as that of every `Provider` that is started meanwhile."""
    before, provider.front_end = provider.front_end, request.param
    yield request.param
    provider.front_end = before


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A CertCentral sandbox of its own."""
    yield from sandbox_fixture(tmp_path)


@pytest.fixture
def stack(tmp_path: Path, sandbox: Sandbox) -> Iterator[Stack]:
    """A stack of its own on the real Pulumi CLI, configured for the sandbox."""
    yield from stack_fixture(tmp_path / "stack", sandbox)
