"""Plays a plan: a program, its stack and the engine's calls, against the real provider process."""

from __future__ import annotations

import contextlib
import copy
import csv
import json
import os
import shutil
import tempfile
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
from arbitrary_answers.account import FIRST_ORDER, Account, name_of
from arbitrary_answers.desk import Desk
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2
from support import nursery
from support.provider import Provider, ProviderError, plain

from digicert_pulumi.declaring import certificate_revocation, order_revocation, revocation_decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from arbitrary_answers.plan import Declared, Plan
    from arbitrary_answers.server import Server

PROVIDERS = {
    "order": order_revocation.PROVIDER,
    "certificate": certificate_revocation.PROVIDER,
    "serial": certificate_revocation.PROVIDER,
    "decision": revocation_decision.PROVIDER,
}

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "without zeros": lambda text: text.lstrip("0"),
    "0x": lambda text: f"0x{text.lstrip('0').lower()}",
    "lower": str.lower,
    "decimal": lambda text: str(int(text, 16)),
    "colons": lambda text: ":".join(text[at : at + 2] for at in range(0, len(text), 2)),
}
"""How one serial number is written. In decimal it is another one, or none."""

NAMES: dict[str, Callable[[str], str]] = {
    "": str,
    "as it is": str,
    "decomposed": lambda name: unicodedata.normalize("NFD", name),
    "A-labels": lambda name: name.encode("idna").decode(),
    "trailing dot": lambda name: f"{name}.",
    "another": lambda name: f"not-{name}",
}
"""How one common name is written, and another one."""

GUARDS: dict[str, tuple[str, str, bool]] = {
    "organization": ("expectedOrganization", "EXAMPLE,  Inc. ", True),
    "another organization": ("expectedOrganization", "Example and Sons, Inc.", False),
    "product": ("expectedProduct", "Standard  SSL", True),
    "product by its name id": ("expectedProduct", "ssl_plus", True),
    "another product": ("expectedProduct", "Secure Site", False),
}
"""What else is expected: the input, its value, and whether that is right for an order that names an organization."""

SETTLE = "0.01"
RETRY = "0.02"

_NO_STACKS = """\
#!/bin/sh
case "$1" in version) echo v3.250.0;; *) echo "[]";; esac
"""
PATIENT = {"digicert:settleTimeout": SETTLE, "digicert:requestsPerMinute": "60000"}
SLOW = 0.3
"""Seconds that an answer may take where one is late, and a half more that it takes."""


@dataclass
class Stored:
    """What the state holds of a resource."""

    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    unfinished: bool = False


