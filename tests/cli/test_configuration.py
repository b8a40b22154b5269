"""The configuration that counts: the stack's where there is one, the environment behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Command
    from support.sandbox import Sandbox

ORDER = "100000015"
"""An order that is revoked."""

WITHOUT = {"DIGICERT_API_KEY": None, "DIGICERT_BASE_URL": None}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder in which the command runs."""
    return tmp_path / "here"


@pytest.fixture
def stack(put: Callable[[str, str], None], sandbox: Sandbox, here: Path) -> Path:
    """A Pulumi CLI that knows the configuration of a stack; the arguments that it was last called with."""
    values = {
        "digicert:apiKey": {"value": sandbox.user_key, "secret": True},
        "digicert:baseUrl": {"value": sandbox.base_url, "secret": False},
        "project:list": {"objectValue": [1], "secret": False},
    }
    (here.parent / "config.json").write_text(json.dumps(values))
    put("pulumi", f'echo "$@" > {here.parent}/called; cat {here.parent}/config.json')
    return here.parent / "called"


@pytest.mark.parametrize("file", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
def test_in_a_project_the_selected_stack_s_configuration_is_taken(
    command: Command, here: Path, stack: Path, file: str
) -> None:
    (here.parent / file).touch()  # the current folder may be one below it
    assert command("import", ORDER, **WITHOUT).returncode == 0
    assert stack.read_text() == "--non-interactive config --json --show-secrets\n"


@pytest.mark.parametrize("option", ["--stack", "-s"])
def test_the_configuration_of_a_stack_that_is_named_is_taken(
    command: Command, stack: Path, option: str
) -> None:
    assert command("import", ORDER, option, "dev", **WITHOUT).returncode == 0
    assert stack.read_text() == "--non-interactive config --json --show-secrets --stack dev\n"


def test_the_configuration_comes_before_the_environment(command: Command, here: Path, stack: Path) -> None:
    (here / "Pulumi.yaml").touch()
    done = command("import", ORDER, DIGICERT_API_KEY="another-key", DIGICERT_BASE_URL="http://127.0.0.1:9")
    assert done.returncode == 0
    assert stack.exists()


def test_outside_of_a_project_the_environment_is_enough(command: Command, stack: Path) -> None:
    assert command("import", ORDER).returncode == 0
    assert not stack.exists()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (
            "echo warning: old >&2; echo 'error: no stack selected; select one' >&2",
            "no stack selected; select one",
        ),
        ("echo 'exit status 1' >&2", "exit status 1"),
        ("", "the Pulumi CLI failed"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_one_line(
    command: Command, put: Callable[[str, str], None], says: str, reason: str
) -> None:
    put("pulumi", f"{says}\nexit 255")
    done = command("import", ORDER, "--stack", "dev")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"digicert-pulumi: error: the stack's configuration cannot be read: {reason}\n"


def test_a_missing_cli_is_one_line(command: Command) -> None:
    done = command("import", ORDER, "--stack", "dev")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "digicert-pulumi: error: the stack's configuration cannot be read: `pulumi` is not on PATH; "
        "outside of a project folder, the environment is enough\n"
    )
