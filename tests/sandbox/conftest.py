"""What the sandbox's tests share: a process, a caller that speaks plain HTTP, and the state machine alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sandbox.talk import Caller, Machine
from support.sandbox import Sandbox, sandbox_fixture


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A process of its own."""
    yield from sandbox_fixture(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A process for the tests of a module that each use orders of their own."""
    yield from sandbox_fixture(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture
def call(sandbox: Sandbox) -> Iterator[Caller]:
    with closing(Caller(sandbox)) as caller:
        yield caller


@pytest.fixture
def ask(shared: Sandbox) -> Iterator[Caller]:
    with closing(Caller(shared)) as caller:
        yield caller


@pytest.fixture
def machine_with(tmp_path: Path) -> Iterator[Callable[..., Machine]]:
    """Make a state machine with answers and settings."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Machine:
            machine = Machine(tmp_path, **settings)
            stack.callback(machine.store.close)
            return machine

        yield make


@pytest.fixture
def machine(machine_with: Callable[..., Machine]) -> Machine:
    return machine_with()
