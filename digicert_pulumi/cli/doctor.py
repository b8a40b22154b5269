"""`digicert-pulumi doctor`: check that everything a revocation needs is in place."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi._version import VERSION
from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.cli import configuration, plugin
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import holds_a_key, masked
from digicert_pulumi.runtime.setting_names import SETTINGS, unknown_settings
from digicert_pulumi.runtime.settings import SettingsError, resolve
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certcentral import User
    from digicert_pulumi.runtime.settings import Settings

OLDEST_CLI = (3, 254, 0)
"""The oldest Pulumi CLI that imports a resource from the inputs and outputs in an import file."""

OLDEST_SDK = (3, 216, 0)
"""The oldest Pulumi SDK whose `read` may return inputs. Without them, a refresh shows no changes."""

_CLOCK_SECONDS = 300
"""The maximum difference between this machine's clock and DigiCert's."""

_PROBE_SECONDS = 10

_EPILOG = """\
Exits 0 if all checks pass, 1 otherwise. Problems are printed. The API key is never shown. CertCentral reports the roles
of the key's user, but not whether the key is restricted to "View Only".
"""


@dataclass
class Report:
    """The results of all checks. It never holds the API key.

    Attributes:
        problems: One line for each problem: what is missing or wrong, and what to do.
        base_url: The address of the Services API.
        user: The user of the API key.
        clock_offset: Seconds by which this machine's clock is ahead of DigiCert's; None if it couldn't be read.
        versions: The versions in use, by the name of the component; None for a component that isn't installed.
    """

    problems: list[str] = field(default_factory=list)
    base_url: str | None = None
    user: User | None = None
    clock_offset: float | None = None
    versions: dict[str, str | None] = field(default_factory=dict)


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="check the API key, its permissions, and this machine",
        description="Check that everything a revocation needs is in place.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    configuration.add_options(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    report = examine(options.stack)
    text = json.dumps(_document(report), indent=2) if options.json else "\n".join(_lines(report))
    sys.stdout.write(f"{masked(text)}\n")
    return 1 if report.problems else 0


def examine(stack: str | None) -> Report:
    """Run all checks. A check that fails doesn't stop the others.

    Args:
        stack: The stack whose configuration is used; None for the selected one.
    """
    report = Report()
    _check_machine(report)
    try:
        entries = configuration.entries(stack)
    except configuration.ConfigurationError as error:
        report.problems.append(str(error))
        return report
    try:
        settings = resolve(lambda key: entries[key].value if key in entries else None)
    except SettingsError as error:
        report.problems.append(str(error))
    else:
        report.base_url = settings.base_url
        _check_key(report, settings)
        _check_clock(report, settings)
    if entries:
        _check_configuration(report, entries)
        _check_state(report, stack)
    return report


def _check_machine(report: Report) -> None:
    cli = shutil.which("pulumi")
    report.versions = {
        "digicert_pulumi": VERSION,
        "python": platform.python_version(),
        "pulumi_sdk": metadata.version("pulumi"),
        "pulumi_cli": _cli_version(cli) if cli else None,
        "plugin": _plugin_version() if cli else None,
    }
    install = f"install Pulumi {_text(OLDEST_CLI)} or newer: https://www.pulumi.com/docs/install/"
    for name, title, oldest, remedy in (
        ("pulumi_sdk", "the Pulumi SDK", OLDEST_SDK, f"pip install 'pulumi>={_text(OLDEST_SDK)}'"),
        ("pulumi_cli", "the Pulumi CLI", OLDEST_CLI, install),
    ):
        version = report.versions[name]
        if version is None:
            report.problems.append(f"{title} is not on PATH, or does not start; {remedy}")
        elif _numbers(version) < oldest:
            report.problems.append(f"{title} {version} is too old; {remedy}")
    if cli and not _has_language_host(cli):
        report.problems.append(f"pulumi-language-python is neither on PATH nor beside {cli}; {install}")


def _plugin_version() -> str | None:
    """Return the version of the installed plugin: this package's version if it is installed, else another one."""
    try:
        installed = plugin.installed_versions()
    except configuration.ConfigurationError:
        return None
    return VERSION if VERSION in installed else next(iter(installed), None)


