"""The engine that tools/pulumi/engine.py gives, at work on a file backend."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest
from support.engine import engine_bin, pulumi_env
from support.processes import wait_for_text, wait_until_ended

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.slow]

TRIVIAL = """\
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class PaintProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("bucket-1", props)

class Paint(Resource):
    colour: pulumi.Output[str]

    def __init__(self, name, colour):
        super().__init__(PaintProvider(), name, {"colour": colour})

pulumi.export("colour", Paint("paint", "blue").colour)
"""

ENDLESS = """\
import os, time
from pathlib import Path
Path("pid").write_text(str(os.getpid()))
time.sleep(60)
"""


TEMPLATE = """\
name: trivial
description: A minimal Python Pulumi program
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: venv
"""
"""What `pulumi new python` writes."""


class Project:
    """A project of one program, with a stack on a file backend."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self._environment = pulumi_env(folder / "home", folder / "backend")
        (self.folder / "Pulumi.yaml").write_text("name: trivial\nruntime: python\n")
        self.pulumi("stack", "init", "dev")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a Pulumi command."""
        return subprocess.Popen(
            [engine_bin() / "pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pulumi(self, *arguments: str) -> tuple[int, str]:
        """Run a Pulumi command; return its exit code and all that it told."""
        with self.start(*arguments) as process:
            output, _ = process.communicate(timeout=120)
        return process.returncode, output


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_program_with_a_dynamic_resource_is_previewed_applied_and_destroyed(project: Project) -> None:
    (project.folder / "__main__.py").write_text(TRIVIAL)

    code, preview = project.pulumi("preview")
    assert (code, "+ 2 to create" in preview) == (0, True), preview
    code, up = project.pulumi("up", "--yes", "--skip-preview")
    assert (code, "+ 2 created" in up) == (0, True), up
    assert json.loads(project.pulumi("stack", "output", "--json")[1]) == {"colour": "blue"}
    code, destroy = project.pulumi("destroy", "--yes", "--skip-preview")
    assert (code, "- 2 deleted" in destroy) == (0, True), destroy
    assert "warning" not in preview + up + destroy


def test_the_project_that_pulumi_new_python_makes_runs_in_its_own_environment(project: Project) -> None:
    (project.folder / "Pulumi.yaml").write_text(TEMPLATE)
    (project.folder / "__main__.py").write_text(
        f"{TRIVIAL}\nimport sys\npulumi.export('python', sys.prefix)\n"
    )
    code, missing = project.pulumi("preview")
    assert code != 0
    assert (
        f"the virtual environment {project.folder}/venv, which the runtime options name, does not exist"
        in missing
    )

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project.folder / "venv"], check=True)
    [packages] = (project.folder / "venv" / "lib").glob("python*/site-packages")
    # What pip would install there.
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    code, up = project.pulumi("up", "--yes", "--skip-preview")
    assert (code, "+ 2 created" in up) == (0, True), up
    outputs = json.loads(project.pulumi("stack", "output", "--json")[1])
    assert outputs == {"colour": "blue", "python": str(project.folder / "venv")}
    code, destroy = project.pulumi("destroy", "--yes", "--skip-preview")
    assert (code, "- 2 deleted" in destroy) == (0, True), destroy


def test_the_error_of_a_program_is_told_once(project: Project) -> None:
    (project.folder / "__main__.py").write_text("raise ValueError('no such order')")

    code, preview = project.pulumi("preview")

    assert code != 0
    assert preview.count("ValueError: no such order") == 1
    assert "exit code" not in preview


def test_an_interrupted_preview_shows_no_traceback_and_leaves_no_program(project: Project) -> None:
    (project.folder / "__main__.py").write_text(ENDLESS)

    with project.start("preview") as preview:
        pid = int(wait_for_text(project.folder / "pid"))
        preview.send_signal(signal.SIGINT)
        output, _ = preview.communicate(timeout=120)

    assert preview.returncode != 0
    assert "preview canceled" in output
    assert "Traceback" not in output
    wait_until_ended(pid)


def test_a_killed_engine_leaves_no_program(project: Project) -> None:
    (project.folder / "__main__.py").write_text(ENDLESS)

    with project.start("preview") as preview:
        pid = int(wait_for_text(project.folder / "pid"))
        preview.kill()

    wait_until_ended(pid)
