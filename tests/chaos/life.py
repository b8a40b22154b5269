"""The revocations of a few orders in one stack on the real engine, from their declaration to the decision."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

from chaos import processes
from chaos.faults import REQUEST_TIMEOUT
from chaos.kinds import ORDER
from chaos.verdict import Verdict
from support import provider as front_ends
from support.processes import wait_until
from support.sandbox import Sandbox
from support.stack import Stack, in_yaml, program_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from chaos.kinds import Kind
    from chaos.processes import Process
    from support.stack import Result

TAKES_A_SECOND_REQUEST = {"revocation_already_requested": "accept"}
"""A sandbox with these answers takes whatever it is sent: what keeps a second request away is the client alone."""

PATIENCE = {
    "DIGICERT_REQUEST_TIMEOUT": str(REQUEST_TIMEOUT),
    "DIGICERT_RETRY_TIMEOUT": "2",
    "DIGICERT_SETTLE_TIMEOUT": "2",
}
"""The provider's settings, in seconds: less patience than by default, so that the faults are many."""

COMMENTS = "Key leaked."


@contextlib.contextmanager
def sandbox_in(folder: Path, orders: int = 100) -> Iterator[Sandbox]:
    """A sandbox that takes second requests."""
    folder.mkdir(parents=True)
    with Sandbox(folder, orders=orders, answers=TAKES_A_SECOND_REQUEST) as sandbox:
        yield sandbox


