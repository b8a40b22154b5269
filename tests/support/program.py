"""A program against an engine that only registers: what it declares, and what it reads of a state."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.runtime import mocks


class Engine(mocks.Mocks):
    """An engine that answers every resource with the same id and state.

    Attributes:
        registered: What programs declared.
    """

    def __init__(self, id_: str, state: dict[str, Any]) -> None:
        self.registered: list[mocks.MockResourceArgs] = []
        self._answer = id_, state
        mocks.set_mocks(self)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        return self._answer

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(args)


def run(program: Any) -> Any:
    """Run a program against the mocked engine; its result, resolved."""
    values: list[Any] = []

    def resolve() -> Any:
        return pulumi.Output.from_input(program()).apply(values.append)

    pulumi.runtime.test(resolve)()  # type: ignore[no-untyped-call]
    return values[0]
