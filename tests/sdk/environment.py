"""Virtual environments with the other releases of Pulumi's Python SDK that this package supports.

Each is made once, in the user's cache folder, of exactly the packages that `requirements-VERSION.txt` pins beside
this file: the oldest SDK with the oldest of everything that the package takes, the others with the newest.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

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
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()
    python = f"py{sys.version_info[0]}.{sys.version_info[1]}-{platform.machine()}"
    folder = caches / "digicert-pulumi" / f"sdk-{sdk}-{python}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(folder, requirements(sdk))
    return str(folder / "bin" / "python")


def _make(folder: Path, pins: Path) -> None:
    """Make the environment, unless it is there with these very packages; what is half made has no `made-of.txt`."""
    made_of = folder / "made-of.txt"
    if made_of.exists() and made_of.read_text() == pins.read_text():
        return
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", str(pins)]
    done = subprocess.run([*pip, *install], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"no environment with the packages of {pins.name}: {done.stderr}")
    shutil.copyfile(pins, made_of)
