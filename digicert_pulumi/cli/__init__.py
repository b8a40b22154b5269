"""`digicert-pulumi`: the command line.

Commands read the stack's configuration, then the environment, as the provider does. `incident` creates its own stacks and
reads the environment only. Only `incident run`, `incident approve` and `incident reject` send anything but GET.
"""

from __future__ import annotations

import argparse
import io
import sys
from typing import TYPE_CHECKING, NoReturn

from digicert_pulumi._version import VERSION
from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.cli import doctor, evidence, find, import_, incident, plugin
from digicert_pulumi.cli.configuration import ConfigurationError
from digicert_pulumi.runtime.masking import one_line
from digicert_pulumi.runtime.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "digicert-pulumi"

_INTERRUPTED = 130

_EPILOG = """\
find, import, evidence and doctor use the configuration of the Pulumi stack in
the current folder (digicert:apiKey, digicert:region, ...), then the environment
(DIGICERT_API_KEY, ...). Only incident run, approve and reject change anything
at DigiCert.
"""


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports a wrong argument in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns:
        The exit code: 0 on success, 1 after a problem, which is printed. Wrong arguments exit with 2.
    """
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding != "utf-8":
        # Escape characters that the terminal's encoding can't represent, instead of failing.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = options.run(options)
    except (CertCentralError, ConfigurationError, SettingsError) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _failed(reason: str) -> int:
    sys.stderr.write(f"{PROGRAM}: error: {one_line(reason)}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Find and import DigiCert CertCentral orders, check the setup, and revoke the orders of an incident.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {VERSION}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (find, import_, doctor, incident, evidence, plugin):
        command.add_to(commands)
    return parser
