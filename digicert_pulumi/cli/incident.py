"""`digicert-pulumi incident`: revoke all the orders of an incident, read from a CSV."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import CertCentralError, Pace
from digicert_pulumi.cli import incident_decide
from digicert_pulumi.cli.bar import Bar
from digicert_pulumi.incident import report, rows, run_files
from digicert_pulumi.incident.certificate_rows import Certificates
from digicert_pulumi.incident.locks import LockedError
from digicert_pulumi.incident.outcomes import Outcomes
from digicert_pulumi.incident.progress import Progress, counted, duration
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.run import ForgottenError, HopelessError, Run
from digicert_pulumi.incident.run_files import AlreadyRunningError, locked
from digicert_pulumi.incident.split import MixedSplitError, split
from digicert_pulumi.incident.stacks import EngineError, Stacks
from digicert_pulumi.incident.survey import TO_SEND
from digicert_pulumi.incident.words import told
from digicert_pulumi.resources.fields import ORDER_FIELDS, REVOCATION_REASONS
from digicert_pulumi.runtime import events, log
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import hide, holds_a_key, masked
from digicert_pulumi.runtime.settings import SettingsError, api_keys, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digicert_pulumi.incident.rows import Incident
    from digicert_pulumi.incident.survey import Finding

_STACK_SIZE = 7500

_MOST = 1_000_000
"""Maximum of `--machines` and `--stack-size`. A larger number is a mistake."""

_CONFIG = dict[str, str]().get
"""A run reads its configuration from the environment only."""

_QUESTION = "Revoke these orders? A revocation cannot be undone. Type yes: "

_DEFAULTS = "defaults.json"
"""Stores the defaults for all rows that the last start of a run was given."""

_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,79}", re.ASCII)
"""The allowed names of a run. Its stacks' names start with it, and Pulumi allows only these characters in them."""

_COLUMNS = "\n".join(
    f"  {column:<24}{ORDER_FIELDS[name].meaning}{' Required.' if ORDER_FIELDS[name].required else ''}"
    for column, name in rows.COLUMNS.items()
)

_EPILOG = f"""\
The file has a row for each order. Its columns:

{_COLUMNS}

Other columns are copied to the report. Instead of order_id, a row may name a certificate: serial_number, certificate_id
or thumbprint.

The environment sets the account (DIGICERT_API_KEY, DIGICERT_REGION, ...). The stacks are created in the backend that
Pulumi is logged in to, or that PULUMI_BACKEND_URL names: a folder, an S3 bucket, Pulumi Cloud.

To resume a run after any interruption, start it again. Exit code: 0 if every order has a request or is revoked; 1 if some
orders don't (see the report); 2 if the arguments or rows of the file are wrong; 130 after Ctrl-C or SIGTERM.
"""


class WrongArgumentError(Exception):
    """An argument can't be used. Nothing was sent."""


def _run_command(options: argparse.Namespace) -> int:
    """Run one of the commands and return its exit code."""
    hide(api_keys(_CONFIG))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _prepared(options) as (incident, run):
            code: int = options.command(options, incident, run)
    except rows.BadRowsError as error:
        sys.stderr.write(f"{error}\nnothing was sent\n")
        return 2
    except WrongArgumentError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (AlreadyRunningError, CertCentralError, SettingsError, EngineError, MixedSplitError) as error:
        return _failed(str(error))
    except ForgottenError as error:
        return _failed(f"{error}; nothing was sent")
    except KeyboardInterrupt:
        return 130
    return code


def _failed(reason: str) -> int:
    sys.stderr.write(f"error: {told(reason)}\n")
    return 1


def _plan(options: argparse.Namespace, incident: Incident, run: Run) -> int:
    """Show what a run would do. Sends nothing but GET, and creates no stack."""
    run.read_states()
    found, forgotten = run.plan()
    file = options.output or options.csv.with_name(f"{options.csv.stem}-plan.csv")
    report.write_plan(file, incident, found)
    _show_plan(run, found, forgotten)
    _say(f"the plan for every order is in {file}")
    return 0


def _run(options: argparse.Namespace, incident: Incident, run: Run) -> int:
    """Request the revocations, and write the report."""
    run.read_states()
    found, forgotten = run.plan()
    _show_plan(run, found, forgotten)
    run.require_forget()
    if not options.yes and not _is_confirmed():
        return _failed("nothing was sent")
    problem = None
    try:
        run.update(found)
    except (CertCentralError, EngineError, ForgottenError, HopelessError, MixedSplitError) as error:
        problem = str(error)
    run.progress.end()
    code = _report_on(options, incident, run.outcomes)
    if problem:
        return _failed(f"{problem}; requests that were sent are kept; start the run again to resume")
    return 130 if run.interrupt.requested else code


def _report(options: argparse.Namespace, incident: Incident, run: Run) -> int:
    """Report the outcome of each order."""
    run.read_states()
    missed = run.refresh() if options.asks_digicert else {}
    run.progress.clear()
    code = _report_on(options, incident, run.outcomes)
    if missed:
        why = next(iter(missed.values()))
        code = _failed(
            f"{counted(len(missed), 'order')} could not be refreshed, so the report may be out of date: {why}"
        )
    return 130 if run.interrupt.requested else code


