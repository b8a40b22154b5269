"""Sequences that broke a promise once, here or in a wrong version made to be found, and those that are hardest to keep one in."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from properties.world import LATE, TAKES_WHATEVER_IT_IS_SENT, World
from support.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAKED, SOLD = "Key leaked.", "Server sold."

UNANSWERED = {"fault": "hold", "method": "PUT", "count": 1}
UNREADABLE = {"fault": "status", "method": "GET", "status": 503}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("known"), answers=TAKES_WHATEVER_IT_IS_SENT) as started:
        yield started
        assert started.errors() == ""


@pytest.fixture(scope="module")
def unused(sandbox: Sandbox) -> Iterator[int]:
    return iter(sandbox.plain(50))


@pytest.fixture
def world(sandbox: Sandbox, unused: Iterator[int]) -> Iterator[World]:
    """A world in which, whatever a test did, everything is seen to in the end."""
    world = World(sandbox, list(itertools.islice(unused, 2)))
    yield world
    world.settle()
    world.destroy()


@pytest.mark.parametrize(
    ("when", "with_engine"),
    [
        ("before", True),
        ("after", False),
        pytest.param("before", False, marks=pytest.mark.slow),
        pytest.param("after", True, marks=pytest.mark.slow),
    ],
)
def test_a_crash_during_the_put_and_a_reading_that_fails_after_it(
    world: World, when: str, with_engine: bool
) -> None:
    world.declare("one", 0, LEAKED)
    world.crash("PUT", when, with_engine=with_engine)
    assert world.up({**UNREADABLE, "count": 9}).errors != []
    assert world.up().changes == {"one": "create"}
    assert len(world.open_requests(world.orders[0])) == 1


def test_a_request_that_is_seen_late_and_whose_order_cannot_be_read_back(world: World) -> None:
    world.declare("one", 0, LEAKED)
    late = {"fault": "late_request", "method": "PUT", "seconds": LATE}
    assert world.up(late, {**UNREADABLE, "skip": 1}).errors != []
    assert world.engine.state["one"].unfinished
    assert world.refresh().changes == {"one": "update"}
    assert not world.engine.state["one"].unfinished


def test_a_rejected_request_that_the_stack_has_forgotten(world: World) -> None:
    world.declare("one", 0, LEAKED)
    world.up()
    world.decide(0, "reject")
    world.destroy()
    assert world.up().changes == {"one": "create"}
    assert world.engine.state["one"].outputs["status"] == "rejected"
    assert world.open_requests(world.orders[0]) == []


def test_a_replacement_after_a_rejection_that_crashes(world: World) -> None:
    world.declare("one", 0, LEAKED)
    world.up()
    world.decide(0, "reject")
    world.refresh()
    world.declare("one", 0, SOLD)
    world.crash("PUT", "after")
    assert world.engine.state["one"].outputs["status"] == "rejected"
    assert world.up().changes == {"one": "replace"}
    [request] = world.open_requests(world.orders[0])
    assert world.engine.state["one"].outputs["requestId"] == request["id"]


def test_another_program_that_asks_for_the_same_while_an_update_is_unfinished(world: World) -> None:
    world.declare("one", 0, LEAKED)
    assert world.up({**UNREADABLE, "skip": 1}).errors != []
    world.ask_elsewhere(0, SOLD)
    first, _ = world.open_requests(world.orders[0])
    world.decide(0, "reject")
    assert world.up().changes == {"one": "update"}
    assert world.engine.state["one"].outputs["requestId"] == first["id"]


def test_another_order_while_the_first_one_cannot_be_forgotten(world: World) -> None:
    world.declare("one", 0, LEAKED)
    world.up()
    world.declare("one", 1, LEAKED)
    assert world.up({**UNANSWERED, "when": "before"}).errors != []
    assert int(world.engine.state["one"].outputs["orderId"]) == world.orders[0]
    assert world.up().changes == {"one": "replace"}
