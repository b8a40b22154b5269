"""Virtual environments with the other releases of Pulumi's Python SDK that this package supports.

Each is made once, in the user's cache folder, of exactly the packages that `requirements-VERSION.txt` pins beside
this file: the oldest SDK with the oldest of everything that the package takes, the others with the newest.
"""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

from support.environments import environment

ROOT = Path(__file__).resolve().parents[2]

INSTALLED = metadata.version("pulumi")
"""The SDK of the environment that the tests run in."""

OTHERS = ("3.216.0", "3.259.0")
"""The oldest that the package takes, and the last before the one that answers exceptions with tracebacks."""


def requirements(sdk: str) -> Path:
    """Return the file that pins all the packages beside an SDK, and itself."""
    return Path(__file__).with_name(f"requirements-{sdk}.txt")


def python_with(sdk: str) -> str:
    """Return the Python of an environment with that SDK, which is made first where there is none.

    Raises:
        RuntimeError: It cannot be made. A test that needs it fails with what pip said.
    """
    if sdk == INSTALLED:
        return sys.executable
    return str(environment(f"sdk-{sdk}", requirements(sdk)) / "bin" / "python")
