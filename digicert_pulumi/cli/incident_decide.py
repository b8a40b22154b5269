"""`digicert-pulumi incident approve` and `reject`: decide on the requests of a run, with an administrator's key."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import CertCentralError
from digicert_pulumi.incident import report, rows
from digicert_pulumi.incident.deciding import KINDS, OPEN, SETTLED, Deciding, HopelessError, is_unconfirmed
from digicert_pulumi.incident.files import AtWorkError, alone
from digicert_pulumi.incident.journal import Journal
from digicert_pulumi.incident.outcomes import REJECTED, rejection
from digicert_pulumi.incident.progress import Progress, duration
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.words import told
from digicert_pulumi.revoking.approval import Approval
from digicert_pulumi.runtime import cancellation, events, log
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import hide, holds_a_key, masked
from digicert_pulumi.runtime.settings import SettingsError, api_keys, resolve

if TYPE_CHECKING:
    from types import FrameType

    from digicert_pulumi.incident.deciding import Standing
    from digicert_pulumi.incident.outcomes import Outcome
    from digicert_pulumi.incident.rows import Incident

_CONFIG = dict[str, str]().get
"""The environment is all the configuration that a run has."""

_SHOWN = 10
"""How many of the requests with a reason are shown."""

_DECISIONS = {"approve": "approved", "reject": "rejected"}

_QUESTIONS = {
    "approve": "Approve them? DigiCert then revokes the certificates, which cannot be undone. Type yes: ",
    "reject": "Reject them? The certificates stay valid. Type yes: ",
}

_EPILOG = """\
Takes the ids of the requests from the report: FILE, or the report beside it. The API key in the environment
(DIGICERT_API_KEY) must be an administrator's. To resume after any stop, start the command again. Each request is decided
once.

Exit code: 0 if every request is decided so; 1 if something is left, see the output; 2 if the arguments or rows of the file
are wrong; 130 after Ctrl-C or SIGTERM.
"""


class _WrongFileError(Exception):
    """The file tells of no request. Nothing was sent."""


def add_to(steps: argparse._SubParsersAction[Any]) -> None:
    """Add the two commands to those of `incident`."""
    for name, decision in _DECISIONS.items():
        about = f"{name} the requests of a run, with an administrator's key"
        parser = steps.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add = parser.add_argument
        add("csv", type=Path, metavar="FILE", help="file of the run, or its report")
        add("--comment", type=_text, metavar="TEXT", help="message to the requester")
        add(
            "--allow-own-requests",
            action="store_true",
            help="decide also on requests of the key's own user",
        )
        add("--yes", action="store_true", help=f"{name} without asking")
        parser.set_defaults(run=_command, verb=name, decision=decision)


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _command(options: argparse.Namespace) -> int:
    """Run one of the two commands and return its exit code."""
    hide(api_keys(_CONFIG))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _decide(options)
    except (rows.BadRowsError, _WrongFileError) as error:
        sys.stderr.write(f"{error}\nnothing was sent\n")
        return 2
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (AtWorkError, CertCentralError, SettingsError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130


@dataclass(frozen=True)
class _Job:
    """One start of a command.

    Attributes:
        options: The arguments.
        file: The report.
        incident: Its rows.
        outcomes: What it tells, by order.
    """

    options: argparse.Namespace
    file: Path
    incident: Incident
    outcomes: dict[int, Outcome]

    def decide(self, folder: Path) -> int:
        """Show the requests, decide on them and report.

        Args:
            folder: What belongs to the run on this machine.
        """
        record = _record(folder)
        settings = resolve(_CONFIG)
        approvals = _approvals(self.outcomes, self.options)
        progress = Progress(sys.stderr, approvals, record.count, settings.pace.interval, noun="request")
        client = connect(settings, progress.say)
        decider = client.get_user()
        if not decider.is_administrator:
            return _failed(
                "only an administrator decides on a revocation, and this key's user is none; nothing was sent; "
                "set DIGICERT_API_KEY to the key of an administrator"
            )
        deciding = Deciding(
            client,
            decider,
            approvals,
            Journal(folder / "decisions.jsonl"),
            settings.pace,
            settings.settle_timeout,
            note=progress.note,
            sleep=cancellation.process.sleep,
        )
        progress.step("reading the requests")
        deciding.survey()
        progress.clear()
        if left := self._show(deciding.standings, OPEN):
            rate = 60 / settings.pace.interval
            _say(f"at least {duration(left * settings.pace.interval)} at {rate:.0f} calls a minute")
            if not self.options.yes and not _is_confirmed(self.options.verb):
                return _failed("nothing was sent")
        return self._work(deciding, progress)

    def _work(self, deciding: Deciding, progress: Progress) -> int:
        """Make the decisions that are left, write the report, and return the exit code."""
        problem = None
        _listen(progress)
        progress.begin({id_ for id_, standing in deciding.standings.items() if standing.kind != OPEN})
        progress.step(self.options.decision)
        began = time.time()
        revoked: set[int] = set()
        try:
            deciding.decide()
            deciding.confirm()
            if self.options.decision == "approved":
                revoked = _revoked_since(deciding, began)
        except (CertCentralError, HopelessError) as error:
            problem = str(error)
        progress.end()
        report.write_report(self.file, self.incident, _decided(self.outcomes, deciding.standings, revoked))
        self._show(deciding.standings, *(kind for kind in KINDS if kind not in SETTLED))
        _say(f"every order: {self.file}")
        if cancellation.process.interrupted():
            return 130
        if problem:
            return _failed(f"{problem}; what was decided stands, and the next start goes on")
        standings = deciding.standings.values()
        return 0 if all(each.kind in SETTLED and not is_unconfirmed(each) for each in standings) else 1

    def _show(self, standings: dict[int, Standing], *listed: str) -> int:
        """Print how many requests stand how, and the first of some kinds; return how many are to be decided."""
        counts = Counter(standing.kind for standing in standings.values())
        _say("\n".join(f"{kind:<18}{counts[kind]:>8,}" for kind in KINDS if counts[kind]))
        about = {outcome.request_id: order_id for order_id, outcome in self.outcomes.items()}
        shown = [
            f"order {about[id_]}, request {id_}: {standing.why or standing.kind}"
            f"{report.own_cells(self.incident, about[id_])}"
            for id_, standing in standings.items()
            if standing.kind in listed or standing.why
        ]
        _say("\n".join(shown[:_SHOWN]))
        if len(shown) > _SHOWN:
            _say(f"... and {len(shown) - _SHOWN:,} more")
        return counts[OPEN]


def _decide(options: argparse.Namespace) -> int:
    if options.comment and holds_a_key(options.comment):
        return _failed("--comment holds the API key, which would then stand at DigiCert; nothing was sent")
    file, incident, outcomes = _report_of(options.csv)
    folder = file.with_name(f"{file.stem.removesuffix('-report')}.run").absolute()
    folder.mkdir(exist_ok=True)
    with alone(folder):
        return _Job(options, file, incident, outcomes).decide(folder)


def _report_of(path: Path) -> tuple[Path, Incident, dict[int, Outcome]]:
    """Return the report that a file is or has beside it, and what it tells.

    Raises:
        BadRowsError: The file cannot be used.
        _WrongFileError: There is no report.
    """
    incident = rows.read(path)
    outcomes = report.outcomes_in(incident)
    if not outcomes:
        path = path.with_name(f"{path.stem}-report.csv")
        if not path.exists():
            raise _WrongFileError(
                f"there is no report {path}, which tells the requests: run `digicert-pulumi incident report` first"
            )
        incident = rows.read(path)
        outcomes = report.outcomes_in(incident)
    if not any(outcome.request_id for outcome in outcomes.values()):
        raise _WrongFileError(f"{path} tells of no request")
    return path, incident, outcomes


def _record(folder: Path) -> Record:
    """Have this process write down its calls where the run's processes do."""
    record = Record(folder / "events.jsonl")
    os.environ |= {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(folder / "calls.log"), "TZ": "UTC"}
    os.environ[events.VARIABLE] = str(record.file)
    if hasattr(time, "tzset"):
        time.tzset()
    log.start()
    return record


