"""The command as a user runs it, on one sandbox for all: no command changes anything there."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from support import nursery
from support.engine import ROOT
from support.sandbox import Sandbox

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("cli")) as started:
        yield started


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The one folder on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def put(path: Path) -> Callable[[str, str], None]:
    """Put a shell script onto PATH."""

    def put(name: str, script: str) -> None:
        program = path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return put


@pytest.fixture
def command(tmp_path: Path, path: Path, sandbox: Sandbox) -> Command:
    """Run the command in a folder of its own, with the sandbox in the environment; a setting of None is left out."""
    folder = tmp_path / "here"
    folder.mkdir()

    def run(*arguments: str, **settings: str | None) -> subprocess.CompletedProcess[str]:
        environment: dict[str, str | None] = {
            "PATH": f"{path}{os.pathsep}/bin{os.pathsep}/usr/bin",
            "PYTHONPATH": str(ROOT),
            "DIGICERT_API_KEY": sandbox.user_key,
            "DIGICERT_BASE_URL": sandbox.base_url,
            **settings,
        }
        given = {name: value for name, value in environment.items() if value is not None}
        done = nursery.run("digicert_pulumi.cli", arguments, given, folder)
        assert not {key for key in (sandbox.user_key, sandbox.admin_key) if key in done.stdout + done.stderr}
        assert "Traceback" not in done.stderr
        return done

    return run
