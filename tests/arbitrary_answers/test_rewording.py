"""Lines are for people: with other words in all of them, everything but the lines is as before."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from arbitrary_answers.rewording import reworded_tree

if TYPE_CHECKING:
    from pathlib import Path

MANY = 1000
BUT_THE_LINES = ("sent", "second", "shown", "state", "undone")
"""The promises of a hunt that are not about lines."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("tests.arbitrary_answers.hunt", "--seed", "{seed}", "--lives", "25", *BUT_THE_LINES),
        (
            "pytest",
            "-q",
            "-m",
            "not slow",
            "tests/properties/test_known_sequences.py",
            "tests/chaos/test_faults.py",
        ),
    ],
    ids=["any answer", "faults"],
)
def test_nothing_reads_the_words_of_a_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    seed = random.randrange(10**6)  # noqa: S311  # no secret
    assert reworded_tree(tmp_path, seed) > MANY
    done = subprocess.run(
        [sys.executable, "-m", *(each.format(seed=seed) for each in command)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{tmp_path / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (seed, done.stdout[-4000:], done.stderr[-2000:])