@dataclass
class Heard:
    """What an operation told its user.

    Attributes:
        step: What was run.
        operation: Its number.
        lines: What the provider wrote.
        errors: What failed, with the number of its resource.
        shown: The checked inputs of a new resource, with what the preview shows; the outputs of a `get`.
        gone: The resources that a refresh took out of the state.
        disturbed: Whether the provider was killed or the operation given up.
        orders: The orders that a command wrote down.
    """

    step: str
    operation: int
    lines: list[str] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)
    shown: dict[int, dict[str, Any]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    disturbed: bool = False
    orders: set[int] = field(default_factory=set)


class _Process(Provider):
    """A provider process whose calls can be given up."""

    def __init__(self, config: Mapping[str, str], environment: Mapping[str, str]) -> None:
        self._calls: set[Any] = set()
        super().__init__(config, environment)

    def _start(self, command: Any, environment: Mapping[str, str]) -> Any:
        del command
        return nursery.start("tests.arbitrary_answers.hurried", [self._module], environment, self._errors)

    def as_(self, kind: str) -> _Process:
        """The same process, called for another kind of resource."""
        view = copy.copy(self)
        view._resource = PROVIDERS[kind]
        return view

    def made(self, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Create; the id as well."""
        request = provider_pb2.CreateRequest(urn=self._about, properties=self._struct(inputs))
        answer = self._call(self._stub.Create, request)
        return answer.id, plain(answer.properties)

    def give_up(self) -> None:
        """Do as the engine does at Ctrl-C, and return when the process has heard of it."""
        with contextlib.suppress(grpc.RpcError):
            self._stub.Cancel(empty_pb2.Empty(), timeout=30)
        for call in list(self._calls):
            call.cancel()

    def _call(self, method: Any, request: Any) -> Any:
        call = method.future(request, timeout=60)
        self._calls.add(call)
        try:
            return call.result()
        except grpc.FutureCancelledError:
            raise GivenUp from None
        except grpc.RpcError as error:
            raise ProviderError(error) from None
        finally:
            self._calls.discard(call)


class _Operation(NamedTuple):
    """An operation that runs, on the state that it changes."""

    process: _Process
    heard: Heard
    state: dict[int, Stored]

    def called(self, declared: Declared) -> _Process:
        """The process, called for a resource."""
        return self.process.as_(declared.kind)


class GivenUp(Exception):  # noqa: N818  # an end, not an error
    """The call was cancelled."""


class Life:
    """One run of a plan.

    Attributes:
        account: What it runs against, with the truth.
        desk: Where its calls arrive.
        heard: What the user was told, by operation.
        state: The stack's state, by the number of the resource.
        sent: What the engine had done, by the number of the resource: the operation, and the checked inputs.
    """

    def __init__(self, plan: Plan, server: Server) -> None:
        self.plan = plan
        self.heard: list[Heard] = []
        self.state: dict[int, Stored] = {}
        self.sent: dict[int, list[tuple[int, dict[str, Any]]]] = {}
        self._words = {number: f"Words of {number}." for number in range(len(plan.program))}
        self.account = Account(plan, self._words_about)
        self._server = server
        self._is_patient = False
        self._waits = False
        self.desk = server.desk = Desk(self.account, plan)

    def _words_about(self, order: int) -> str:
        return next(
            (self._words[n] for n, each in enumerate(self.plan.program) if each.order == order), "None."
        )

    def play(self) -> None:
        """Play it to its end, and one more `up` without anything that passes."""
        self._folder = tempfile.mkdtemp(prefix="arbitrary-answers-")
        try:
            for step in self.plan.steps:
                self._step(step)
            self.desk.is_calm = self._is_patient = True
            self._step("up")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def inputs(self, number: int) -> dict[str, Any]:
        """What the program declares."""
        declared = self.plan.program[number]
        order = FIRST_ORDER + declared.order
        if declared.kind == "decision":
            request = self.decided(declared)
            return {"requestId": request, "decision": declared.decision}
        given: dict[str, Any] = {"comments": self._words[0 if declared.alike else number]}
        if self._waits:
            given["waitForDecision"] = 1
        if declared.kind == "order" or declared.names_order:
            given["orderId"] = order
        if declared.kind != "order":
            certificate = self.named(declared)
            if declared.kind == "certificate":
                given["certificateId"] = certificate.id
            else:
                given["serialNumber"] = SPELLINGS[declared.spelled](certificate.digits)
        if declared.expects:
            name = "expectedCommonname" if declared.misspelt else "expectedCommonName"
            given[name] = NAMES[declared.expects](name_of(order))
        if declared.guard:
            name, expected, _ = GUARDS[declared.guard]
            given[name] = expected
        return given

    def named(self, declared: Declared) -> Any:
        """The certificate that is declared: the first of that role; the own one, where the order has none."""
        certificates = self.account.certificates[FIRST_ORDER + declared.order]
        return next((each for each in certificates if each.role == declared.of), certificates[0])

    def decided(self, declared: Declared) -> int:
        """The request on which is decided: the first of its order; one that is not there, where it has none."""
        requests = self.account.revocations(FIRST_ORDER + declared.order)
        return requests[0].id if requests else 8000

    # Steps.

    def _step(self, step: str) -> None:
        name, _, number = step.rpartition(" ")
        self.account.begin()
        match name or step:
            case "approve":
                self.account.decide(FIRST_ORDER + int(number), "approved")
            case "approve unseen":
                self.account.decide(FIRST_ORDER + int(number), "approved", unseen=True)
            case "reject":
                self.account.decide(FIRST_ORDER + int(number), "rejected")
            case "reword":
                resource = int(number) % len(self.plan.program)
                self._words[resource] += " Again."
            case "import":
                self._import()
            case "incident":
                self._incident()
            case "move":
                self.state.clear()
                self._operate(step, self._up)
            case "race":
                self._race()
            case "up" | "preview" | "refresh" | "get" | "wait":
                self._operate(step, getattr(self, f"_{step}"))

    def _config(self) -> dict[str, str]:
        config = {**PATIENT, "digicert:apiKey": self.account.key, "digicert:baseUrl": self._server.base_url}
        config["digicert:retryTimeout"] = self.plan.retry
        if any(each.what == ("sent", "late") for each in self.plan.mutations) and not self._is_patient:
            self.desk.slow = 1.5 * SLOW
            config["digicert:requestTimeout"] = str(SLOW)
        if not self.plan.lists:
            config["digicert:batchReads"] = "false"
        return config

    def _doubt(self) -> dict[str, str]:
        """However slow the machine is, the order is watched until a PUT that is processed later is processed."""
        return {"DOUBT": "1000000"} if any(each.fate == "later" for each in self.plan.mutations) else {}

    def _operate(self, step: str, operation: Callable[[_Operation], None]) -> None:
        with self._operation(step, self.state) as run:

            def kill() -> None:
                run.heard.disturbed = True
                os.kill(run.process.process.pid, 9)

            def give_up() -> None:
                run.heard.disturbed = True
                run.process.give_up()

            self.desk.kill, self.desk.give_up = kill, give_up
            try:
                operation(run)
            except GivenUp:
                self.desk.wait_for_silence()
            self.desk.kill = self.desk.give_up = None

    @contextlib.contextmanager
    def _operation(self, step: str, state: dict[int, Stored]) -> Iterator[_Operation]:
        """An operation of the engine, with a provider process of its own."""
        heard = Heard(step, self.account.operation)
        self.heard.append(heard)
        # Notes and locks of earlier runs would be about orders of the same ids.
        with _Process(self._config(), {"XDG_CACHE_HOME": self._folder, **self._doubt()}) as process:
            yield _Operation(process, heard, state)
            heard.lines = process.lines

    def _preview(self, run: _Operation) -> None:
        for number in range(len(self.plan.program)):
            self._plan(run, number)

    def _up(self, run: _Operation) -> None:
        for number in range(len(self.plan.program)):
            if planned := self._plan(run, number):
                self._do(run, number, *planned)

    def _wait(self, run: _Operation) -> None:
        self._waits = True
        self._up(run)
        self._waits = False

    def _plan(self, run: _Operation, number: int) -> tuple[str, dict[str, Any]] | None:
        """Check and compare a resource; what is to be done, with the checked inputs."""
        old = run.state.get(number)
        try:
            inputs = self._check(run, number, old)
            if old is None or inputs is None:
                return None if inputs is None else ("create", inputs)
            changes, replaces = run.called(self.plan.program[number]).diff(old.outputs, inputs)
            changed = old.inputs != inputs if changes == "DIFF_UNKNOWN" else changes == "DIFF_SOME"
            if changed and replaces:
                inputs = self._check(run, number, None)
                return None if inputs is None else ("create", inputs)
        except ProviderError as error:
            run.heard.errors.append((number, str(error)))
            return None
        return ("update", inputs) if changed or old.unfinished else None

    def _check(self, run: _Operation, number: int, old: Stored | None) -> dict[str, Any] | None:
        called = run.called(self.plan.program[number])
        inputs, failures = called.check(self.inputs(number), old.inputs if old else None, f"r{number}")
        if old is None:
            run.heard.shown[number] = inputs
        run.heard.errors += [(number, reason) for _, reason in failures]
        return None if failures else inputs

    def _do(self, run: _Operation, number: int, kind: str, inputs: dict[str, Any]) -> None:
        called = run.called(self.plan.program[number])
        self.sent.setdefault(number, []).append((self.account.operation, inputs))
        old = run.state.get(number)
        try:
            if kind == "create" or old is None:
                id_, outputs = called.made(inputs)
            else:
                id_, outputs = old.id, called.update(old.id, old.outputs, inputs)
        except ProviderError as error:
            run.heard.errors.append((number, str(error)))
            if error.unfinished is not None and error.kept is not None:
                run.state[number] = Stored(error.unfinished.id, inputs, error.kept, unfinished=True)
            return
        run.state[number] = Stored(id_, inputs, outputs)

    def _refresh(self, run: _Operation) -> None:
        for number, old in list(run.state.items()):
            called = run.called(self.plan.program[number])
            try:
                id_, outputs, inputs = called.read(old.id, old.outputs)
                if not id_:
                    run.heard.gone.add(number)
                    del run.state[number]
                    continue
                called.diff(outputs, old.inputs)
            except ProviderError as error:
                run.heard.errors.append((number, str(error)))
                continue
            run.state[number] = Stored(id_, old.inputs if inputs is None else inputs, outputs, old.unfinished)

    def _get(self, run: _Operation) -> None:
        """`OrderRevocation.get(id)`."""
        for number, declared in enumerate(self.plan.program):
            if declared.kind == "order":
                try:
                    _, outputs, _ = run.called(declared).read(str(FIRST_ORDER + declared.order), {})
                except ProviderError as error:
                    run.heard.errors.append((number, str(error)))
                else:
                    run.heard.shown[number] = outputs

    def _race(self) -> None:
        """The same program on two provider processes at once."""
        states: list[dict[int, Stored]] = [copy.deepcopy(self.state), copy.deepcopy(self.state)]
        together = threading.Barrier(2)

        def run(state: dict[int, Stored]) -> None:
            with self._operation("race", state) as run:
                together.wait(30)
                self._up(run)

        self.desk.meeting = threading.Barrier(2)
        self.account.races = True
        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(run, state) for state in states]:
                each.result()
        self.desk.meeting = None
        self.account.races = False
        self.state.update(states[0])

    def _import(self) -> None:
        """`digicert-pulumi import`, which writes what stands."""
        output = Path(self._folder, "revocations.json")
        orders = [str(order) for order in self.account.orders]
        heard = self._command(
            "import", "digicert_pulumi.cli", ["import", *orders, "--output", str(output)], Path(self._folder)
        )
        if output.exists():
            heard.orders |= {int(each["id"]) for each in json.loads(output.read_text())["resources"]}

    def _incident(self) -> None:
        """`digicert-pulumi incident plan`, which shows every order; the stacks of the run are none."""
        folder = Path(self._folder, "incident")
        engine = folder / "bin" / "pulumi"
        engine.parent.mkdir(parents=True)
        engine.write_text(_NO_STACKS)
        engine.chmod(0o755)
        orders = [str(order) for order in self.account.orders]
        (folder / "orders.csv").write_text(
            "\n".join(["order_id,comments", *(f"{each},Leaked." for each in orders)])
        )
        self._command(
            "incident",
            "digicert_pulumi.cli",
            ["incident", "plan", "orders.csv"],
            folder,
            PATH=f"{engine.parent}:/usr/bin:/bin",
        )
        plan = folder / "orders-plan.csv"
        if plan.exists():
            with plan.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.DictReader(file))
            self.heard[-1].orders |= {int(row["order_id"]) for row in rows if row["plan_common_name"]}
        shutil.rmtree(folder)

    def _command(self, step: str, module: str, arguments: list[str], folder: Path, **more: str) -> Heard:
        heard = Heard(step, self.account.operation)
        self.heard.append(heard)
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DIGICERT_")}
        settings = {
            "DIGICERT_API_KEY": self.account.key,
            "DIGICERT_BASE_URL": self._server.base_url,
            "DIGICERT_RETRY_TIMEOUT": RETRY,
            "DIGICERT_REQUESTS_PER_MINUTE": "60000",
            "XDG_CACHE_HOME": self._folder,
        }
        done = nursery.run(module, arguments, {**clean, **settings, **more}, folder)
        heard.lines = [f"info: {line}" for line in done.stderr.split("\n") if line]
        return heard
