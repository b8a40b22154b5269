"""The example's own modules, importable, and a machine to run it on."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

import pytest
from incident.machine import Machine
from support.engine import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox


def _make_importable(package: Path) -> None:
    # By its place: the folder that it is in holds an `incident.py`, which would hide this folder of tests.
    spec = importlib.util.spec_from_file_location(package.name, package / "__init__.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules[package.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


_make_importable(ROOT / "examples" / "incident" / "runner")


@pytest.fixture
def machine(tmp_path: Path, sandbox: Sandbox) -> Iterator[Machine]:
    """A machine with the example on it, a file backend, and the sandbox's account."""
    backend = tmp_path / "backend"
    backend.mkdir()
    with Machine(tmp_path / "machine", sandbox, backend.as_uri()) as started:
        yield started
