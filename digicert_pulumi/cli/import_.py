"""`digicert-pulumi import`: import earlier revocations into a stack.

`pulumi import TYPE NAME ID` reads the id only, which doesn't name the dynamic provider. An import file with inputs and
outputs works: this command writes one, with the provider reference that `pulumi up` stores.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.certcentral import CertCentralError, OrderNotFound
from digicert_pulumi.cli import configuration
from digicert_pulumi.cli.listing import literal
from digicert_pulumi.declaring.order_revocation import PROVIDER
from digicert_pulumi.resources.host import Host
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.resources.lifecycle import FailureError
from digicert_pulumi.resources.order import OrderLifecycle
from digicert_pulumi.resources.revocation import REVOKED_BEFORE
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.runtime.one_by_one import Failures
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_TYPE = "pulumi-python:dynamic/digicert:OrderRevocation"

_LONGEST_ID = 40
"""Maximum number of characters of a wrong id in an error message."""

_EPILOG = """\
Reads each order and writes a file for `pulumi import`, which imports the revocations into the selected stack. Prints the
lines for your program:

  digicert-pulumi import 123456789 123456790 >> __main__.py
  pulumi import --file revocations.json --generate-code=false --protect=false
  pulumi preview

The preview shows no change. Orders are imported if they are revoked or have an open revocation request. Any other order
is named on standard error and skipped, and the exit code is 1. Declare such an order instead.
"""


@dataclass(frozen=True)
class _Adopted:
    """A revocation that exists at DigiCert.

    Attributes:
        entry: Its entry in the import file.
        lines: The program lines that declare it.
    """

    entry: dict[str, Any]
    lines: str


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "import",
        help="write an import file and program lines for orders with a revocation",
        description="Import revocations that already exist at DigiCert into a stack.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("orders", nargs="+", type=order_id, metavar="ORDER", help="id of an order")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("revocations.json"),
        metavar="FILE",
        help="import file to write or overwrite (default: %(default)s)",
    )
    parser.add_argument(
        "--comments",
        type=_text,
        default=REVOKED_BEFORE,
        metavar="TEXT",
        help="comments of revocations without a request (default: %(default)r)",
    )
    parser.add_argument(
        "--name",
        default="order",
        metavar="PREFIX",
        help="prefix of the resource names, before the order id (default: %(default)s)",
    )
    configuration.add_options(parser)
    parser.set_defaults(run=_run)


def order_id(text: str) -> int:
    """Read the id of an order from an argument.

    Raises:
        ArgumentTypeError: The argument isn't an id.
    """
    inputs = parse({"orderId": text})
    if inputs.order_id is None:
        reason = inputs.failures[0].reason
        raise argparse.ArgumentTypeError(f"{reason}, not {printable(text, _LONGEST_ID)!r}")
    return inputs.order_id


def _text(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def _run(options: argparse.Namespace) -> int:
    revocations = OrderLifecycle(Host())
    # The account's lists lack properties of an order that an import needs.
    revocations.configure({**configuration.read(options.stack), "digicert:batchReads": "false"}.get)
    orders = list(dict.fromkeys(options.orders))
    failures = Failures(revocations.connection.user)
    adopted: list[_Adopted] = []
    trouble = None
    try:
        for order_id in orders:
            adopted += _read(revocations, order_id, options, failures)
    except CertCentralError as error:
        trouble = error
    if adopted:
        document = {"resources": [each.entry for each in adopted]}
        options.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        sys.stdout.write("".join(each.lines for each in adopted))
        _say(
            f"{options.output} holds {len(adopted)} of {len(orders)} orders; when the printed lines are in your "
            f"program, run `pulumi import --file {options.output} --generate-code=false --protect=false`"
        )
    if trouble:
        raise trouble
    return 0 if len(adopted) == len(orders) else 1


def _read(
    revocations: OrderLifecycle, order_id: int, options: argparse.Namespace, failures: Failures
) -> Sequence[_Adopted]:
    """Read an order. If only this order fails, print the error and return nothing.

    Raises:
        CertCentralError: Calls fail for every order.
    """
    try:
        adopted = [_adopt(revocations, order_id, f"{options.name}-{order_id}", options.comments)]
    except (FailureError, OrderNotFound) as reason:
        _say(f"error: {reason}")
        adopted = []
    except CertCentralError as error:
        _say(f"error: {error}")
        failures.add(error)
        return []
    failures.end()
    return adopted


def _adopt(revocations: OrderLifecycle, order_id: int, name: str, comments: str) -> _Adopted:
    id_, outputs, inputs = revocations.adopt(str(order_id), comments)
    assert inputs is not None  # noqa: S101  # `adopt` always returns inputs
    entry = {
        "type": _TYPE,
        "name": name,
        "id": id_,
        "inputs": inputs | {"__provider": PROVIDER},
        "outputs": outputs | {"__provider": PROVIDER},
    }
    return _Adopted(masked(entry), masked(_declaration(name, order_id, inputs["comments"])))


def _declaration(name: str, order_id: int, comments: str) -> str:
    return (
        "digicert.OrderRevocation(\n"
        f"    {literal(name)},\n"
        f"    order_id={order_id},\n"
        f"    comments={literal(comments)},\n"
        ")\n"
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{printable(masked(line), None)}\n")
