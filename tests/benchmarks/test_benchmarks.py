"""That everything which is measured can be measured, and ends in results, plots and tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.page import summarize
from benchmarks.page import write as write_tables
from benchmarks.results import Results

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    page, readme = folder / "page.md", folder / "README.md"
    for file in (page, readme):
        file.write_text("Before.\n<!-- results: begin -->\nold\n<!-- results: end -->\nAfter.\n")
    where = ["--results", folder, "--page", page, "--readme", readme]
    subprocess.run([sys.executable, "-m", "benchmarks", "--tiny", *map(str, where)], cwd=ROOT, check=True)
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


def test_one_resource_is_timed_in_both_languages_and_set_side_by_side(results: Path) -> None:
    python, yaml = rows(results, "languages")
    page = (results / "page.md").read_text()

    assert (python["solution"], yaml["solution"]) == ("Python, dynamic provider", "YAML, native provider")
    ratio = yaml["unchanged_preview"]["median"] / python["unchanged_preview"]["median"]
    [line] = [line for line in page.splitlines() if line.startswith("| ratio, YAML to Python |")]
    assert f"| {ratio:.2f} (" in line


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


def test_the_first_figures_of_the_readme_are_those_of_the_files(results: Path) -> None:
    readme = (results / "README.md").read_text()
    [one] = [
        row for row in rows(results, "calls") if row["solution"] == "digicert_pulumi" and row["orders"] == 1
    ]
    calls = sum(one["preview"].values()) + sum(one["up"].values())

    assert f"| first `pulumi up` of one order, including its preview | {calls} | 1 |" in readme
    stricter = [row for row in rows(results, "incident") if row["limit"] == "1,000 in 5 minutes"]
    assert [row for row in stricter if f"| {row['hours_with_refresh']:.2f} |" in readme] == stricter != []


def test_the_repository_shows_what_its_result_files_hold(tmp_path: Path) -> None:
    for page, write in ((ROOT / "docs" / "benchmarks.md", write_tables), (ROOT / "README.md", summarize)):
        again = tmp_path / page.name
        again.write_text(page.read_text())
        write(Results(ROOT / "benchmarks" / "results", ""), again)
        assert again.read_text() == page.read_text()
