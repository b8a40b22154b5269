"""What is declared twice in one program, in whatever process."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from digicert_pulumi.resources.declarations import Declarations

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = "127.0.0.1:4000"
ONE, OTHER = "urn:pulumi:dev::p::t::one", "urn:pulumi:dev::p::t::other"


def test_two_processes_of_one_engine_see_each_other(tmp_path: Path) -> None:
    first, second = (Declarations(tmp_path / "declared", ENGINE) for _ in range(2))
    assert first.declare("order 5", ONE) is None
    assert second.declare("order 6", OTHER) is None
    assert second.declare("order 5", OTHER) == ONE
    assert first.declare("order 6", ONE) == OTHER


def test_rivals_see_each_other_and_not_their_like(tmp_path: Path) -> None:
    declarations = Declarations(tmp_path, ENGINE)
    assert declarations.declare("a part of 5", ONE, "all of 5") is None
    assert declarations.declare("a part of 5", OTHER, "all of 5") is None
    assert declarations.declare("all of 5", "urn:all", "a part of 5") == ONE
    assert declarations.declare("a part of 5", "urn:third", "all of 5") == "urn:all"


def test_the_same_resource_is_no_second_one_and_nothing_is_told_twice(tmp_path: Path) -> None:
    first, second = (Declarations(tmp_path, ENGINE) for _ in range(2))
    first.declare("order 5", ONE)
    assert second.declare("order 5", ONE) is None
    assert [second.declare("order 5", OTHER) for _ in range(3)] == [ONE, None, None]


def test_other_engines_are_other_programs_and_without_one_a_process_is_alone(tmp_path: Path) -> None:
    for engine in ("127.0.0.1:4001", None, None):
        alone = Declarations(tmp_path, engine)
        assert alone.declare("order 5", ONE) is None
        assert alone.declare("order 5", OTHER) == ONE


def test_where_there_is_no_place_for_a_file_a_process_is_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    alone = Declarations(tmp_path / "file", ENGINE)
    assert alone.declare("order 5", ONE) is None
    assert alone.declare("order 5", OTHER) == ONE


def test_a_file_that_is_broken_costs_the_knowledge_of_others_alone(tmp_path: Path) -> None:
    Declarations(tmp_path, ENGINE).declare("order 5", ONE)
    [file] = tmp_path.iterdir()
    file.write_bytes(b"\0\0\n[1]\n")
    broken = Declarations(tmp_path, ENGINE)
    assert broken.declare("order 5", OTHER) is None
    assert broken.declare("order 5", ONE) == OTHER


def test_only_its_own_old_files_are_removed(tmp_path: Path) -> None:
    stale, foreign = tmp_path / f"{'a' * 16}.jsonl", tmp_path / "notes.jsonl"
    for file in (stale, foreign):
        file.write_text("")
        os.utime(file, (time.time() - 100_000,) * 2)
    Declarations(tmp_path, ENGINE).declare("order 5", ONE)
    assert foreign.exists()
    assert not stale.exists()
