"""That everything which is measured can be measured, and ends in results, plots and tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    page = folder / "page.md"
    page.write_text("Before.\n<!-- results: begin -->\nold\n<!-- results: end -->\nAfter.\n")
    command = [sys.executable, "-m", "benchmarks", "--tiny", "--results", folder, "--page", page]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / f"{name}.json").read_text())["rows"]
    return found


def test_calls_are_counted_with_one_put_for_each_order(results: Path) -> None:
    ours = [row for row in rows(results, "calls") if row["solution"] == "digicert_pulumi"]

    assert [row["up"]["PUT"] for row in ours] == [row["orders"] for row in ours]
    assert all("PUT" not in row["preview"] | row["refresh"] for row in ours)
    assert [row["unchanged_preview"] for row in ours] == [{}] * len(ours)


def test_the_loop_costs_three_calls_for_each_order(results: Path) -> None:
    loop = [row for row in rows(results, "calls") if row["solution"] == "requests loop"]

    assert [row["all"] for row in loop] == [{"GET": 2 * row["orders"], "PUT": row["orders"]} for row in loop]


def test_the_simulated_incident_requests_every_order(results: Path) -> None:
    ours = [row for row in rows(results, "incident") if row["solution"] == "digicert_pulumi"]

    assert {row["stacks"] for row in ours} == {1, 2}
    assert [(row["requests_made"], row["turned_away"]) for row in ours] == [(200, 0)] * len(ours)


def test_plots_are_drawn_and_the_tables_stand_between_their_markers(results: Path) -> None:
    page = (results / "page.md").read_text()

    assert sorted(file.name for file in results.glob("*.svg")) == ["calls.svg", "growth.svg", "incident.svg"]
    assert page.startswith("Before.\n<!-- results: begin -->\n\n## Calls for each order")
    assert page.endswith("<!-- results: end -->\nAfter.\n")
    assert "\nold\n" not in page
