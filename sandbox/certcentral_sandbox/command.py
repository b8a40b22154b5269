"""The command line of the sandbox: parse the options, start the servers, and stop them on a signal."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn, get_args
from urllib.parse import urlsplit

from certcentral_sandbox.account.generate import generate
from certcentral_sandbox.account.queries import Orders
from certcentral_sandbox.account.revocations import Account, CertificateRevocations
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.faults.holds import Holds
from certcentral_sandbox.faults.rules import Rule, Rules, load_rules
from certcentral_sandbox.http.access_log import AccessLog
from certcentral_sandbox.http.api import Api
from certcentral_sandbox.http.app import API_PATH, Sandbox
from certcentral_sandbox.http.exchange import Machinery
from certcentral_sandbox.http.keys import ADMIN_VARIABLE, USER_VARIABLE, resolve
from certcentral_sandbox.http.limiter import Limit, Limiter, parse_limit
from certcentral_sandbox.http.server import Server, bind, is_loopback, serve
from certcentral_sandbox.pki.app import Published
from certcentral_sandbox.pki.certificates import Certificates
from certcentral_sandbox.pki.control import Control
from certcentral_sandbox.pki.faults import Faults
from certcentral_sandbox.pki.publication import Publication
from certcentral_sandbox.pki.publisher import Publisher
from certcentral_sandbox.refusals import load_answers

_PROGRAM = "certcentral-sandbox"
_MAX_PORT = 65535
_MAX_ORDERS = 100_000_000
_MAX_LATENCY = 600_000
_MAX_DELAY = 31_536_000
_EPILOG = f"""\
keys: --admin-key and --user-key set the API keys. Otherwise, they are read from
{ADMIN_VARIABLE} and {USER_VARIABLE}, or from
the file STATE.keys, which is generated if it is missing and is readable by its owner
only.

orders: order ids start at 100000001. 84 of 100 are plain issued TLS orders. The kinds of
the others repeat in a fixed pattern: see certcentral_sandbox.account.generate. Refusals
that are not publicly documented are invented: see certcentral_sandbox.refusals.

faults: see certcentral_sandbox.faults.rules, and certcentral_sandbox.pki.faults for CRLs
and OCSP. The operator API under /sandbox changes them while the sandbox runs: see
certcentral_sandbox.http.operator_api.

certificates: they are real, and created when they are first needed. They name a second
address, which serves CRLs and OCSP. Never trust the sandbox's root.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sandbox until SIGINT or SIGTERM.

    Returns:
        The exit code: 0 after a clean stop, 1 if the sandbox can't start. Wrong options exit with 2.
    """
    options = _parser().parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        with contextlib.ExitStack() as stack:
            _run(options, stack)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{_PROGRAM}: error: {_reason(error)}\n")
        return 1
    return 0


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _run(options: argparse.Namespace, stack: contextlib.ExitStack) -> None:
    """Set up the sandbox and serve."""
    answers = load_answers(options.answers)
    rules = load_rules(options.faults)
    bound = stack.enter_context(_bind(options))
    path = options.state or stack.enter_context(_temporary_state())
    keys, key_file = resolve(
        options.admin_key, options.user_key, os.environ, path.with_name(f"{path.name}.keys")
    )
    log = stack.enter_context(contextlib.closing(AccessLog(options.access_log)))
    store = stack.enter_context(contextlib.closing(Store(path)))
    if store.is_new:
        generate(store, options.orders, options.seed)
    publishing = stack.enter_context(_bind_publishing(options, store))
    certificates = Certificates(store, _origin(publishing))
    publication = Publication(store, options.publication_delay)
    orders = Orders(store, certificates, answers)
    account = Account(store, orders, answers, options.certificate_revocations)
    server = Server(bound)
    machinery = Machinery(
        Api(orders, account, answers),
        answers,
        Limiter(options.limit),
        Holds(),
        server,
        options.latency / 1000,
    )
    control = Control(orders, certificates, publication, Faults())
    in_force = Rules(lambda call: orders.order_of(call.parameters), rules)
    app = Sandbox(keys, log, in_force, machinery, control).app()
    published = Published(Publisher(certificates.authorities, publication), control.faults).app()
    lines = [f"CertCentral sandbox: {_origin(bound)}{API_PATH}", f"State: {path}"]
    if key_file:
        lines.append(f"Keys: {key_file}")
    lines.append(f"CRLs and OCSP: {certificates.origin}")
    ready = lambda: _say([*lines, *_active_options(options, rules)])  # noqa: E731 - used once
    asyncio.run(serve({server: app, Server(publishing): published}, ready))


def _active_options(options: argparse.Namespace, rules: Sequence[Rule]) -> Iterator[str]:
    """Yield a line for each option that disturbs calls: faults, limits and latency."""
    if rules:
        yield f"Faults: {', '.join(rule.name for rule in rules)}"
    if options.limit:
        yield f"Limits: {', '.join(str(limit) for limit in options.limit)}"
    if options.latency:
        yield f"Latency: {options.latency:g} ms"


def _say(lines: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _origin(bound: socket.socket) -> str:
    host, port = bound.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _bind(options: argparse.Namespace) -> socket.socket:
    try:
        if not options.allow_remote and not is_loopback(options.host):
            raise ValueError(
                f"{options.host} is not a loopback address, so other machines could use this sandbox;"
                " set --allow-remote to allow that"
            )
        return bind(options.host, options.port)
    except OSError as error:
        raise ValueError(f"cannot listen on {options.host}:{options.port}: {error.strerror}") from None


def _bind_publishing(options: argparse.Namespace, store: Store) -> socket.socket:
    """Listen on the address that the state's certificates name for CRLs and OCSP."""
    origin = store.meta("pki_origin")
    host, port = options.host, options.pki_port
    if origin is not None:
        parts = urlsplit(origin)
        host, port = parts.hostname or host, parts.port or port
        if options.pki_port not in {0, port}:
            raise ValueError(
                f"the certificates of this state name port {port} for CRLs and OCSP; omit --pki-port"
            )
    try:
        return bind(host, port)
    except OSError as error:
        raise ValueError(
            f"cannot listen on {host}:{port}, which the certificates name for CRLs and OCSP: {error.strerror}"
        ) from None


