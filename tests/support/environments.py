"""Virtual environments with other packages than those that the tests run on, kept in the user's cache folder."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path


def environment(name: str, pins: Path) -> Path:
    """Return the folder of an environment with exactly the packages of a requirements file, made where there is none.

    Raises:
        RuntimeError: It cannot be made. A test that needs it fails with what pip said.
    """
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute()
    python = f"py{sys.version_info[0]}.{sys.version_info[1]}-{platform.machine()}"
    folder = caches / "digicert-pulumi" / f"{name}-{python}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make(folder, pins)
    return folder


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