def _clean(options: argparse.Namespace, incident: Incident, run: Run) -> int:
    """Remove a run's stacks from the backend, and its folder from this machine. Sends nothing, and keeps the report."""
    run.read_states()
    run.progress.clear()
    file = options.output or options.csv.with_name(f"{options.csv.stem}-report.csv")
    run.outcomes.merge(report.earlier_outcomes(file))
    if not report.lost_outcomes(file, run.outcomes):
        report.write_report(file, incident, run.outcomes)
        _say(report.result_table(incident, run.outcomes))
    _say("\n".join(run.stacks_left) or "there are no stacks")
    question = "Remove these stacks and the run's folder? DigiCert keeps all requests. Type yes: "
    if not options.yes and not _is_confirmed(question):
        return _failed("nothing was removed")
    try:
        run.remove()
    except LockedError as error:
        first = run.stacks_left[0]
        return _failed(
            f"{first} is locked by {error}; stop that process first, or set --lost to its host if the host is gone; then run "
            f"this again: {counted(len(run.stacks_left), 'stack')} and the folder are left"
        )
    options.removes_folder = True
    _say(f"removed the stacks and the folder; the report is still in {file}")
    return 0


def _report_on(options: argparse.Namespace, incident: Incident, outcomes: Outcomes) -> int:
    outcomes.keep()
    file = options.output or options.csv.with_name(f"{options.csv.stem}-report.csv")
    outcomes.merge(report.earlier_outcomes(file))
    forgotten = report.lost_outcomes(file, outcomes)
    if not forgotten:
        report.write_report(file, incident, outcomes)
    _say(report.result_table(incident, outcomes))
    if forgotten:
        return _failed(
            f"{file} has outcomes of {counted(len(forgotten), 'order')} that the stacks no longer hold, such as "
            f"{forgotten[0]}, so it was not overwritten; set another --output to write what the stacks hold now"
        )
    _say(f"the outcome of every order is in {file}")
    return 0 if all(outcomes[order_id].is_good for order_id in incident.orders) else 1


