"""Read the configuration that the provider would get: that of the stack in the current folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


class ConfigurationError(Exception):
    """The stack's configuration can't be read. The message explains why in one line."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the option that selects the stack whose configuration is used."""
    parser.add_argument(
        "-s",
        "--stack",
        metavar="NAME",
        help="use the configuration of this stack (default: the selected one)",
    )


class Entry(NamedTuple):
    """A value of a stack's configuration.

    Attributes:
        value: The value.
        secret: Whether the configuration stores it as a secret.
    """

    value: str
    secret: bool


def read(stack: str | None) -> Mapping[str, str]:
    """Read the configuration of a stack, secrets included, with the Pulumi CLI.

    Args:
        stack: The stack; None for the selected stack of the project that contains the current folder.

    Returns:
        The values by key, such as `digicert:apiKey`; empty if no stack is given and the folder isn't in a project.

    Raises:
        ConfigurationError: The configuration can't be read.
    """
    return {key: entry.value for key, entry in entries(stack).items()}


def entries(stack: str | None) -> Mapping[str, Entry]:
    """Read the configuration of a stack like `read`, but also return which values are secrets."""
    if stack is None and not _is_in_a_project():
        return {}
    found = json.loads(_run(stack, "config", "--json", "--show-secrets"))
    return {key: Entry(entry["value"], entry["secret"]) for key, entry in found.items() if "value" in entry}


def state(stack: str | None) -> str:
    """Read the state of a stack as its backend stores it, with its secrets encrypted.

    Raises:
        ConfigurationError: The state can't be read.
    """
    return _run(stack, "stack", "export")


def _run(stack: str | None, *arguments: str) -> str:
    """Run a command of the CLI on a stack and return what it prints."""
    no_cli = (
        "the stack's configuration cannot be read: `pulumi` is not on PATH; "
        "outside of a project folder, the environment is enough"
    )
    what = "configuration" if "config" in arguments else "state"
    on_stack = ["--stack", stack] if stack else []
    return pulumi(*arguments, *on_stack, no_cli=no_cli, failure=f"the stack's {what} cannot be read")


def pulumi(*arguments: str, no_cli: str, failure: str) -> str:
    """Run a command of the CLI and return what it prints.

    Args:
        arguments: Its arguments.
        no_cli: The error message if there is no CLI.
        failure: The start of the error message if the CLI fails. The CLI's own error follows it.

    Raises:
        ConfigurationError: There is no CLI, or it fails.
    """
    cli = shutil.which("pulumi")
    if cli is None:
        raise ConfigurationError(no_cli)
    done = subprocess.run(  # noqa: S603  # the user's own CLI
        [cli, "--non-interactive", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise ConfigurationError(f"{failure}: {_first_error(done.stderr)}")
    return done.stdout


def _is_in_a_project() -> bool:
    here = Path.cwd()
    return any((folder / name).exists() for folder in (here, *here.parents) for name in _PROJECT_FILES)


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return next(iter([*errors, *lines]), "the Pulumi CLI failed").removeprefix("error:").strip()
