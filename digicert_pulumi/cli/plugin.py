"""`digicert-pulumi plugin`: install the native provider as a plugin of the Pulumi CLI, for programs in any language.

The CLI warns on every command about a provider that it finds on PATH, so the package doesn't install a script of that
name. The plugin consists of two files that start the Python of this environment, whichever environment is active.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi._version import VERSION
from digicert_pulumi.cli import configuration
from digicert_pulumi.cli.configuration import ConfigurationError

if TYPE_CHECKING:
    import argparse

NAME = "pulumi-resource-digicert"

_EPILOG = """\
Programs in YAML, TypeScript, Go and C# need the plugin; Python programs don't. The command installs it for the current
user's Pulumi CLI. The plugin runs in the Python environment of this command: keep that environment, and run the command
again after you upgrade or move it.
"""

_SERVE = """\
import sys

try:
    from digicert_pulumi.native.server import main
except ImportError as error:
    sys.exit(f"digicert_pulumi is not in {sys.executable} ({error}); run `digicert-pulumi plugin install` again")
sys.exit(main())
"""


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "plugin",
        help="install the provider for programs in YAML, TypeScript, Go and C#",
        description="Install or remove the native provider of the Pulumi CLI.",
        allow_abbrev=False,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, run, text in (
        ("install", _install, "install this version of the provider"),
        ("uninstall", _uninstall, "remove this version of the provider"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text.capitalize()}.", epilog=_EPILOG)
        action.set_defaults(run=run)


def installed_versions() -> list[str]:
    """Return the installed versions of the plugin.

    Raises:
        ConfigurationError: There is no Pulumi CLI, or it fails.
    """
    try:
        plugins = json.loads(_pulumi("plugin", "ls", "--json"))
        return [
            each["version"] for each in plugins if (each["name"], each["kind"]) == ("digicert", "resource")
        ]
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError("pulumi plugin ls: its output can't be read") from None


def _install(_: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _write(folder)
        _pulumi("plugin", "install", "resource", "digicert", VERSION, "--file", str(folder), "--reinstall")
    sys.stdout.write(f"installed the provider digicert {VERSION}, which runs in {sys.executable}\n")
    return 0


def _uninstall(_: argparse.Namespace) -> int:
    if VERSION not in installed_versions():
        sys.stdout.write(f"the provider digicert {VERSION} is not installed\n")
        return 0
    _pulumi("plugin", "rm", "resource", "digicert", VERSION, "--yes")
    sys.stdout.write(f"removed the provider digicert {VERSION}\n")
    return 0


def _write(folder: Path) -> None:
    # A script, not `python -m`: modules in the program's folder must not shadow those of the provider.
    (folder / "serve.py").write_text(_SERVE, encoding="utf-8")
    if os.name == "nt":
        (folder / f"{NAME}.cmd").write_text(f'@"{sys.executable}" "%~dp0serve.py" %*\n', encoding="utf-8")
        return
    program = folder / NAME
    python = shlex.quote(sys.executable)
    program.write_text(f'#!/bin/sh\nexec {python} "${{0%/*}}/serve.py" "$@"\n', encoding="utf-8")
    program.chmod(0o755)


def _pulumi(*arguments: str) -> str:
    return configuration.pulumi(
        *arguments,
        no_cli="`pulumi` is not on PATH; install Pulumi: https://www.pulumi.com/docs/install/",
        failure=f"pulumi {' '.join(arguments[:2])}",
    )
