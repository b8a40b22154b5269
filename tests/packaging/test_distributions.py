"""The two distributions, built as a release builds them and installed where nothing else of this repository is."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
from email import message_from_bytes
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from digicert_pulumi._version import VERSION

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).resolve().parents[2]

SOURCES = {"digicert_pulumi": ROOT, "certcentral_sandbox": ROOT / "sandbox"}
"""The packages, each the only one of its distribution, and the folders of the distributions."""

NOT_AT_RUN_TIME = {"typing_extensions"}
"""Imported for type checkers alone."""


def build(source: Path, target: Path) -> None:
    """Build what a folder gives when nothing is asked for: its sdist, and its wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def wheel_metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


@pytest.fixture(scope="module", params=SOURCES)
def package(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def built(package: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the sdist and the wheel of the package's distribution."""
    target = tmp_path_factory.mktemp(package)
    build(SOURCES[package], target)
    return target


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, and of the others what the tests' environment has.

    An editable installation is not seen there: it needs a `.pth`, which is read in an environment's own folder alone.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder)})
    (Path(packages) / "others.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DIGICERT_"))}
    return subprocess.run(
        command, cwd=cwd, env=ours | environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_both_have_the_version_of_the_changelog(wheel: Path) -> None:
    assert wheel_metadata(wheel)["Version"] == VERSION
    newest = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[0]
    assert re.fullmatch(rf"{re.escape(VERSION)} \((unreleased|\d{{4}}-\d\d-\d\d)\)", newest)


def test_every_import_is_a_declared_dependency(package: str, wheel: Path) -> None:
    lines = wheel_metadata(wheel).get_all("Requires-Dist", [])
    requirements = [re.split(r"[^\w-]", line)[0] for line in lines if "extra ==" not in line]
    declared = {
        file.parts[0].removesuffix(".py") for name in requirements for file in metadata.files(name) or []
    }
    imported = set[str]()
    for file in (SOURCES[package] / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    assert imported - set(sys.stdlib_module_names) - NOT_AT_RUN_TIME - declared == {package}


def test_the_wheel_holds_one_package_and_all_its_files(package: str, wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = SOURCES[package].joinpath(package).rglob("*")
    sources = {file.relative_to(SOURCES[package]).as_posix() for file in files if file.is_file()}
    assert names == {name for name in sources if "__pycache__" not in name}


def test_the_sdist_gives_the_same_wheel_and_holds_no_tests(built: Path, wheel: Path, tmp_path: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    [source] = (tmp_path / "source").iterdir()
    assert (source / "LICENSE").read_text("utf-8") == (ROOT / "LICENSE").read_text("utf-8")
    assert not (source / "tests").exists()
    build(source, tmp_path / "built")
    assert (tmp_path / "built" / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("package", ["digicert_pulumi"], indirect=True)
def test_the_provider_alone_runs_incidents_and_brings_no_sandbox(scripts: Path, tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text("order_id,comments\n1,Incident 42.\n")
    plan = run(
        scripts / "digicert-pulumi",
        "incident",
        "plan",
        "incident.csv",
        cwd=tmp_path,
        PATH=str(scripts),
        DIGICERT_API_KEY="key-of-nobody",
    )
    assert (plan.returncode, plan.stdout) == (1, "")
    assert (
        plan.stderr
        == "error: `pulumi` is not on PATH; install Pulumi: https://www.pulumi.com/docs/install/\n"
    )
    sandbox = run(scripts / "python", "-c", "import digicert_pulumi, certcentral_sandbox", cwd=tmp_path)
    assert "No module named 'certcentral_sandbox'" in sandbox.stderr


@pytest.mark.slow
@pytest.mark.parametrize("package", ["certcentral_sandbox"], indirect=True)
def test_the_sandbox_starts_alone(scripts: Path, tmp_path: Path) -> None:
    about = run(scripts / "certcentral-sandbox", "--help", cwd=tmp_path)
    assert (about.returncode, about.stderr) == (0, "")
    assert about.stdout.startswith("usage: certcentral-sandbox")
    provider = run(scripts / "python", "-c", "import certcentral_sandbox, digicert_pulumi", cwd=tmp_path)
    assert "No module named 'digicert_pulumi'" in provider.stderr
