"""The stacks of a run, on the Pulumi CLI, through the Automation API."""

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
from digicert_pulumi.incident import files
from digicert_pulumi.incident.locks import LockedError, Processes
from digicert_pulumi.incident.pulumi_cli import Cli
from digicert_pulumi.incident.words import told
from digicert_pulumi.revoking.failures import FateUnknownError
from digicert_pulumi.runtime import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pulumi.automation import EngineEvent, StepEventMetadata

    from digicert_pulumi.incident.record import Record
    from digicert_pulumi.incident.rows import Inputs

PROGRAM = Path(__file__).resolve().with_name("program")
"""The Pulumi project of the stacks; each run works with a copy of its own, in which the CLI may write."""

TYPE = "pulumi-python:dynamic/digicert:OrderRevocation"

_PARALLEL = 8
"""Revocations under way at once: the provider's process works on four, and the next should be there already.

Without a limit the engine hands all of them over at once, and gRPC gives up those that wait for half an hour.
"""

_FOR_THE_USER = ("info#err", "warning")
"""The severities of what the provider, or the engine, says to the user; the rest is the program's own noise."""


class EngineError(Exception):
    """The Pulumi CLI failed as a whole, with its own words."""


@dataclass(frozen=True)
class Revocation:
    """A revocation as it stands in a stack's state.

    Attributes:
        inputs: Its inputs, the reviewed order included.
        outputs: Its outputs.
        is_finished: Whether nothing had to be left for the next update.
    """

    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    is_finished: bool


@dataclass
class Ended:
    """How an update or a refresh of a stack ended.

    Attributes:
        done: The orders that are in the state and are as declared.
        refused: Why others must not be revoked, by order.
        failed: Why it did not succeed for others, by order.
        in_doubt: Those of the failed for which a request was sent, and it is not known whether DigiCert took it.
        is_whole: Whether every order was tried; a refusal in a check stops the engine early.
    """

    done: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    in_doubt: set[int] = field(default_factory=set)
    is_whole: bool = True

    def fail(self, order_id: int, text: str, event: Mapping[str, Any] | None) -> None:
        """Take note of a failure of an order.

        Args:
            order_id: The order.
            text: The engine's error.
            event: What the provider says of it; None where it is the engine's own.
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
        folder: What belongs to the run on this machine: the orders of each stack, and which processes work on it.
        record: What the processes of the run do.
        say: Is told what the user has to know, a line each.
    """

    def __init__(self, engine: Path, folder: Path, record: Record, say: Callable[[str], None]) -> None:
        path = [str(Path(sys.executable).parent), str(engine), os.environ.get("PATH", os.defpath)]
        os.environ["PATH"] = os.pathsep.join(path)  # where the Automation API looks for the CLI
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
            EngineError: The backend cannot be read.
        """
        with _understood():
            return [stack.name for stack in self._workspace().list_stacks()]

    def state(self, name: str) -> dict[int, Revocation]:
        """Return the revocations in a stack's state, by order; none where there is no such stack.

        Raises:
            EngineError: The state cannot be read.
        """
        try:
            with _understood():
                deployment = self._workspace().export_stack(name).deployment or {}
        except StackNotFoundError:
            return {}
        # One that was replaced by another request, and that the engine has yet to forget, is not what stands.
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

    def make(self, name: str) -> bool:
        """Make a stack where there is none; tell whether it was made here.

        Raises:
            EngineError: It cannot be made.
        """
        try:
            with _understood():
                automation.Stack.create(name, self._workspace())
        except StackAlreadyExistsError:  # another machine made it in this moment
            return False
        return True

    def remove(self, name: str, *, with_its_state: bool = False) -> None:
        """Remove a stack. Nothing is sent to DigiCert.

        Args:
            name: The stack.
            with_its_state: Whether it may hold revocations, which it then forgets.

        Raises:
            LockedError: Somebody else works on the stack.
            EngineError: It cannot be removed.
        """
        with _understood():
            self._workspace().remove_stack(name, force=with_its_state)

    def up(
        self,
        name: str,
        orders: Mapping[int, Inputs],
        report: Callable[[int], None],
        say: Callable[[str], None],
    ) -> Ended:
        """Make a stack declare these orders and no others; what fails for one does not stop the others.

        Args:
            name: The stack.
            orders: What it declares.
            report: Is given each order that is done, one way or another, as it happens.
            say: Is given what the provider has to say, a line each.

        Raises:
            LockedError: Somebody else works on the stack.
            EngineError: It failed before it came to the orders.
        """
        declared = self._folder / f"{name}.json"
        files.write(declared, json.dumps(list(orders.values())))
        with _understood():
            stack = automation.Stack.select(name, self._workspace(INCIDENT_ORDERS=str(declared.resolve())))
        listener = _Listener(self._record, report, say)
        with listener.until_it_ends():
            stack.up(
                continue_on_error=True,
                parallel=_PARALLEL,
                color="never",
                on_event=listener.hear,
                show_secrets=False,
            )
        return listener.ended

    def refresh(self, name: str, report: Callable[[int], None], say: Callable[[str], None]) -> Ended:
        """Read from DigiCert what became of a stack's revocations.

        Raises:
            LockedError: Somebody else works on the stack.
            EngineError: It failed before it came to the orders.
        """
        with _understood():
            stack = automation.Stack.select(name, self._workspace())
        # Of thousands of orders the report says what is new; what needs a look is said at once.
        listener = _Listener(
            self._record, report, lambda line: None if line.startswith("info: ") else say(line)
        )
        with listener.until_it_ends():
            stack.refresh(parallel=_PARALLEL, color="never", on_event=listener.hear, show_secrets=False)
        return listener.ended

    def is_left(self, name: str, error: LockedError, lost: Collection[str]) -> bool:
        """Tell whether all that hold a stack's locks are gone, on this machine or on those that are lost."""
        return self._processes.are_gone(name, error.holders, lost)

    def interrupt(self) -> None:
        """Let the update or refresh that is under way end as after Ctrl-C."""
        self._cli.interrupt()

    def unlock(self, name: str) -> None:
        """Take a stack's locks away from processes that are gone.

        Raises:
            EngineError: They cannot be taken away.
        """
        with _understood():
            automation.Stack.select(name, self._workspace()).cancel()

    def _workspace(self, **environment: str) -> _Workspace:
        return _Workspace(
            work_dir=str(self._project), env_vars={**_settings(), **environment}, pulumi_command=self._cli
        )