def _show_plan(run: Run, found: dict[int, Finding], forgotten: int) -> None:
    run.progress.clear()
    _say(report.plan_table(run.incident, found, forgotten))
    to_send = sum(finding.expected in TO_SEND for finding in found.values())
    _say(
        f"{counted(to_send, 'request')} in {counted(run.split.count, 'stack')}: at least "
        f"{duration(to_send * run.pace.interval)} at {60 / run.pace.interval:.0f} calls a minute"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{masked(text)}\n")
    sys.stdout.flush()


def _is_confirmed(question: str = _QUESTION) -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("confirmation needs a terminal; set --yes to continue without it\n")
        return False
    try:
        return input(question).strip().lower() == "yes"
    except EOFError:  # Ctrl-D
        _say("")
        return False


@contextlib.contextmanager
def _prepared(options: argparse.Namespace) -> Iterator[tuple[Incident, Run]]:
    """Read the file, find the Pulumi CLI, and set up a run. A lock keeps other starts of the run out until it ends."""
    name = _name(options)
    folder = options.csv.with_name(f"{name}.run").absolute()
    defaults = _defaults(options, folder)
    checked = rows.read(options.csv, defaults=defaults)
    if options.output and not options.output.parent.is_dir():
        raise WrongArgumentError(f"--output: the folder {options.output.parent} does not exist")
    folder.mkdir(exist_ok=True)
    with locked(folder):
        record = Record(folder / "events.jsonl")
        os.environ |= {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(folder / "calls.log"), "TZ": "UTC"}
        os.environ[events.VARIABLE] = str(record.file)
        if hasattr(time, "tzset"):  # the log has local times: UTC doesn't go back by an hour
            time.tzset()
        log.start()
        pace = _pace(options.machines) if options.asks_digicert else Pace()
        incident = _with_orders(options, checked, defaults, folder) if checked.named else checked
        run_files.write(folder / _DEFAULTS, json.dumps(defaults))
        orders = incident.orders
        progress = Progress(sys.stderr, orders, record.count, pace.interval)
        stacks = Stacks(_engine(), folder, record, progress.say)
        existing = stacks.names()
        try:
            yield (
                incident,
                Run(
                    incident,
                    split(name, len(orders), options.stack_size, existing, machines=options.machines),
                    stacks,
                    existing,
                    Outcomes(orders, folder / "outcomes.json", progress.say),
                    record,
                    pace,
                    progress,
                    lost=options.lost,
                    is_alone=options.machines == 1,
                    forgets=options.forgets,
                ),
            )
        finally:
            progress.clear()
    if options.removes_folder:
        shutil.rmtree(folder)


def _defaults(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """Return the values for rows without a cell in a column. A report uses those of the run's last start."""
    if "comments" not in options:
        return run_files.load(folder / _DEFAULTS, dict[str, str], lambda _: None) or {}
    if holds_a_key(options.comments or ""):
        raise WrongArgumentError(
            "--comments holds the API key, which would be stored in files and sent to DigiCert; remove it"
        )
    given = {"comments": options.comments, "revocation_reason": options.reason}
    return {name: value for name, value in given.items() if value}


def _with_orders(
    options: argparse.Namespace, checked: Incident, defaults: dict[str, str], folder: Path
) -> Incident:
    """Find the orders of the certificates that the rows name, and read the file again with these orders.

    Raises:
        BadRowsError: A certificate has no order, or its order can't be revoked for it.
        SettingsError: The configuration can't be used.
        CertCentralError: A call fails.
    """
    with Bar(sys.stderr) as bar:
        certificates = Certificates(folder / "certificates.json", bar.say)
        if options.asks_digicert:
            certificates.find(connect(resolve(_CONFIG), bar.say), checked.named, bar.note)
    narrow = not getattr(options, "whole_orders", True)
    order_of = certificates.exclusive_order_of(checked.named) if narrow else certificates.order_of
    return rows.read(options.csv, defaults=defaults, order_of=order_of)


def _name(options: argparse.Namespace) -> str:
    """Return the name of the run.

    Raises:
        WrongArgumentError: Pulumi doesn't allow the name for stacks.
    """
    of_file = re.sub(r"[^\w.-]+", "-", options.csv.stem, flags=re.ASCII).strip("-.") or "incident"
    name: str = options.name or of_file
    if _NAME.fullmatch(name):
        return name
    raise WrongArgumentError(
        f"{name!r} cannot be the name of a run; set --name to at most 80 letters, digits, `-`, `.` and `_`, starting "
        "with a letter, a digit or `_`"
    )


def _pace(machines: int) -> Pace:
    """Set this machine's share of the pace for all its processes, and return the resulting pace.

    Raises:
        SettingsError: The configuration can't be used.
    """
    resolve(_CONFIG)  # raises SettingsError if the share is wrong
    part, _, whole = (os.environ.get("DIGICERT_REQUEST_SHARE") or "1").partition("/")
    os.environ["DIGICERT_REQUEST_SHARE"] = repr(float(part) / float(whole or 1) / machines)
    return resolve(_CONFIG).pace


def _engine() -> Path:
    """Return the folder of the Pulumi CLI on PATH.

    Raises:
        EngineError: The Pulumi CLI isn't on PATH.
    """
    if found := shutil.which("pulumi"):
        return Path(found).parent
    raise EngineError("`pulumi` is not on PATH; install Pulumi: https://www.pulumi.com/docs/install/")


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "incident",
        help="revoke all the orders of a CSV, split across stacks",
        description="Revoke all the CertCentral orders of an incident, read from a CSV.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    steps = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, about in (
        ("plan", _plan, "show what a run would do; sends nothing"),
        ("run", _run, "revoke the orders, or resume an interrupted run"),
        ("report", _report, "report the outcome of each order"),
        ("clean", _clean, "remove the stacks and the folder of a finished run; sends nothing"),
    ):
        each = steps.add_parser(
            name, help=about, description=f"{about[0].upper()}{about[1:]}.", allow_abbrev=False
        )
        each.set_defaults(run=_run_command, command=command, removes_folder=False)
        _add_options(each, name)
    incident_decide.add_to(steps)


def _add_options(parser: argparse.ArgumentParser, command: str) -> None:
    add = parser.add_argument
    add("csv", type=Path, metavar="CSV", help="file with the orders")
    add("--name", help="name of the run, and prefix of its stacks (default: the name of the file)")
    add("--output", type=Path, metavar="FILE", help="CSV to write (default: in the folder of the file)")
    add(
        "--machines",
        type=_positive,
        default=1,
        metavar="N",
        help="number of machines that work on the run; each uses its share of the pace (default: 1)",
    )
    if command == "report":
        add(
            "--refresh",
            dest="asks_digicert",
            action="store_true",
            help="read the outcomes from DigiCert first",
        )
        parser.set_defaults(stack_size=_STACK_SIZE)
    elif command == "clean":
        parser.set_defaults(stack_size=_STACK_SIZE, asks_digicert=False)
        add("--yes", action="store_true", help="remove without confirmation")
    else:
        parser.set_defaults(asks_digicert=True)
        add("--comments", type=_text, metavar="TEXT", help="comments for rows without comments")
        add("--reason", choices=REVOCATION_REASONS, help="revocation reason for rows without a reason")
        add(
            "--whole-orders",
            action="store_true",
            help="if rows name certificates, revoke their orders even if the orders hold other certificates",
        )
        add(
            "--stack-size",
            type=_positive,
            default=_STACK_SIZE,
            metavar="N",
            help="approximate number of orders in a stack of a new run (default: %(default)s)",
        )
    if command == "run":
        add("--yes", action="store_true", help="send without confirmation")
        add(
            "--forget",
            dest="forgets",
            action="store_true",
            help="remove orders that are not in the file from the stacks; DigiCert keeps their requests",
        )
    else:
        parser.set_defaults(forgets=False)
    if command == "plan":
        parser.set_defaults(lost=[])
    else:
        add(
            "--lost",
            action="append",
            default=[],
            metavar="HOST",
            help="host that no longer works on the run; its locks are removed; can be repeated",
        )


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MOST}")
    return number
