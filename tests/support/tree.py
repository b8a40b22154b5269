"""A copy of what a provider process and its tests need, in which the package can be changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from support.engine import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def copy_tree(folder: Path) -> None:
    """Copy the package and the tests into a folder, where `python -m tests....` runs with the copy."""
    for name in ("digicert_pulumi", "examples", "tests", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
