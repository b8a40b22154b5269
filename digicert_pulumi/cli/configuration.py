"""The configuration that the provider would get: that of the stack whose project the current folder is in."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

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
        help="take the configuration of this stack (default: the selected one)",
    )


def read(stack: str | None) -> Mapping[str, str]:
    """Read the configuration of a stack, secrets included, with the Pulumi CLI.

    Args:
        stack: The stack; None for the selected one of the project that the current folder is in.

    Returns:
        The values by key, such as `digicert:apiKey`; none where the folder is in no project and no stack is given.

    Raises:
        ConfigurationError: It cannot be read.
    """
    if stack is None and not _is_in_a_project():
        return {}
    cli = shutil.which("pulumi")
    if cli is None:
        raise ConfigurationError(
            "the stack's configuration cannot be read: there is no `pulumi` on PATH; "
            "outside of a project's folder the environment is enough"
        )
    command = [cli, "--non-interactive", "config", "--json", "--show-secrets"]
    done = subprocess.run(  # noqa: S603  # the user's own CLI
        [*command, *(["--stack", stack] if stack else [])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise ConfigurationError(f"the stack's configuration cannot be read: {_first_error(done.stderr)}")
    return {key: entry["value"] for key, entry in json.loads(done.stdout).items() if "value" in entry}


def _is_in_a_project() -> bool:
    here = Path.cwd()
    return any((folder / name).exists() for folder in (here, *here.parents) for name in _PROJECT_FILES)


def _first_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error:")]
    return next(iter([*errors, *lines]), "`pulumi config` failed").removeprefix("error:").strip()
