"""The orders of a new state: variety in a fixed pattern, the same for the same seed."""

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from certcentral_sandbox.account.generate import PLAIN_KINDS, SPECIAL_KINDS, generate, kind_of
from certcentral_sandbox.account.store import Store

TABLES = ("orders", "certificates", "requests")


def rows(path: Path, orders: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    with closing(Store(path)) as store:
        generate(store, orders, seed)
        return {
            table: [dict(row) for row in store.all(f"SELECT * FROM {table}")]  # noqa: S608 - our own names
            for table in TABLES
        }


def test_the_same_seed_gives_the_same_orders(tmp_path: Path) -> None:
    assert rows(tmp_path / "a", 100, 7) == rows(tmp_path / "b", 100, 7)


def test_another_seed_gives_other_orders(tmp_path: Path) -> None:
    first, second = (rows(tmp_path / str(seed), 20, seed)["orders"] for seed in (1, 2))
    assert [row["id"] for row in first] == [row["id"] for row in second]
    assert [row["common_name"] for row in first[1:]] != [row["common_name"] for row in second[1:]]


def test_an_order_does_not_depend_on_how_many_follow_it(tmp_path: Path) -> None:
    few, many = rows(tmp_path / "few", 30, 1), rows(tmp_path / "many", 60, 1)
    assert [row["id"] for row in many["orders"]] == list(range(100000001, 100000061))
    for table in TABLES:
        assert many[table][: len(few[table])] == few[table]


def test_the_first_order_is_an_issued_multi_domain_one(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        first = rows(tmp_path / str(seed), 1, seed)["orders"][0]
        assert (first["kind"], first["status"], first["common_name"]) == (
            "ov_multi_domain",
            "issued",
            "www.example.com",
        )
        assert len(json.loads(first["dns_names"])) > 1


def test_every_kind_recurs_and_more_than_80_of_100_are_plain_issued_and_valid(tmp_path: Path) -> None:
    everything = rows(tmp_path / "state", 300, 1)
    orders = everything["orders"]
    kinds = Counter(row["kind"] for row in orders)
    assert set(kinds) == {*PLAIN_KINDS, *SPECIAL_KINDS}
    assert all(kinds[kind] == 3 for kind in SPECIAL_KINDS)
    assert sum(kinds[kind] for kind in PLAIN_KINDS) > 240
    assert all(row["kind"] == kind_of(row["id"]) for row in orders)
    names = [row["common_name"] for row in orders]
    assert len(names) == len(set(names))
    asked = {row["order_id"] for row in everything["requests"] if row["type"] == "revoke"}
    plain = [row for row in orders if row["kind"] in PLAIN_KINDS]
    with closing(Store(tmp_path / "state")) as store:
        generated = store.meta("generated")
    assert generated is not None
    assert all(row["status"] == "issued" and row["valid_till"] > generated[:10] for row in plain)
    assert not asked & {row["id"] for row in plain}