class Life:
    """A stack that declares the revocation of some orders, or what else there is to declare of them.

    Attributes:
        kind: The resource that it declares.
        struck: The orders that a fault has hit.
        results: What the commands of the CLI did and said, in their order.
    """

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        orders: Sequence[int],
        *,
        kind: Kind = ORDER,
        each: int = 1,
        requests: int = 1,
        configured: bool = True,
        **settings: str,
    ) -> None:
        """Make the stack and write its program.

        Args:
            folder: Where everything of the stack is.
            sandbox: The CertCentral.
            orders: The orders to revoke.
            kind: The resource that is declared for each.
            each: How many resources declare each order.
            requests: How many requests there may be for each order.
            configured: Whether the key stands in the stack's configuration, where the engine itself masks it in what it
                prints, or else in the environment.
            **settings: Environment variables.
        """
        self.kind = kind
        self.sandbox = sandbox
        self.orders = orders
        self.stack = Stack(folder, sandbox)
        log = {"DIGICERT_LOG": "debug", "DIGICERT_LOG_PATH": str(folder / "debug.log")}
        self.stack.environment |= {**PATIENCE, **log, **settings}
        key = sandbox.admin_key if kind.is_administrators else sandbox.user_key
        if configured:
            self.stack.configure({"digicert:apiKey": key})
        else:
            self.stack.unset("digicert:apiKey")
            self.stack.environment["DIGICERT_API_KEY"] = key
        self.results: list[Result] = []
        self.struck: set[int] = set()
        self._each = each
        self._allowed = requests
        self._mark = str(folder)
        self._killed: list[Process] = []
        self.declare(COMMENTS)

    def declare(self, comments: str) -> None:
        """Write the program: in Python for the dynamic provider, in YAML for the native one."""
        declared = {
            f"order-{order}-{number}": self.kind.arguments(self.sandbox, order, comments)
            for order in self.orders
            for number in range(self._each)
        }
        if front_ends.front_end == "native":
            self.stack.write_yaml({"resources": in_yaml(f"digicert:{self.kind.name}", declared)})
        else:
            self.stack.write(program_of(declared, self.kind.name))

    def preview(self) -> Result:
        """`pulumi preview`."""
        return self._done(self.stack.preview())

    def up(self) -> Result:
        """`pulumi up`."""
        return self._done(self.stack.up())

    def refresh(self) -> Result:
        """`pulumi refresh`."""
        return self._done(self.stack.refresh())

    def _done(self, result: Result) -> Result:
        self.results.append(result)
        return result

    @contextlib.contextmanager
    def up_with_calls_held(self, endpoint: str, when: str) -> Iterator[Future[Result]]:
        """A `pulumi up` of which the sandbox holds such a call for every order."""
        rule = {"fault": "hold", "endpoint": endpoint, "when": when}
        with ThreadPoolExecutor(1) as pool:
            self.sandbox.add_faults(*({**rule, "order_id": order} for order in self.orders))
            up = pool.submit(self.up)
            self.sandbox.wait_for_hold(len(self.orders))
            self.sandbox.clear_faults()
            self.struck |= {*self.orders}
            assert up.running()
            try:
                yield up
            finally:
                self.calm()
                up.result()

    @contextlib.contextmanager
    def up_with_requests_made(self, count: int) -> Iterator[Future[Result]]:
        """A `pulumi up` that has made so many requests."""
        with ThreadPoolExecutor(1) as pool:
            up = pool.submit(self.up)
            wait_until(lambda: sum(len(self.requests(order)) for order in self.orders) >= count)
            yield up
            self.struck |= {*self.orders}

    def hold_the_reading_back(self) -> None:
        """Let the held PUTs be answered, and hold the readings that follow."""
        rule = {"fault": "hold", "endpoint": next(iter(self.kind.readings))}
        self.sandbox.add_faults(*({**rule, "order_id": order} for order in self.orders))
        self.sandbox.release()
        self.sandbox.wait_for_hold(len(self.orders))
        self.sandbox.clear_faults()

    def kill_the_provider(self) -> None:
        """`kill -9` of the provider process."""
        program = front_ends.by_front_end(dynamic="-m pulumi.dynamic", native="/serve.py")
        [provider] = [each for each in self._family() if program in each.command]
        provider.kill()

    def kill_the_cli(self) -> None:
        """`kill -9` of the CLI; what it has started lives on, as it does on a user's machine."""
        cli, *others = self._family()
        self._killed += others
        cli.kill()

    def kill_everything(self) -> None:
        """`kill -9` of the CLI and of all that it has started."""
        for each in self._family():
            each.kill()

    def _family(self) -> list[Process]:
        return processes.of_command(self._mark)

    def close(self) -> None:
        """End what the killed CLIs have left."""
        for each in self._killed:
            each.kill()

    def calm(self) -> None:
        """Take every fault away and answer every held call, so that DigiCert has ended what it was doing."""

        def answers() -> bool:
            with contextlib.suppress(ConnectionError):
                self.sandbox.clear_faults()
                self.sandbox.release()
                return True
            return False

        wait_until(answers)

    def assert_struck(self) -> None:
        """A fault has hit a call. One for a list, a refused connection and a 429 hit all the orders, another its own."""

        def shown() -> list[Mapping[str, Any]]:
            with contextlib.suppress(ConnectionError):
                return [*self.sandbox.faults()]
            return []

        hit = [fault["rule"] for fault in wait_until(shown) if fault["injected"]]
        assert hit, "no call was hit"
        whole = any(
            rule["order_id"] is None or rule["fault"] == "refuse" or rule.get("status") == 429 for rule in hit
        )
        self.struck |= {*self.orders} if whole else {rule["order_id"] for rule in hit}

    def assert_struck_after_the_put(self) -> None:
        """No fault has hit an order before its PUT."""
        for order in self.orders:
            calls = self._calls_about(order)
            puts = [number for number, call in enumerate(calls) if call["method"] == "PUT"]
            early = calls[: puts[0]] if puts else calls
            assert not any("fault" in call for call in early), f"order {order} was hit before its PUT"

    def _calls_about(self, order: int) -> list[dict[str, Any]]:
        """The calls whose path names an order, its certificate or a request for it."""
        requests = [request["id"] for request in self.requests(order)]
        ids = {str(id_) for id_ in (order, self.sandbox.order(order)["certificate"]["id"], *requests)}
        return [call for call in self.sandbox.access_log() if ids & {*call["path"].split("/")}]

    def settle(self) -> None:
        """`pulumi up` without any fault, until it succeeds; `pulumi cancel` where the engine asks for it."""
        self.calm()
        for _ in range(4):
            result = self.up()
            if result.code == 0:
                return
            if "`pulumi cancel`" in result.text:
                self.stack._run("cancel", "--yes")
        raise AssertionError(f"`pulumi up` does not succeed:\n{result.text}")

    def decide(self) -> None:
        """Let the administrator approve the requests of every second order and reject the others."""
        for number, order in enumerate(self.orders):
            request = self.requests(order)[0]["id"]
            self.wait_until_shown(request)
            self.kind.decide(self.sandbox, request, approve=not number % 2)

    def hide_requests(self, seconds: float) -> None:
        """Let readings show the requests for the orders only after a while."""
        shown = time.time() + seconds
        with closing(sqlite3.connect(self.sandbox.state)) as database, database:
            hidden = "UPDATE requests SET visible_at = ? WHERE order_id = ? AND type = 'revoke'"
            database.executemany(hidden, [(shown, order) for order in self.orders])

    def wait_until_shown(self, request: int) -> None:
        """Wait until readings show a request."""
        wait_until(lambda: self._is_shown(request))

    def _is_shown(self, request: int) -> bool:
        with contextlib.suppress(AssertionError):
            return bool(self.sandbox.request(request))
        return False

    def requests(self, order: int) -> list[dict[str, Any]]:
        """The requests to revoke an order that DigiCert has."""
        return self.sandbox.revoke_requests(order)

    def state_of(self, order: int) -> list[dict[str, Any]]:
        """The outputs of the resources that declare an order, as far as they are in the state."""
        resources = self.stack.resources(self.kind.type)
        names = [f"order-{order}-{number}" for number in range(self._each)]
        return [resources[name]["outputs"] for name in names if name in resources]

    def verdict(self) -> Verdict:
        """Compare the state with DigiCert's."""
        return sum(map(self._verdict_on, self.orders), Verdict())

    def traces(self) -> Verdict:
        """Look for keys and tracebacks in all that was said and written."""
        keys = [self.sandbox.admin_key.encode(), self.sandbox.user_key.encode()]
        files = [file for file in self.sandbox.state.parent.rglob("*") if file.is_file()]
        leaks = [file for file in files if any(key in file.read_bytes() for key in keys)]
        return Verdict(leaked=len(self.stack.leaks()) + len(leaks), tracebacks=len(self.stack.tracebacks()))

    def _verdict_on(self, order: int) -> Verdict:
        requests = self.requests(order)
        states = self.state_of(order)
        found = self.sandbox.order(order)
        done = bool(requests) and self.kind.is_done(requests[0])
        return Verdict(
            runs=int(order in self.struck),
            requests=len(requests) if order in self.struck else 0,
            lost=int(not done or len(states) < self._each),
            duplicated=max(len(requests) - self._allowed, 0),
            wrong=int(not all(requests and self.kind.is_true(state, requests[0], found) for state in states)),
        )
