"""The command line: its help, and one clear line for every bad input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digicert_pulumi._version import VERSION

if TYPE_CHECKING:
    from cli.conftest import Command


def test_the_help_tells_the_commands_and_which_of_them_changes_anything(command: Command) -> None:
    done = command("--help")
    assert done.returncode == 0
    for text in (
        "import",
        "doctor",
        "incident",
        "DIGICERT_API_KEY",
        "Only incident run, approve and reject change",
    ):
        assert text in done.stdout


@pytest.mark.parametrize(
    "start",
    [[Path(sys.executable).with_name("digicert-pulumi")], [sys.executable, "-m", "digicert_pulumi.cli"]],
)
def test_the_version_is_the_package_s(start: list[str | Path]) -> None:
    done = subprocess.run([*start, "--version"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"digicert-pulumi {VERSION}\n", "")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "digicert-pulumi: error: the following arguments are required: COMMAND (see --help)"),
        (
            ["import"],
            "digicert-pulumi import: error: the following arguments are required: ORDER (see --help)",
        ),
        (
            ["import", "www.example.com"],
            (
                "digicert-pulumi import: error: argument ORDER: must be the order's id, a whole number such as 123456789, "
                "not 'www.example.com' (see --help)"
            ),
        ),
        (
            ["import", "9" * 5000],
            (
                "digicert-pulumi import: error: argument ORDER: must be the order's id, a whole number from 1 to "
                f"9007199254740991, not '{'9' * 40}...' (see --help)"
            ),
        ),
        (
            ["import", "100000001", "--comments", " "],
            "digicert-pulumi import: error: argument --comments: must not be empty (see --help)",
        ),
        (["doctor", "--yaml"], "digicert-pulumi: error: unrecognized arguments: --yaml (see --help)"),
    ],
)
def test_a_bad_argument_is_one_line(command: Command, arguments: list[str], error: str) -> None:
    done = command(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{error}\n")


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (
            {"DIGICERT_API_KEY": None},
            "no CertCentral API key: run `pulumi config set --secret digicert:apiKey`, or set DIGICERT_API_KEY",
        ),
        (
            {"DIGICERT_API_KEY": "a key"},
            (
                "DIGICERT_API_KEY: the API key holds a space, a line break or another character that no key has"
            ),
        ),
        (
            {"DIGICERT_BASE_URL": None, "DIGICERT_REGION": "europe"},
            "DIGICERT_REGION: unknown region 'europe': use us or eu",
        ),
        (
            {"DIGICERT_API_KEY": "another-key", "DIGICERT_REQUEST_TIMEOUT": "another-key"},
            "DIGICERT_REQUEST_TIMEOUT must be a number of seconds above 0 and at most 3600, not '[API key]'",
        ),
        (
            {"DIGICERT_API_KEY": "another-key", "DIGICERT_BASE_URL": "https://example.com/another-key"},
            "the base URL contains the API key, which would appear in every log on the way; remove it",
        ),
    ],
)
def test_a_setting_that_does_not_work_is_one_line(
    command: Command, settings: dict[str, str | None], error: str
) -> None:
    done = command("import", "100000001", **settings)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"digicert-pulumi: error: {error}\n")
