"""`digicert-pulumi incident approve` and `reject`: approve or reject the requests of a run as an administrator."""

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
from digicert_pulumi.incident.journal import Journal
from digicert_pulumi.incident.outcomes import REJECTED, rejection
from digicert_pulumi.incident.progress import Progress, duration
from digicert_pulumi.incident.record import Record
from digicert_pulumi.incident.run_files import AlreadyRunningError, locked
from digicert_pulumi.incident.words import listed, told
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
"""A run reads its configuration from the environment only."""

_SHOWN = 10
"""Maximum number of requests that are printed with their reason."""

_DECISIONS = {"approve": "approved", "reject": "rejected"}

_QUESTIONS = {
    "approve": "Approve these requests? DigiCert then revokes the certificates, which cannot be undone. Type yes: ",
    "reject": "Reject these requests? The certificates stay valid. Type yes: ",
}

_EPILOG = """\
Reads the ids of the requests from the report: FILE itself, or the report of FILE in the same folder. The API key in the
environment (DIGICERT_API_KEY) must be an administrator's. To resume after any interruption, start the command again. It
decides on each request once.

Exit code: 0 if every request has this decision, and DigiCert shows the orders that were approved as revoked; 1 if not (see
the output); 2 if the arguments or rows of the file are wrong; 130 after Ctrl-C or SIGTERM.
"""


class _WrongFileError(Exception):
    """The file holds no requests. Nothing was sent."""