@contextlib.contextmanager
def _temporary_state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="certcentral-sandbox-") as folder:
        yield Path(folder) / "state.db"


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports a wrong option in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=_PROGRAM,
        description="A CertCentral emulator: the documented Services API v2, with its state in a file.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=_port, default=0, help="port to listen on; 0 selects a free port (default: 0)")
    add(
        "--pki-port",
        type=_port,
        default=0,
        metavar="PORT",
        help="port for CRLs and OCSP; 0 selects a free port; the port is stored in the state (default: 0)",
    )
    add("--allow-remote", action="store_true", help="allow a --host that is not a loopback address")
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help="SQLite file for the state (default: a temporary file)",
    )
    add("--orders", type=_count, default=100, help="number of orders in a new state (default: %(default)s)")
    add(
        "--seed", type=int, default=1, help="random seed for the orders of a new state (default: %(default)s)"
    )
    add("--admin-key", metavar="KEY", help="API key of the administrator")
    add("--user-key", metavar="KEY", help="API key of the standard user")
    add("--access-log", type=Path, metavar="FILE", help="append one JSON line for each call to this file")
    add("--faults", type=Path, metavar="FILE", help="JSON file with fault rules to start with")
    add(
        "--limit",
        type=_limit,
        action="append",
        default=[],
        metavar="CALLS/SECONDS",
        help="rate limit for each user: return 429 for more calls in a rolling window; can be repeated (default: none)",
    )
    add(
        "--latency",
        type=_milliseconds,
        default=0.0,
        metavar="MS",
        help="milliseconds to delay every answer (default: 0)",
    )
    add(
        "--publication-delay",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="seconds until CRLs and OCSP show a revocation (default: 0)",
    )
    add("--answers", type=Path, metavar="FILE", help="JSON file that overrides invented refusals")
    add(
        "--certificate-revocations",
        choices=get_args(CertificateRevocations),
        default="revoke_individual",
        help="account setting: what happens to an order whose last certificate is revoked (default: %(default)s)",
    )
    return parser


def _port(text: str) -> int:
    return _integer(text, 0, _MAX_PORT)


def _count(text: str) -> int:
    return _integer(text, 1, _MAX_ORDERS)


def _limit(text: str) -> Limit:
    try:
        return parse_limit(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _milliseconds(text: str) -> float:
    return _number(text, _MAX_LATENCY)


def _seconds(text: str) -> float:
    return _number(text, _MAX_DELAY)


def _number(text: str, most: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {most}")
    return number


def _integer(text: str, least: int, most: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
    return number