def _approvals(outcomes: dict[int, Outcome], options: argparse.Namespace) -> dict[int, Approval]:
    """Return what is to be decided, by request."""
    return {
        outcome.request_id: Approval(
            outcome.request_id,
            options.decision,
            options.comment,
            allow_own_request=options.allow_own_requests,
            expected_order_id=order_id,
        )
        for order_id, outcome in outcomes.items()
        if outcome.request_id is not None
    }


def _revoked_since(deciding: Deciding, began: float) -> set[int]:
    """Return the orders that DigiCert shows as revoked since a moment: with one call, whatever their number."""
    seconds = min(604_800, int(time.time() - began) + 600)
    return {
        change.order_id for change in deciding.client.status_changes(seconds) if change.status == "revoked"
    }


def _decided(
    outcomes: dict[int, Outcome], standings: dict[int, Standing], revoked: set[int]
) -> dict[int, Outcome]:
    """Return what the report is to tell of each order."""
    known = {}
    for order_id, outcome in outcomes.items():
        standing = standings.get(outcome.request_id or 0)
        known[order_id] = _with(outcome, order_id, standing, revoked) if standing else outcome
    return known


def _with(outcome: Outcome, order_id: int, standing: Standing, revoked: set[int]) -> Outcome:
    told_of = replace(
        outcome,
        status=standing.status or outcome.status,
        revoked=outcome.revoked or order_id in revoked,
        processor=standing.processor or outcome.processor,
        processor_comment=standing.comment or outcome.processor_comment,
        date_processed=standing.date or outcome.date_processed,
    )
    if standing.status == "rejected" and outcome.request_id is not None and not told_of.revoked:
        why = rejection(order_id, outcome.request_id, told_of.processor_comment)
        return replace(told_of, kind=REJECTED, why=why)
    return told_of


def _listen(progress: Progress) -> None:
    """Let the first Ctrl-C or SIGTERM end what is under way, and the second one at once."""

    def interrupted(_: int, __: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        cancellation.process.cancel()
        progress.say("stopping when the calls that are under way have ended; Ctrl-C again stops at once")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)


def _is_confirmed(verb: str) -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("this is no terminal: give --yes where nobody can be asked\n")
        return False
    try:
        return input(_QUESTIONS[verb]).strip().lower() == "yes"
    except EOFError:  # Ctrl-D
        _say("")
        return False


def _say(text: str) -> None:
    if text:
        sys.stdout.write(f"{masked(text)}\n")
        sys.stdout.flush()


def _failed(reason: str) -> int:
    sys.stderr.write(f"error: {told(reason)}\n")
    return 1
