"""`digicert-pulumi evidence`: prove that certificates are published as revoked."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.cli import configuration
from digicert_pulumi.cli.bar import Bar
from digicert_pulumi.cli.import_ import order_id
from digicert_pulumi.incident import report, rows, run_files
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.runtime.settings import resolve
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from cryptography import x509

    from digicert_pulumi.evidence.proof import Evidence, Prover
    from digicert_pulumi.evidence.subjects import Claim

_MOST_SECONDS = 7 * 24 * 3600

_LARGEST_CHAIN = 16 * 2**20

_NO_COMMENTS = "-"
"""Placeholder for missing comments in a file: the rows need comments, and evidence doesn't."""

_EPILOG = """\
Without orders and without --report, it checks the revocations in the stack's state. An answer counts only if it is
verified: signed by the certificate's own issuer, about this certificate, and current. Sends only GET to DigiCert.

  digicert-pulumi evidence 123456789 --html evidence.html
  digicert-pulumi evidence --stack prod --csv evidence.csv --wait 3600
  digicert-pulumi evidence --report incident-42-report.csv --html incident-42.html --json incident-42.json

Exit code: 0 if every certificate is published as revoked; 1 if not, or if something couldn't be read; 2 if an argument is
wrong; 130 after Ctrl-C.
"""


class _UnusableError(Exception):
    """An argument can't be used. The message explains why."""


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "evidence",
        help="prove that certificates are published as revoked, with requester and processor",
        description="Verify the CRL and the OCSP answer of every certificate, and write them as evidence.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("orders", nargs="*", type=order_id, metavar="ORDER", help="id of an order")
    add("--report", type=Path, metavar="FILE", help="take the orders from an incident's report or file")
    add(
        "--chain",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="take certificates and issuers from a PEM file instead of CertCentral; can be repeated",
    )
    add(
        "--wait",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="poll until all certificates are published as revoked, at most this long",
    )
    for name in ("json", "csv", "html"):
        add(f"--{name}", type=Path, metavar="FILE", help=f"write the evidence as {name.upper()}")
    configuration.add_options(parser)
    parser.set_defaults(run=_run)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > _MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"must be a number of seconds from 0 to {_MOST_SECONDS}")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    # Not at the top: the other commands don't need X.509.
    from digicert_pulumi.evidence import proof  # noqa: PLC0415

    try:
        claims = _claims(options)
        chain = [each for file in options.chain for each in _certificates(file)]
    except (_UnusableError, rows.BadRowsError) as error:
        sys.stderr.write(f"error: {printable(masked(str(error)), None)}\n")
        return 2
    prover = _prover(options, chain)
    with Bar(sys.stderr) as bar:
        evidence = prover.prove(claims, lambda done: bar.note(done, len(claims)))
    if options.wait:
        evidence = proof.wait(prover, evidence, options.wait, clock=time.monotonic, sleep=time.sleep)
    _write(options, evidence)
    return 0 if evidence.is_complete else 1


def _prover(options: argparse.Namespace, chain: list[x509.Certificate]) -> Prover:
    from digicert_pulumi.evidence.fetch import Fetcher  # noqa: PLC0415
    from digicert_pulumi.evidence.proof import Prover  # noqa: PLC0415

    client = connect(resolve(configuration.read(options.stack).get), _say)
    return Prover(client, Fetcher(), chain, lambda: datetime.now(timezone.utc), _say)


def _claims(options: argparse.Namespace) -> list[Claim]:
    """Return the revocations to prove.

    Raises:
        _UnusableError: There are no revocations, or they are given in two ways.
        BadRowsError: The file can't be used.
        ConfigurationError: The state can't be read.
    """
    from digicert_pulumi.evidence import state_claims  # noqa: PLC0415
    from digicert_pulumi.evidence.subjects import Claim  # noqa: PLC0415

    if options.orders and options.report:
        raise _UnusableError("pass orders or --report, not both")
    if options.orders:
        return [Claim(each) for each in dict.fromkeys(options.orders)]
    if options.report:
        return _claims_of_file(options.report)
    try:
        found = state_claims.claims(configuration.state(options.stack))
    except ValueError as error:
        raise _UnusableError(f"the stack: {error}") from None
    if not found:
        raise _UnusableError("the stack's state holds no revocations; pass orders or --report")
    return found


def _claims_of_file(path: Path) -> list[Claim]:
    from digicert_pulumi.evidence.subjects import Claim  # noqa: PLC0415

    incident = rows.read(path, defaults={"comments": _NO_COMMENTS})
    if unnamed := sum(each.order_id is None for each in incident.named):
        raise _UnusableError(
            f"{path}: {unnamed} rows name a certificate without an order_id; add the column order_id"
        )
    outcomes = report.outcomes_in(incident)
    return [
        Claim(
            each,
            comments="" if asked["comments"] == _NO_COMMENTS else str(asked["comments"]),
            reason=str(asked.get("revocation_reason") or ""),
            request_id=outcomes[each].request_id if outcomes else None,
        )
        for each, asked in incident.orders.items()
    ]


def _certificates(path: Path) -> list[x509.Certificate]:
    """Read the certificates of a PEM file.

    Raises:
        _UnusableError: The file holds no certificates.
        OSError: The file can't be read.
    """
    from cryptography import x509  # noqa: PLC0415

    try:
        if path.stat().st_size > _LARGEST_CHAIN:
            raise _UnusableError(f"{path} is larger than {_LARGEST_CHAIN // 2**20} MiB")
        return x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        raise _UnusableError(f"{path} holds no certificates in PEM") from None


def _write(options: argparse.Namespace, evidence: Evidence) -> None:
    from digicert_pulumi.evidence import page, tables  # noqa: PLC0415
    from digicert_pulumi.evidence.document import document  # noqa: PLC0415

    found = document(evidence)
    if options.json:
        run_files.write(options.json, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    if options.csv:
        run_files.write(options.csv, tables.csv_text(found))
    if options.html:
        run_files.write(options.html, page.page(found))
    sys.stdout.write(f"{tables.table(found)}\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{printable(masked(line), None)}\n")
