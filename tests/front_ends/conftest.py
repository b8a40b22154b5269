"""Every test of this folder runs against both front ends: the dynamic provider and the native one."""

import pytest


@pytest.fixture(autouse=True)
def with_both(front_end: str) -> str:
    """The front end."""
    return front_end
