"""The commands of the README and the docs, run as they are printed, on one stack for all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT
from support.environments import environment
from support.sandbox import Sandbox
from support.stack import Stack

from digicert_pulumi.runtime import settings
from digicert_pulumi.runtime.setting_names import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

PAGES = ["README.md", *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]

ELSEWHERE = {
    "make up": "tests/tools/test_quickstart.py runs it",
    "make test": "it runs this",
    "pip install .": "it changes the environment of the tests",
    "pip install -e .": "make sets the environment of the tests up with it",
    "pulumi package add digicert": "it needs the language host of the program's language",
    **dict.fromkeys(
        (
            "pulumi import digicert:index:OrderRevocation leaked 123456789",
            "pulumi import digicert:index:CertificateRevocation leaked 23456789",
            "pulumi import digicert:index:RevocationDecision approved 198",
        ),
        "tests/engine/test_native.py imports",
    ),
    "pip install -r examples/policy/requirements.txt": "it downloads; the tests have what it names in an environment",
    "export PULUMI_BACKEND_URL='s3://incident-state?region=eu-central-1'": "there is no S3 here",
    'digicert-pulumi find --certificate leaked.pem --csv incident-42.csv --comments "Key leaked." --reason keyCompromise': "tests/cli/test_find.py runs the like",
    "digicert-pulumi find --serial 0A:1B:2C --thumbprint 7D236B54D19D5EACF0881FAF24D51DFE5D23E945": "tests/cli/test_find.py runs the like",
    "digicert-pulumi find --key leaked.key --common-name '*.example.com'": "tests/cli/test_find.py runs the like",
    "digicert-pulumi find --host www.example.com:8443": "tests/cli/test_find.py runs the like",
    'digicert-pulumi find --column scan.csv serial --program --comments "Key leaked." >> __main__.py': "tests/cli/test_find.py runs the like",
    "digicert-pulumi find --key leaked.key --common-name '*.example.com' --csv incident-42.csv --comments \"Private key leaked, incident 42.\" --reason keyCompromise": "tests/incident/test_runbook.py runs it",
    'digicert-pulumi incident approve incident-42.csv --comment "Checked with the owners."': "tests/incident/test_runbook.py runs it",
    "digicert-pulumi incident clean incident-42.csv": "tests/incident/test_runbook.py runs it",
    "digicert-pulumi evidence --report incident-42-report.csv --html incident-42.html": "tests/incident/test_runbook.py runs it",
    "digicert-pulumi evidence 123456789": "tests/cli/test_evidence.py runs the like",
    "digicert-pulumi evidence --stack prod --wait 3600": "tests/cli/test_evidence.py runs the like",
    "digicert-pulumi evidence 123456789 --html evidence.html": "tests/cli/test_evidence.py runs the like",
    "digicert-pulumi evidence --stack prod --csv evidence.csv --wait 3600": "tests/cli/test_evidence.py runs the like",
    "digicert-pulumi evidence --report incident-42-report.csv --json incident-42.json": "tests/cli/test_evidence.py runs the like",
    "digicert-pulumi incident run incident-42.csv --yes --machines 3": "tests/incident/test_machines.py runs it, on S3 too",
}
"""The commands that are not run here, and why."""

HERE = {
    "DIGICERT_API_KEY=...": "DIGICERT_API_KEY=$KEY",
    "file:///srv/incident-state": "file://$HOME/incident-state",
    "import 123456789 123456790": "import 100000015",
}
"""What a user puts in its place, and this test too."""

OWN_PROGRAM = {"README.md", "docs/certificates.md"}
"""The pages whose program their commands run; those of the others run the README's."""

PROGRAM = "import pulumi\nimport digicert_pulumi as digicert\n"


def fenced(page: str, language: str) -> list[str]:
    """The blocks of a page in a language."""
    text = (ROOT / page).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """The commands of a page, without their comments, each once."""
    lines = "".join(fenced(page, "console")).splitlines()
    found = [line.removeprefix("$ ").split("  #")[0].strip() for line in lines if line.startswith("$ ")]
    return [*dict.fromkeys(found)]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Stack]:
    """A stack, with the examples in its project's folder as in a clone."""
    folder = tmp_path_factory.mktemp("docs")
    stack = Stack(folder / "stack", sandbox)
    shutil.copytree(
        ROOT / "examples",
        stack._project / "examples",
        ignore=shutil.ignore_patterns("__pycache__", "*.csv", "Pulumi.*.yaml"),
    )
    [csv] = fenced("docs/incident.md", "csv")
    (stack._project / "incident-42.csv").write_text(csv)
    yield stack
    assert stack.leaks() == []


def program(page: str) -> str:
    """What the page's program declares, of an order that the sandbox has; the README's where the page has none."""
    block = fenced(page if page in OWN_PROGRAM else "README.md", "python")[0]
    if page == "docs/policy.md":  # what the rules of the example let pass
        block = block.replace("123456789", "100000002").replace("incident 42", "INC-42")
        block = block.replace('    expected_common_name="www.example.com",\n', "")
    return PROGRAM + block.replace("123456789", "100000001")


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=[] if page == "README.md" else pytest.mark.slow)
        for page in PAGES
        if {*commands(page)} - ELSEWHERE.keys()
    ],
)
def test_the_commands_of_a_page_run_as_they_are_printed(page: str, project: Stack, sandbox: Sandbox) -> None:
    script = "\n".join(command for command in commands(page) if command not in ELSEWHERE)
    for printed, here in HERE.items():
        script = script.replace(printed, here)
    env = {
        **project.environment,
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "DIGICERT_BASE_URL": sandbox.base_url,
        "KEY": sandbox.user_key,
    }
    if page == "docs/policy.md":
        folder = environment("policy", Path(__file__).with_name("requirements-policy.txt"))
        env |= {"PATH": os.pathsep.join([str(folder / "bin"), env["PATH"]]), "PYTHONPATH": str(ROOT)}
    (Path(env["HOME"]) / "incident-state").mkdir(exist_ok=True)
    project.write(program(page))
    # The run of an incident asks a terminal; `pulumi config set` reads a key from what is none.
    asks = page == "docs/incident.md"
    reading, writing = os.openpty()[::-1] if asks else os.pipe()
    os.write(writing, b"yes\n" if asks else sandbox.user_key.encode())
    if not asks:
        os.close(writing)
    done = subprocess.run(
        ["/bin/sh", "-exc", script],
        cwd=project._project,
        env=env,
        stdin=reading,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    os.close(reading)
    if asks:
        os.close(writing)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_no_command_is_left_out_that_no_page_shows() -> None:
    shown = {command for page in PAGES for command in commands(page)}
    assert ELSEWHERE.keys() <= shown
    assert all(any(printed in command for command in shown) for printed in HERE)


def test_the_readme_has_a_line_for_each_setting() -> None:
    rows = re.findall(r"^\| `digicert:(\w+)` \| `(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == list(SETTINGS)
    source = Path(settings.__file__).read_text()
    assert {*re.findall(r'(?:_given|_seconds)\(config, "(\w+)"', source)} | {
        "apiKey",
        "region",
        "baseUrl",
    } == {*SETTINGS}