class _Workspace(automation.LocalWorkspace):
    """The project, without what the Automation API asks the CLI around every update and nobody here needs."""

    def select_stack(self, stack_name: str) -> None:
        """Leave the stack alone that the user has selected: every command names its own."""

    def stack_outputs(self, stack_name: str) -> automation.OutputMap:  # noqa: ARG002 - no stack exports anything
        """Return nothing."""
        return {}

    def export_stack(self, stack_name: str) -> automation.Deployment:
        """Read a stack's state, and leave secrets as they are: the stacks hold none."""
        command = ["stack", "export", "--stack", stack_name]
        exported = json.loads(self.pulumi_command.run(command, self.work_dir, self.env_vars).stdout)
        return automation.Deployment(exported["version"], exported["deployment"])


def _settings() -> dict[str, str]:
    """Return what a run needs and the user has not set."""
    wanted = {
        # A checkpoint after every step makes the time grow with the square of the stack. What a killed update did not
        # write down stands at DigiCert, where the next one finds it.
        "PULUMI_SKIP_CHECKPOINTS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    return {name: value for name, value in wanted.items() if name not in os.environ}


class _Listener:
    """Understands what the engine says while it works."""

    def __init__(self, record: Record, report: Callable[[int], None], say: Callable[[str], None]) -> None:
        self._record = record
        self._report = report
        self._say = say
        self._general: list[str] = []
        self.ended = Ended()

    def hear(self, event: EngineEvent) -> None:
        """Take note of an event."""
        if done := event.res_outputs_event:
            self._hear_of_an_end(done.metadata)
        elif said := event.diagnostic_event:
            self._hear_words(said.severity, said.urn or "", said.message.strip())

    def _hear_of_an_end(self, step: StepEventMetadata) -> None:
        order_id = _order_of(step.urn)
        if order_id is not None and step.new is not None:
            self.ended.done.add(order_id)
            self._report(order_id)

    def _hear_words(self, severity: str, urn: str, text: str) -> None:
        order_id = _order_of(urn)
        if severity == "error" and order_id is not None:
            self.ended.fail(order_id, text, self._record.failure(urn))
            self._report(order_id)
        elif severity == "error" and text != "update failed":
            self._general.append(told(text))
        elif severity in _FOR_THE_USER and text and messages.NOT_SHOWN not in text:
            self._say(told(text, order_id))

    @contextlib.contextmanager
    def until_it_ends(self) -> Any:
        """Take an end with errors that are about single orders for an end as any other."""
        try:
            with _understood():
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
def _understood() -> Any:
    """Turn the errors of the Automation API into those above."""
    try:
        yield
    except ConcurrentUpdateError as error:
        raise LockedError(str(error)) from None
    except (StackNotFoundError, StackAlreadyExistsError):
        raise
    except automation.CommandError as error:
        raise EngineError(_reason(str(error))) from None


def _reason(text: str) -> str:
    """Return what the CLI gives for its reason, out of all that it wrote."""
    said = re.sub(r"^ *(?:code: .*|stdout:|stderr:)", "", text, flags=re.MULTILINE)
    lines = [line.strip() for line in said.splitlines()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    reason = next(iter(errors), None) or next((line for line in reversed(lines) if line), "pulumi failed")
    return told(reason)
