"""The configuration that the provider would get: that of the stack in the current folder."""

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
    """The stack's configuration cannot be read, which the message explains in one line."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which stack's configuration counts."""
    parser.add_argument(
        "-s",
        "--stack",
        metavar="NAME",
        help="use the configuration of this stack (default: the selected one)",
    )


class Entry(NamedTuple):
    """A value of a stack's configuration, and whether it is a secret there."""

    value: str
    secret: bool


def read(stack: str | None) -> Mapping[str, str]:
    """Read the configuration of a stack, secrets included, with the Pulumi CLI.

    Args:
        stack: The stack; None for the selected one of the project that the current folder is in.

    Returns:
        The values by key, such as `digicert:apiKey`; none where the folder is in no project and no stack is given.

    Raises:
        ConfigurationError: It cannot be read.
    """
    return {key: entry.value for key, entry in entries(stack).items()}


def entries(stack: str | None) -> Mapping[str, Entry]:
    """Read the configuration of a stack as `read` does, with what is a secret there."""
    if stack is None and not _is_in_a_project():
        return {}
    found = json.loads(_run(stack, "config", "--json", "--show-secrets"))
    return {key: Entry(entry["value"], entry["secret"]) for key, entry in found.items() if "value" in entry}


def state(stack: str | None) -> str:
    """Read the state of a stack as its backend keeps it, with its secrets encrypted.

    Raises:
        ConfigurationError: It cannot be read.
    """
    return _run(stack, "stack", "export")


def _run(stack: str | None, *arguments: str) -> str:
    """Run a command of the CLI on a stack and return what it prints."""
    no_cli = (
        "the stack's configuration cannot be read: there is no `pulumi` on PATH; "
        "outside of a project's folder the environment is enough"
    )
    what = "configuration" if "config" in arguments else "state"
    on_stack = ["--stack", stack] if stack else []
    return pulumi(*arguments, *on_stack, no_cli=no_cli, failure=f"the stack's {what} cannot be read")


def pulumi(*arguments: str, no_cli: str, failure: str) -> str:
    """Run a command of the CLI and return what it prints.

    Args:
        arguments: Its arguments.
        no_cli: What is said where there is no CLI.
        failure: What is said before the CLI's own error.

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


def _first_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return next(iter([*errors, *lines]), "the Pulumi CLI failed").removeprefix("error:").strip()
