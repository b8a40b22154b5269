"""Update and read the stacks of a run with the Pulumi CLI, through the Automation API."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi import automation
from pulumi.automation.errors import ConcurrentUpdateError, StackAlreadyExistsError, StackNotFoundError

from digicert_pulumi.certcentral import Fate
from digicert_pulumi.incident import run_files
from digicert_pulumi.incident.locks import LockedError, Processes
from digicert_pulumi.incident.pulumi_cli import Cli
from digicert_pulumi.incident.words import told
from digicert_pulumi.revoking.failures import FateUnknownError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pulumi.automation import EngineEvent, StepEventMetadata

    from digicert_pulumi.incident.record import Record
    from digicert_pulumi.incident.rows import Inputs

PROGRAM = Path(__file__).resolve().with_name("program")
"""The Pulumi project of the stacks. Each run works on its own copy, because the CLI writes to it."""

TYPE = "pulumi-python:dynamic/digicert:OrderRevocation"

_PARALLEL = 8
"""Maximum concurrent revocations. The provider works on four at once; the others fill its queue.

Without a limit, the engine sends all of them at once, and gRPC times out those that wait for half an hour.
"""


class EngineError(Exception):
    """The Pulumi CLI failed before it processed the orders. The message is the CLI's."""


@dataclass(frozen=True)
class Revocation:
    """A revocation in a stack's state.

    Attributes:
        inputs: Its inputs, the reviewed order included.
        outputs: Its outputs.
        is_finished: Whether nothing is left for the next update.
    """

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    is_finished: bool


@dataclass
class StackResult:
    """How an update or a refresh of a stack ended.

    Attributes:
        done: The orders whose state matches the declaration.
        refused: The reasons of refusals, by order.
        failed: The reasons of failures, by order.
        in_doubt: The failed orders for which the outcome of a request is unknown.
        is_whole: Whether every order was tried. A refusal in a check stops the engine early.
    """

    done: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    in_doubt: set[int] = field(default_factory=set)
    is_whole: bool = True

    def fail(self, order_id: int, text: str, event: Mapping[str, Any] | None) -> None:
        """Record the failure of an order.

        Args:
            order_id: The order.
            text: The engine's error message.
            event: The provider's event; None if the failure is the engine's own.
        """
        refused = event is not None and event["fate"] == Fate.REFUSED.value
        (self.refused if refused else self.failed)[order_id] = told(
            event["line"] if event else text, order_id
        )
        if event and event["operation"] == "check":
            self.is_whole = False
        if event and event["code"] == FateUnknownError.code:
            self.in_doubt.add(order_id)


class Stacks:
    """The stacks of one run.

    Args:
        engine: The folder of the Pulumi CLI.
        folder: The run's folder on this machine. It stores the orders and the processes of each stack.
        record: The events of the run's processes.
        say: Receives warnings for the user, one line each.
    """

    def __init__(self, engine: Path, folder: Path, record: Record, say: Callable[[str], None]) -> None:
        path = [str(Path(sys.executable).parent), str(engine), os.environ.get("PATH", os.defpath)]
        os.environ["PATH"] = os.pathsep.join(path)  # the Automation API searches it for the CLI
        folder.mkdir(parents=True, exist_ok=True)
        self._project = shutil.copytree(
            PROGRAM, folder / "program", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
        )
        self._folder = folder
        self._record = record
        self._processes = Processes(folder, say)
        self._cli = Cli(self._processes)

    def names(self) -> list[str]:
        """Return the names of all the stacks of the project in the backend.

        Raises:
            EngineError: The backend can't be read.
        """
        with _converted_errors():
            return [stack.name for stack in self._workspace().list_stacks()]

    def state(self, name: str) -> dict[int, Revocation]:
        """Return the revocations in a stack's state, by order; empty if the stack doesn't exist.

        Raises:
            EngineError: The state can't be read.
        """
        try:
            with _converted_errors():
                deployment = self._workspace().export_stack(name).deployment or {}
        except StackNotFoundError:
            return {}
        # Skip replaced resources that the engine hasn't deleted from the state yet.
        resources = [
            each
            for each in deployment.get("resources") or []
            if each["type"] == TYPE and not each.get("delete")
        ]
        return {
            int(each["inputs"]["orderId"]): Revocation(
                each["inputs"], each.get("outputs", {}), not each.get("initErrors")
            )
            for each in resources
        }

    def create(self, name: str) -> bool:
        """Create a stack if it doesn't exist. Return whether this call created it.

        Raises:
            EngineError: The stack can't be created.
        """
        try:
            with _converted_errors():
                automation.Stack.create(name, self._workspace())
        except StackAlreadyExistsError:  # another machine created it meanwhile
            return False
        return True

    def remove(self, name: str, *, with_its_state: bool = False) -> None:
        """Remove a stack. Sends nothing to DigiCert.

        Args:
            name: The stack.
            with_its_state: Whether to remove the stack even if its state holds revocations.

        Raises:
            LockedError: The stack is locked.
            EngineError: The stack can't be removed.
        """
        with _converted_errors():
            self._workspace().remove_stack(name, force=with_its_state)

    def up(
        self,
        name: str,
        orders: Mapping[int, Inputs],
        report: Callable[[int], None],
        say: Callable[[str], None],
    ) -> StackResult:
        """Update a stack so that it declares exactly these orders. If one order fails, the others continue.

        Args:
            name: The stack.
            orders: The inputs of the orders to declare.
            report: Receives each order as soon as it is done, whether it succeeded or failed.
            say: Receives the provider's messages, one line each.

        Raises:
            LockedError: The stack is locked.
            EngineError: The CLI failed before it processed the orders.
        """
        declared = self._folder / f"{name}.json"
        run_files.write(declared, json.dumps(list(orders.values())))
        with _converted_errors():
            stack = automation.Stack.select(name, self._workspace(INCIDENT_ORDERS=str(declared.resolve())))
        listener = _Listener(self._record, report, say)
        with listener.collecting():
            stack.up(
                continue_on_error=True,
                parallel=_PARALLEL,
                color="never",
                on_event=listener.receive,
                show_secrets=False,
            )
        return listener.ended

    def refresh(self, name: str, report: Callable[[int], None], say: Callable[[str], None]) -> StackResult:
        """Refresh a stack: read its revocations from DigiCert. The arguments are those of `up`.

        Raises:
            LockedError: The stack is locked.
            EngineError: The CLI failed before it processed the orders.
        """
        with _converted_errors():
            stack = automation.Stack.select(name, self._workspace())
        # The report shows what changed. Show warnings at once, but no notices: there may be thousands.
        listener = _Listener(self._record, report, say, notices=False)
        with listener.collecting():
            stack.refresh(parallel=_PARALLEL, color="never", on_event=listener.receive, show_secrets=False)
        return listener.ended

    def is_stale(self, name: str, error: LockedError, lost: Collection[str]) -> bool:
        """Return whether all holders of a stack's locks are gone, on this machine or on the lost hosts."""
        return self._processes.are_gone(name, error.holders, lost)

    def interrupt(self) -> None:
        """Interrupt the running update or refresh like Ctrl-C."""
        self._cli.interrupt()

    def unlock(self, name: str) -> None:
        """Remove a stack's stale locks.

        Raises:
            EngineError: The locks can't be removed.
        """
        with _converted_errors():
            automation.Stack.select(name, self._workspace()).cancel()

    def _workspace(self, **environment: str) -> _Workspace:
        return _Workspace(
            work_dir=str(self._project), env_vars={**_settings(), **environment}, pulumi_command=self._cli
        )


