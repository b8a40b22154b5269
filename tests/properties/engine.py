"""A small model of Pulumi's engine: the calls that it makes, in its order, and what it keeps of their answers.

Like the engine it starts a provider process for every operation, and runs the steps of resources side by side.
Source: `stepgen.go`, `step.go` and `update.go` of the CLI v3.259.0.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from support.provider import Provider, ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

Properties = dict[str, Any]


@dataclass
class Resource:
    """What the state holds of a resource.

    Attributes:
        unfinished: Whether it was made and what had to follow failed: the next `up` calls `update`.
    """

    id: str
    inputs: Properties
    outputs: Properties
    unfinished: bool = False


@dataclass
class Report:
    """What an operation did and said.

    Attributes:
        changes: What happened to each resource: `create`, `update`, `replace`, `delete`; not what stayed the same.
        errors: What failed, as the user reads it.
        lines: The provider's lines for the user.
    """

    changes: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class Failed(Exception):  # noqa: N818  # an end, not an error
    """A step failed: the operation starts no other."""


class Engine:
    """A stack and its program.

    Args:
        start: Starts a provider process.

    Attributes:
        program: The inputs that the program declares, by the name of the resource.
        state: What is stored, by the name of the resource.
        doomed: What was replaced and is not deleted yet.
        provider: The process of the operation that runs now.
    """

    def __init__(self, start: Callable[[], Provider]) -> None:
        self.program: dict[str, Properties] = {}
        self.state: dict[str, Resource] = {}
        self.doomed: list[Resource] = []
        self.provider: Provider | None = None
        self._start = start
        self._report = Report()

    def preview(self) -> Report:
        """`pulumi preview`."""
        return self._operate(self._preview)

    def up(self) -> Report:
        """`pulumi up --skip-preview`."""
        return self._operate(self._up)

    def refresh(self) -> Report:
        """`pulumi refresh`."""
        return self._operate(self._refresh)

    def destroy(self) -> Report:
        """`pulumi destroy`."""
        return self._operate(self._destroy)

    def _operate(self, operation: Callable[[Provider], None]) -> Report:
        self._report = Report()
        with self._start() as self.provider:
            try:
                operation(self.provider)
            except Failed:
                assert self._report.errors
            self._report.lines = self.provider.lines
        self.provider = None
        return self._report

    def _preview(self, provider: Provider) -> None:
        for name in self.program:
            self._plan(provider, name)

    def _up(self, provider: Provider) -> None:
        steps: list[Future[None]] = []
        with ThreadPoolExecutor(4) as pool:
            try:
                for name in self.program:
                    if step := self._plan(provider, name):
                        steps.append(pool.submit(step))  # noqa: PERF401  # what is planned starts at once
            finally:
                failures = [step.exception() for step in steps]
        for failure in failures:
            if failure is not None:
                raise failure
        for resource in list(self.doomed):
            self._delete(provider, resource)
            self.doomed.remove(resource)
        for name in self.state.keys() - self.program.keys():
            self._remove(provider, name)

    def _plan(self, provider: Provider, name: str) -> Callable[[], None] | None:
        """Check and diff a resource; what is to be done."""
        old = self.state.get(name)
        inputs = self._check(provider, name, old)
        if old is None:
            self._report.changes[name] = "create"
            return lambda: self._create(provider, name, inputs)
        changed, replaces = self._diff(provider, old.outputs, inputs, old.inputs, inputs)
        if changed and replaces:
            inputs = self._check(provider, name, None)
            self._report.changes[name] = "replace"
            return lambda: self._replace(provider, name, inputs)
        if changed or old.unfinished:
            self._report.changes[name] = "update"
            return lambda: self._update(provider, name, old, inputs)
        self.state[name] = Resource(old.id, inputs, old.outputs)
        return None

    def _check(self, provider: Provider, name: str, old: Resource | None) -> Properties:
        with self._failing():
            inputs, failures = provider.check(self.program[name], old.inputs if old else None, name)
        if failures:
            self._report.errors += [reason for _, reason in failures]
            raise Failed
        return inputs

    def _diff(
        self, provider: Provider, olds: Properties, news: Properties, before: Properties, after: Properties
    ) -> tuple[bool, list[str]]:
        with self._failing():
            changes, replaces = provider.diff(olds, news)
        if changes == "DIFF_UNKNOWN":  # the engine compares the inputs itself
            return before != after, replaces
        return changes == "DIFF_SOME", replaces

    def _create(self, provider: Provider, name: str, inputs: Properties) -> None:
        id_ = str(int(inputs["orderId"]))
        try:
            outputs = provider.create(inputs)
        except ProviderError as error:
            if error.kept is not None:
                self.state[name] = Resource(id_, inputs, error.kept, unfinished=True)
            self._fail(error)
        self.state[name] = Resource(id_, inputs, outputs)

    def _replace(self, provider: Provider, name: str, inputs: Properties) -> None:
        old = self.state[name]
        try:
            self._create(provider, name, inputs)
        finally:
            if self.state[name] is not old:
                self.doomed.append(old)

    def _update(self, provider: Provider, name: str, old: Resource, inputs: Properties) -> None:
        try:
            outputs = provider.update(old.id, old.outputs, inputs)
        except ProviderError as error:
            if error.kept is not None:
                self.state[name] = Resource(old.id, old.inputs, error.kept, unfinished=True)
            self._fail(error)
        self.state[name] = Resource(old.id, inputs, outputs)

    def _refresh(self, provider: Provider) -> None:
        for name, old in list(self.state.items()):
            try:
                with self._failing():
                    id_, outputs, inputs = provider.read(old.id, old.outputs)
                if not id_:
                    del self.state[name]
                    self._report.changes[name] = "delete"
                    continue
                new = Resource(id_, old.inputs if inputs is None else inputs, outputs)
                changed, _ = self._diff(provider, outputs, old.inputs, old.inputs, new.inputs)
            except Failed:
                continue
            if changed:
                self._report.changes[name] = "update"
            self.state[name] = new

    def _destroy(self, provider: Provider) -> None:
        for resource in list(self.doomed):
            self._delete(provider, resource)
            self.doomed.remove(resource)
        for name in list(self.state):
            self._remove(provider, name)

    def _remove(self, provider: Provider, name: str) -> None:
        self._delete(provider, self.state[name])
        self._report.changes[name] = "delete"
        del self.state[name]

    def _delete(self, provider: Provider, resource: Resource) -> None:
        with self._failing():
            provider.delete(resource.id, resource.outputs)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except ProviderError as error:
            self._fail(error)

    def _fail(self, error: ProviderError) -> NoReturn:
        self._report.errors.append(str(error))
        raise Failed from None
