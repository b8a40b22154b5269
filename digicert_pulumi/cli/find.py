"""`digicert-pulumi find`: find orders by certificates, thumbprints, serial numbers, keys and hosts."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.cli import configuration, listing
from digicert_pulumi.cli.bar import Bar
from digicert_pulumi.orders.selection import NotWholeError, Selection, TooManyError
from digicert_pulumi.resources.fields import REVOCATION_REASONS
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.runtime.settings import resolve
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from digicert_pulumi.finding import Result, Wanted

_EPILOG = """\
Each option can be repeated. A serial number, a thumbprint or a certificate costs one call, or a few for a duplicate. A key
is compared with the CSR of each order that matches the filters: one call for each order. Only the public key of a private
key is used; the private key is never sent, logged or stored.

  digicert-pulumi find --certificate leaked.pem --csv incident-42.csv
  digicert-pulumi find --key leaked.key --common-name '*.example.com'
  digicert-pulumi find --host www.example.com:8443 --program >> __main__.py

Exit code: 0 if everything was found; 1 if something was not found or could not be compared; 2 if an argument is wrong.
"""


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "find",
        help="find orders by serial number, thumbprint, certificate, key or host",
        description="Find orders by serial number, thumbprint, certificate, key or host. Sends only GET.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_wanted(parser.add_argument_group("what to find"))
    _add_filters(parser.add_argument_group("orders to compare a key with"))
    _add_output(parser.add_argument_group("output"))
    configuration.add_options(parser)
    parser.set_defaults(run=_run)


def _add_wanted(group: argparse._ArgumentGroup) -> None:
    def add(name: str, metavar: str, help_: str, kind: type = str) -> None:
        group.add_argument(name, action="append", default=[], metavar=metavar, type=kind, help=help_)

    add("--serial", "NUMBER", "serial number, hexadecimal in any spelling")
    group.add_argument("--decimal", action="store_true", help="read serial numbers as decimal")
    add("--thumbprint", "HEX", "SHA-1 or SHA-256 thumbprint")
    add("--certificate", "PATH", "file (PEM, DER, a chain) or folder with certificates", Path)
    add("--key", "FILE", "private key, public key or request (CSR)", Path)
    add("--host", "HOST[:PORT]", "host that serves the certificate (default port: 443)")
    group.add_argument(
        "--column",
        action="append",
        default=[],
        nargs=2,
        metavar=("FILE", "NAME"),
        help="column of a CSV with serial numbers or thumbprints",
    )


def _add_filters(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add(
        "--all-certificates",
        action="store_true",
        help="if CertCentral finds no order, compare with the duplicates and reissues of each order too",
    )
    add(
        "--status",
        action="append",
        default=[],
        metavar="STATUS",
        help="orders with this status; can be repeated",
    )
    add("--common-name", metavar="NAME", help="orders with this common name; * matches any characters")
    add("--organization", metavar="NAME", help="orders of this organization, by its name or id")
    add("--container", metavar="NAME", help="orders of this container (division), by its name or id")
    add("--product", metavar="NAME", help="orders of this product, by its name or name id")
    add(
        "--valid-till-after",
        type=_day,
        metavar="DATE",
        help="certificates that expire after this day, yyyy-mm-dd",
    )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{printable(text, 40)!r} is not a date, yyyy-mm-dd") from None


def _add_output(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--csv", type=Path, metavar="FILE", help="write a CSV for `digicert-pulumi incident`")
    add("--comments", metavar="TEXT", help="comments of the revocations, for --csv and --program")
    add("--reason", choices=REVOCATION_REASONS, help="revocation reason, for --csv and --program")
    add("--program", action="store_true", help="print program lines instead of a description")


def _run(options: argparse.Namespace) -> int:
    # Not at the top: the other commands don't need X.509.
    from digicert_pulumi.finding import NotUsableError, find  # noqa: PLC0415

    try:
        wanted = _wanted(options)
        selection = _selection(options)
    except NotUsableError as error:
        return _failed(str(error), 2)
    if not wanted:
        return _failed(
            "nothing to find: set --serial, --thumbprint, --certificate, --key, --host or --column", 2
        )
    if options.program and not options.comments:
        return _failed("--program needs --comments: they are required for every revocation", 2)
    with Bar(sys.stderr) as bar:
        client = connect(resolve(configuration.read(options.stack).get), bar.say)
        try:
            result = find(
                client,
                wanted,
                selection,
                all_certificates=options.all_certificates,
                note=bar.note,
                report=bar.say,
            )
        except (TooManyError, NotWholeError) as error:
            return _failed(str(error) or "too many orders match", 1)
    return _report(options, result)


def _wanted(options: argparse.Namespace) -> list[Wanted]:
    """Read what to find.

    Raises:
        NotUsableError: An argument or its file can't be read.
    """
    from digicert_pulumi.finding import (  # noqa: PLC0415 - as above
        by_certificate_file,
        by_column,
        by_host,
        by_key_file,
        by_serial_number,
        by_thumbprint,
    )

    wanted = [by_serial_number(each, decimal=options.decimal) for each in options.serial]
    wanted += [by_thumbprint(each) for each in options.thumbprint]
    for path in options.certificate:
        wanted += by_certificate_file(path)
    wanted += [by_key_file(path) for path in options.key]
    wanted += [by_host(each) for each in options.host]
    for file, name in options.column:
        wanted += by_column(Path(file), name, decimal=options.decimal)
    return list(dict.fromkeys(wanted))


def _selection(options: argparse.Namespace) -> Selection:
    return Selection(
        statuses=tuple(options.status),
        common_name=options.common_name,
        organization=_name_or_id(options.organization),
        container=_name_or_id(options.container),
        product=options.product,
        valid_till_after=options.valid_till_after,
    )


def _name_or_id(text: str | None) -> str | int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else text


def _report(options: argparse.Namespace, result: Result) -> int:
    """Print the result, write the CSV, and return the exit code."""
    if options.program:
        _say(listing.program(result, options.comments, options.reason))
    else:
        _say(listing.text(result))
    if options.csv and result.found:
        listing.write_csv(options.csv, result, options.comments, options.reason)
        orders = len({each.order.id for each in result.found})
        sys.stderr.write(f"{options.csv} holds {orders} order{'' if orders == 1 else 's'}\n")
    for line in listing.warnings(result) if options.csv else ():
        sys.stderr.write(f"warning: {line}\n")
    for missing in result.missing:
        line = f"not found: {missing.wanted.name}: {missing.why}"
        if missing.may_be_unlisted:
            line += "; to find a duplicate or an earlier certificate, add --all-certificates"
        sys.stderr.write(f"{masked(printable(line, None))}\n")
    for order_id, why in list(result.not_compared.items())[:10]:
        sys.stderr.write(f"not compared: order {order_id}: {masked(printable(why, None))}\n")
    if len(result.not_compared) > 10:  # noqa: PLR2004
        sys.stderr.write(f"not compared: {len(result.not_compared) - 10:,} more orders\n")
    return 1 if result.missing or result.not_compared else 0


def _say(text: str) -> None:
    if text:
        sys.stdout.write(f"{masked(text)}\n")


def _failed(reason: str, code: int) -> int:
    sys.stderr.write(f"digicert-pulumi find: error: {masked(printable(reason, None))}\n")
    return code
