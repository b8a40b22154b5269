"""Every test of this folder runs against both front ends: the dynamic provider and the native one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import provider

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=["dynamic", "native"], autouse=True)
def front_end(request: pytest.FixtureRequest) -> Iterator[str]:
    """The front end of every `Provider` that a test starts."""
    before, provider.front_end = provider.front_end, request.param
    yield request.param
    provider.front_end = before
