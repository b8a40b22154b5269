"""`digicert-pulumi import`: import earlier revocations into a stack.

`pulumi import TYPE NAME ID` reads nothing but the id, and the dynamic provider is not in it. An import file that
brings inputs and outputs along works; this writes one, out of the same code that a `pulumi up` stores.
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
from digicert_pulumi.order_revocation import PROVIDER
from digicert_pulumi.orders.certificates import siblings
from digicert_pulumi.resources import state
from digicert_pulumi.resources.fields import ORDER_FIELDS
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.rules import (
    Adopt,
    AlreadyRevoked,
    WholeOrder,
    Wish,
    decide,
    outcome,
    second_request_notice,
    strange_status_notice,
    telling_request,
)
from digicert_pulumi.runtime.account import connect
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.runtime.one_by_one import Failures
from digicert_pulumi.runtime.settings import resolve
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Client, Order, Request

_TYPE = "pulumi-python:dynamic/digicert:OrderRevocation"
_FORMAT = state.Format(tuple(ORDER_FIELDS), "order")

_LONGEST_ID = 40
"""Characters of an id that is none which are quoted."""

_EPILOG = """\
Reads each order and writes a file for `pulumi import`, which imports the revocations into the selected stack. Prints the
lines for your program:

  digicert-pulumi import 123456789 123456790 >> __main__.py
  pulumi import --file revocations.json --generate-code=false --protect=false
  pulumi preview

The preview shows no change. Orders are imported if they are revoked or have an open revocation request. Any other order
is named on standard error and skipped, and the exit code is 1. Declare such an order instead.
"""


class _NothingToImport(Exception):  # noqa: N818 - a finding about one order, the others go on
    """The order is not revoked, and nobody asks for it."""


@dataclass(frozen=True)
class _Adopted:
    """A revocation that stands at DigiCert.

    Attributes:
        entry: Its entry in the import file.
        lines: What declares it in a program.
    """

    entry: dict[str, Any]
    lines: str


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "import",
        help="write an import file and program lines for orders with a revocation",
        description="Import revocations that DigiCert already knows into a stack.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("orders", nargs="+", type=_order_id, metavar="ORDER", help="id of an order")
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
        default="Revoked before it was declared in Pulumi.",
        metavar="TEXT",
        help="comments for revocations without a request (default: %(default)r)",
    )
    parser.add_argument(
        "--name",
        default="order",
        metavar="PREFIX",
        help="prefix of the resources' names, before the order's id (default: %(default)s)",
    )
    configuration.add_options(parser)
    parser.set_defaults(run=_run)


def _order_id(text: str) -> int:
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
    client = connect(resolve(configuration.read(options.stack).get), _say)
    orders = list(dict.fromkeys(options.orders))
    failures = Failures(client.get_user)
    adopted: list[_Adopted] = []
    trouble = None
    try:
        for order_id in orders:
            adopted += filter(None, [_look_at(client, order_id, options, failures)])
    except CertCentralError as error:
        trouble = error
    if adopted:
        document = {"resources": [each.entry for each in adopted]}
        options.output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        sys.stdout.write("".join(each.lines for each in adopted))
        _say(
            f"{options.output} holds {len(adopted)} of {len(orders)} orders; with the lines above in the program "
            f"run `pulumi import --file {options.output} --generate-code=false --protect=false`"
        )
    if trouble:
        raise trouble
    return 0 if len(adopted) == len(orders) else 1


def _look_at(
    client: Client, order_id: int, options: argparse.Namespace, failures: Failures
) -> _Adopted | None:
    """Read an order; what fails for it alone is told.

    Raises:
        CertCentralError: DigiCert cannot be asked, about whatever order.
    """
    adopted = None
    try:
        adopted = _adopt(client, order_id, f"{options.name}-{order_id}", options.comments)
    except (_NothingToImport, OrderNotFound) as reason:
        _say(f"error: {reason}")
    except CertCentralError as error:
        _say(f"error: {error}")
        failures.add(error)
        return None
    failures.end()
    return adopted


def _adopt(client: Client, order_id: int, name: str, comments: str) -> _Adopted:
    """Read what stands for an order, as `pulumi up` would adopt it.

    Raises:
        _NothingToImport: Nothing stands.
        OrderNotFound: There is no such order.
        CertCentralError: It could not be read.
    """
    order = client.get_order(order_id)
    request = _standing(order)
    if request and not request.requester:
        request = client.get_request(request.id)
    said = request.comments if request and request.comments and request.comments.strip() else comments
    inputs = parse({"orderId": order_id, "comments": said})
    wish = inputs.wish(WholeOrder())
    if notice := second_request_notice(order, wish):
        _say(f"warning: {notice}")
    if request and order.status != "revoked" and (notice := strange_status_notice(wish.name, request)):
        _say(f"warning: {notice}")
    others = siblings(client, order)
    for line in others.unread:
        _say(f"warning: {line}")
    shown = state.order_properties(order, wish, others)
    stored = inputs.properties | {_FORMAT.shown: shown}
    read = state.outcome_properties(outcome(order, wish, request), shown)
    entry = {
        "type": _TYPE,
        "name": name,
        "id": str(order_id),
        "inputs": stored | {"__provider": PROVIDER},
        "outputs": _FORMAT.with_inputs(read, stored) | {"__provider": PROVIDER},
    }
    return _Adopted(masked(entry), masked(_declaration(name, order_id, said)))


def _standing(order: Order) -> Request | None:
    match decide(order, Wish(order.id, WholeOrder(), comments="")):
        case Adopt(request) | AlreadyRevoked(request):
            return request
        case _:
            request = telling_request(order)
            last = f" (request {request.id} is {request.status})" if request else ""
            raise _NothingToImport(
                f"order {order.id}: nothing to import: its status is {order.status!r} and no request to revoke it is "
                f"open{last}; declare it and run `pulumi up`"
            )


def _declaration(name: str, order_id: int, comments: str) -> str:
    return (
        "digicert.OrderRevocation(\n"
        f"    {_literal(name)},\n"
        f"    order_id={order_id},\n"
        f"    comments={_literal(comments)},\n"
        ")\n"
    )


def _literal(text: str) -> str:
    """Write a text as Python does, in double quotes where that takes no escape."""
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in written else written


def _say(line: str) -> None:
    sys.stderr.write(f"{printable(masked(line), None)}\n")
