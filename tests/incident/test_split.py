"""How orders are split over stacks: an order never moves, for that would be a revocation forgotten and made anew."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digicert_pulumi.incident.split import MixedSplitError, Split, split

IDS = st.sets(st.integers(1, 2**53 - 1), min_size=1, max_size=60)


@given(first=IDS, more=IDS, size=st.integers(1, 20), other_size=st.integers(1, 20), data=st.data())
def test_an_order_stays_in_its_stack_whatever_rows_are_added_and_whatever_size_is_asked_for(
    first: set[int], more: set[int], size: int, other_size: int, data: st.DataObject
) -> None:
    before = split("run", len(first), size, [])
    made = {before.stack_of(order_id) for order_id in first}
    seen = data.draw(st.sets(st.sampled_from(sorted(made)), min_size=1))
    after = split("run", len(first | more), other_size, seen)
    assert {order_id: after.stack_of(order_id) for order_id in first} == {
        order_id: before.stack_of(order_id) for order_id in first
    }


@given(order_id=st.integers(1, 2**53 - 1), count=st.integers(1, 2000))
def test_every_order_has_one_of_the_stacks(order_id: int, count: int) -> None:
    some = Split("run", count)
    assert some.stack_of(order_id) in some.names()
    assert len(set(some.names())) == count


def test_the_rule_is_the_same_in_every_release() -> None:
    some = Split("incident-42", 12)
    assert [some.stack_of(order_id) for order_id in (1, 2, 100000001)] == [
        "incident-42-02-of-12",
        "incident-42-11-of-12",
        "incident-42-02-of-12",
    ]


def test_the_stacks_are_about_equally_large() -> None:
    some = split("run", 20_000, 1000, [])
    sizes = Counter(some.stack_of(order_id) for order_id in range(100000001, 100020001))
    assert len(sizes) == some.count == 20
    assert max(sizes.values()) < 1150


def test_several_machines_have_two_stacks_each_at_least() -> None:
    assert [split("run", 100, 1000, [], machines=machines).count for machines in (1, 2, 3)] == [1, 4, 6]
    assert split("run", 100, 1000, ["run-1-of-1"], machines=3).count == 1


def test_stacks_of_other_runs_do_not_count() -> None:
    others = ["run-2-1-of-7", "run-1-of-7-old", "my-run-1-of-7", "dev"]
    assert split("run", 100, 10, others) == Split("run", 10)


def test_stacks_of_several_splits_are_told() -> None:
    with pytest.raises(MixedSplitError, match=r"several splits of 'run' \(into 2 and into 3 stacks\): "):
        split("run", 100, 10, ["run-1-of-3", "run-2-of-2"])