class _Workspace(automation.LocalWorkspace):
    """The project's workspace, without the calls of the CLI that the Automation API makes around updates."""

    def select_stack(self, stack_name: str) -> None:
        """Do nothing, so that the user's selected stack stays selected: every command names its stack."""

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:  # noqa: ARG002 - no stack exports anything
        """Return no outputs."""
        return {}

    def export_stack(self, stack_name: str) -> automation.Deployment:
        """Read a stack's state without decrypting secrets: the stacks hold none."""
        command = ["stack", "export", "--stack", stack_name]
        exported = json.loads(self.pulumi_command.run(command, self.work_dir, self.env_vars).stdout)
        return automation.Deployment(exported["version"], exported["deployment"])


def _settings() -> dict[str, str]:
    """Return environment variables that a run needs and the user hasn't set."""
    settings = {
        # With a checkpoint after every step, an update's time grows with the square of the stack's size. If an update
        # is killed, the next one finds its requests at DigiCert.
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    return {name: value for name, value in settings.items() if name not in os.environ}


class _Listener:
    """Receives the engine's events, and collects the outcomes of the orders.

    Args:
        record: The events of the provider.
        report: Called with each order that was processed.
        say: Called with each line for the user.
        notices: Whether to show the provider's notices, too.
    """

    def __init__(
        self,
        record: Record,
        report: Callable[[int], None],
        say: Callable[[str], None],
        *,
        notices: bool = True,
    ) -> None:
        self._record = record
        self._report = report
        self._say = say
        self._notices = notices
        self._general: list[str] = []
        self.ended = StackResult()

    def receive(self, event: EngineEvent) -> None:
        """Process an event."""
        if done := event.res_outputs_event:
            self._receive_outputs(done.metadata)
        elif message := event.diagnostic_event:
            self._receive_message(message.severity, message.urn or "", message.message.strip())

    def _receive_outputs(self, step: StepEventMetadata) -> None:
        order_id = _order_of(step.urn)
        if order_id is not None and step.new is not None:
            self.ended.done.add(order_id)
            self._report(order_id)

    def _receive_message(self, severity: str, urn: str, text: str) -> None:
        order_id = _order_of(urn)
        if severity == "error" and order_id is not None:
            self.ended.fail(order_id, text, self._record.failure(urn))
            self._report(order_id)
        elif severity == "error" and text != "update failed":
            self._general.append(told(text))
        elif not text or self._record.is_about_a_preview(text):
            return
        elif severity == "warning" or (severity == "info" and order_id is not None and self._notices):
            self._say(f"{severity}: {told(text, order_id)}")
        elif severity == "info#err":
            self._say(told(text))

    @contextlib.contextmanager
    def collecting(self) -> Any:
        """Ignore the failure of a command if its errors are about single orders."""
        try:
            with _converted_errors():
                yield
        except EngineError:
            if self._general:
                raise EngineError(self._general[0]) from None
            if not self.ended.refused and not self.ended.failed:
                raise


def _order_of(urn: str) -> int | None:
    match = re.search(rf"::{re.escape(TYPE)}::order-(\d+)$", urn)
    return int(match[1]) if match else None


@contextlib.contextmanager
def _converted_errors() -> Any:
    """Convert the errors of the Automation API to `LockedError` and `EngineError`."""
    try:
        yield
    except ConcurrentUpdateError as error:
        raise LockedError(str(error)) from None
    except (StackNotFoundError, StackAlreadyExistsError):
        raise
    except automation.CommandError as error:
        raise EngineError(_reason(str(error))) from None


def _reason(text: str) -> str:
    """Return the CLI's error message from its output."""
    output = re.sub(r"^ *(?:code: .*|stdout:|stderr:)", "", text, flags=re.MULTILINE)
    lines = [line.strip() for line in output.splitlines()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    reason = next(iter(errors), None) or next((line for line in reversed(lines) if line), "pulumi failed")
    return told(reason)