def _cli_version(cli: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603  # the user's own CLI
            [cli, "version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    found = re.match(r"v?(\d+\.\d+\.\d+\S*)", done.stdout)
    return found[1] if found and done.returncode == 0 else None


def _has_language_host(cli: str) -> bool:
    beside = Path(cli).resolve().parent
    return any(shutil.which("pulumi-language-python", path=path) for path in (None, str(beside)))


def _check_configuration(report: Report, entries: Mapping[str, configuration.Entry]) -> None:
    unknown = unknown_settings(entries)
    for key, suggestion in unknown.items():
        end = f"; did you mean {suggestion}?" if suggestion else f"; the settings are {', '.join(SETTINGS)}"
        report.problems.append(f"digicert_pulumi has no setting {key}{end}")
    for key, entry in entries.items():
        is_the_key = unknown.get(key, key) == "digicert:apiKey"
        if not entry.secret and (is_the_key or holds_a_key(entry.value)):
            report.problems.append(
                f"{key} holds an API key in plain text; run `pulumi config set --secret {key}`, and replace the key "
                "at DigiCert if others can read the stack's configuration"
            )


def _check_state(report: Report, stack: str | None) -> None:
    try:
        state = configuration.state(stack)
    except configuration.ConfigurationError as error:
        report.problems.append(str(error))
        return
    if holds_a_key(state):
        report.problems.append(
            "the stack's state holds the API key in plain text; make it a secret, run `pulumi up`, and replace the "
            "key at DigiCert if others can read the backend"
        )


def _check_key(report: Report, settings: Settings) -> None:
    once = dataclasses.replace(settings, retry_timeout=0.0)
    try:
        report.user = connect(once, lambda _: None).get_user()
    except (CertCentralError, SettingsError) as error:
        report.problems.append(str(error))


def _check_clock(report: Report, settings: Settings) -> None:
    report.clock_offset = _clock_offset(settings.base_url)
    if report.clock_offset is not None and abs(report.clock_offset) > _CLOCK_SECONDS:
        report.problems.append(f"this machine's clock is {_clock(report.clock_offset)}; set it")


def _clock_offset(url: str) -> float | None:
    """Return the offset of this machine's clock from a server's; None if the server doesn't report its time.

    Sends a HEAD without the key: the header `Date` of every HTTP response has the time (RFC 9110, section 6.6.1).
    """
    import requests  # noqa: PLC0415  # imported late, because it is slow

    sent_at = time.time()
    try:
        # The empty authentication prevents `requests` from sending credentials from `.netrc`.
        response = requests.head(
            url, timeout=_PROBE_SECONDS, allow_redirects=False, auth=lambda request: request
        )
        theirs = parsedate_to_datetime(response.headers["Date"])
    except (requests.RequestException, KeyError, ValueError):
        return None
    halfway = (sent_at + time.time()) / 2
    # The header is truncated to whole seconds: add half a second, the average error.
    return halfway - theirs.replace(tzinfo=theirs.tzinfo or timezone.utc).timestamp() - 0.5


def _document(report: Report) -> dict[str, Any]:
    user = report.user
    return {
        "ok": not report.problems,
        "problems": report.problems,
        "base_url": report.base_url,
        "user": user
        and {
            "id": user.id,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "email": user.email,
            "roles": [role.name for role in user.access_roles],
        },
        # CertCentral doesn't report whether the key may request: the user's role allows it, but the key may be restricted.
        "may": user
        and {"request": None, "approve": user.is_administrator, "skip_approval": user.is_administrator},
        "clock_offset_seconds": report.clock_offset and round(report.clock_offset, 1),
        "versions": report.versions,
    }


def _lines(report: Report) -> list[str]:
    rows = [
        ("CertCentral", report.base_url),
        *(_key_rows(report.user) if report.user else ()),
        ("clock", None if report.clock_offset is None else _clock(report.clock_offset)),
        ("digicert-pulumi", report.versions["digicert_pulumi"]),
        ("Python", report.versions["python"]),
        ("Pulumi SDK", report.versions["pulumi_sdk"]),
        ("Pulumi CLI", report.versions["pulumi_cli"]),
        ("plugin", _plugin(report.versions["plugin"])),
    ]
    lines = [f"{name:<16} {printable(value, None)}" for name, value in rows if value is not None]
    ending = [f"problem: {printable(problem, None)}" for problem in report.problems] or [
        "Everything is in place."
    ]
    return [*lines, "", *ending]


def _plugin(version: str | None) -> str:
    install = "`digicert-pulumi plugin install` installs it for YAML, TypeScript, Go and C#"
    if version is None:
        return f"not installed; {install}"
    return version if version == VERSION else f"{version}, not {VERSION}; {install}"


def _key_rows(user: User) -> list[tuple[str, str]]:
    name = " ".join(part for part in (user.first_name, user.last_name) if part)
    may = (
        "request and approve revocations, and skip the approval"
        if user.is_administrator
        else "request revocations, but not approve them or skip the approval"
    )
    return [
        ("API key", f"valid, for {name or f'user {user.id}'}" + (f" <{user.email}>" if user.email else "")),
        ("roles", ", ".join(role.name for role in user.access_roles) or "none"),
        ("may", f'{may} (unless it is restricted to "View Only", which CertCentral does not report)'),
    ]


def _clock(offset: float) -> str:
    if abs(offset) < 1.5:  # noqa: PLR2004  # the accuracy of the header's whole seconds
        return "in sync with DigiCert's"
    return f"{abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} DigiCert's"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