def add_to(steps: argparse._SubParsersAction[Any]) -> None:
    """Add the two commands to those of `incident`."""
    for name, decision in _DECISIONS.items():
        about = f"{name} the requests of a run, with an administrator's API key"
        parser = steps.add_parser(
            name,
            help=about,
            description=f"{about[0].upper()}{about[1:]}.",
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        add = parser.add_argument
        add("csv", type=Path, metavar="FILE", help="the run's file with the orders, or its report")
        add("--comment", type=_text, metavar="TEXT", help="message to the requester")
        add(
            "--allow-own-requests",
            action="store_true",
            help=f"{name} requests of the API key's own user too",
        )
        add("--yes", action="store_true", help=f"{name} without confirmation")
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
    except (AlreadyRunningError, CertCentralError, SettingsError) as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return 130


@dataclass(frozen=True)
class _Job:
    """One start of a command.

    Attributes:
        options: The arguments.
        file: The report.
        incident: The rows of the report.
        outcomes: The outcomes in the report, by order.
    """

    options: argparse.Namespace
    file: Path
    incident: Incident
    outcomes: dict[int, Outcome]

    def decide(self, folder: Path) -> int:
        """Show the requests, decide on them and report.

        Args:
            folder: The run's folder on this machine.
        """
        record = _record(folder)
        settings = resolve(_CONFIG)
        approvals = _approvals(self.outcomes, self.options)
        progress = Progress(sys.stderr, approvals, record.count, settings.pace.interval, noun="request")
        client = connect(settings, progress.say)
        decider = client.get_user()
        if not decider.is_administrator:
            return _failed(
                "only an administrator can approve or reject requests, and the API key's user is not an administrator; "
                "nothing was sent; set DIGICERT_API_KEY to the key of an administrator"
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
        """Make the remaining decisions, write the report, and return the exit code."""
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
                revoked = deciding.revoked_since(began)
        except (CertCentralError, HopelessError) as error:
            problem = str(error)
        progress.end()
        report.write_report(self.file, self.incident, _decided(self.outcomes, deciding.standings, revoked))
        self._show(deciding.standings, *(kind for kind in KINDS if kind not in SETTLED))
        _say(f"the outcome of every order is in {self.file}")
        if cancellation.process.interrupted():
            return 130
        if problem:
            return _failed(f"{problem}; decisions that were made are kept; start the command again to resume")
        standings = deciding.standings.values()
        are_settled = all(each.kind in SETTLED and not is_unconfirmed(each) for each in standings)
        alive = sorted(deciding.decided_orders() - revoked) if self.options.decision == "approved" else []
        if alive:
            _say(
                f"approved, but not in DigiCert's list of revoked orders: {'orders' if alive[1:] else 'order'} "
                f"{listed(list(map(str, alive)), _SHOWN)}; a request may be for a "
                "certificate of the order; run `digicert-pulumi incident report --refresh`"
            )
        return 0 if are_settled and not alive else 1

    def _show(self, standings: dict[int, Standing], *listed: str) -> int:
        """Print the number of requests of each kind, and list the first requests of some kinds.

        Args:
            standings: The requests.
            listed: The kinds to list.

        Returns:
            How many requests are still to be decided.
        """
        counts = Counter(standing.kind for standing in standings.values())
        _say("\n".join(f"{kind:<18}{counts[kind]:>8,}" for kind in KINDS if counts[kind]))
        order_of = {outcome.request_id: order_id for order_id, outcome in self.outcomes.items()}
        shown = [
            f"order {order_of[id_]}, request {id_}: {standing.why or standing.kind}"
            f"{report.user_cells(self.incident, order_of[id_])}"
            for id_, standing in standings.items()
            if standing.kind in listed or standing.why
        ]
        _say("\n".join(shown[:_SHOWN]))
        if len(shown) > _SHOWN:
            _say(f"... and {len(shown) - _SHOWN:,} more")
        return counts[OPEN]


def _decide(options: argparse.Namespace) -> int:
    if options.comment and holds_a_key(options.comment):
        return _failed(
            "--comment holds the API key, which would be sent to DigiCert; remove it; nothing was sent"
        )
    file, incident, outcomes = _report_of(options.csv)
    folder = file.with_name(f"{file.stem.removesuffix('-report')}.run").absolute()
    folder.mkdir(exist_ok=True)
    with locked(folder):
        return _Job(options, file, incident, outcomes).decide(folder)


def _report_of(path: Path) -> tuple[Path, Incident, dict[int, Outcome]]:
    """Read the report: a file itself, or the report of the file in the same folder.

    Returns:
        The path of the report, its rows, and its outcomes by order.

    Raises:
        BadRowsError: The file can't be used.
        _WrongFileError: There is no report, or it holds no requests.
    """
    incident = rows.read(path)
    outcomes = report.outcomes_in(incident)
    if not outcomes:
        path = path.with_name(f"{path.stem}-report.csv")
        if not path.exists():
            raise _WrongFileError(
                f"the report {path}, which holds the ids of the requests, does not exist; "
                "run `digicert-pulumi incident report` first"
            )
        incident = rows.read(path)
        outcomes = report.outcomes_in(incident)
    if not any(outcome.request_id for outcome in outcomes.values()):
        raise _WrongFileError(f"{path} holds no requests")
    return path, incident, outcomes


def _record(folder: Path) -> Record:
    """Log this process's calls to the files of the run's processes."""
    record = Record(folder / "events.jsonl")
    os.environ |= {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(folder / "calls.log"), "TZ": "UTC"}
    os.environ[events.VARIABLE] = str(record.file)
    if hasattr(time, "tzset"):
        time.tzset()
    log.start()
    return record


def _approvals(outcomes: dict[int, Outcome], options: argparse.Namespace) -> dict[int, Approval]:
    """Return the decisions to make, by request."""
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


def _decided(
    outcomes: dict[int, Outcome], standings: dict[int, Standing], revoked: set[int]
) -> dict[int, Outcome]:
    """Return the outcomes for the report: the earlier ones, updated with the requests' state."""
    known = {}
    for order_id, outcome in outcomes.items():
        standing = standings.get(outcome.request_id or 0)
        known[order_id] = _with(outcome, order_id, standing, revoked) if standing else outcome
    return known


def _with(outcome: Outcome, order_id: int, standing: Standing, revoked: set[int]) -> Outcome:
    updated = replace(
        outcome,
        status=standing.status or outcome.status,
        revoked=outcome.revoked or order_id in revoked,
        processor=standing.processor or outcome.processor,
        processor_comment=standing.comment or outcome.processor_comment,
        date_processed=standing.date or outcome.date_processed,
    )
    if standing.status == "rejected" and outcome.request_id is not None and not updated.revoked:
        why = rejection(order_id, outcome.request_id, updated.processor_comment)
        return replace(updated, kind=REJECTED, why=why)
    return updated


def _listen(progress: Progress) -> None:
    """Handle Ctrl-C and SIGTERM: the first one stops after the calls in flight, the second one stops immediately."""

    def interrupted(_: int, __: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        cancellation.process.cancel()
        progress.say("stopping after the calls in flight; press Ctrl-C again to stop immediately")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupted)


def _is_confirmed(verb: str) -> bool:
    if not sys.stdin.isatty():
        sys.stderr.write("confirmation needs a terminal; set --yes to continue without it\n")
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
