"""A report: the user's rows as they were, beside what became of them, for a person, a spreadsheet or the next run."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from runner.outcomes import Outcomes
from runner.report import plan_table, result_table, write_report
from runner.rows import read
from runner.stacks import Revocation
from runner.survey import Finding

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with columns of the user's own that are called like what a report tells."""
    path = tmp_path / "orders.csv"
    path.write_text("order_id;comments;status;product;Revoked\n1;Lücke;open;shop;no\n2;Lücke;open;blog;no\n")
    return path


def outcomes(folder: Path) -> Outcomes:
    known = Outcomes([1, 2], folder / "outcomes.json")
    known.stand({1: Revocation({}, {"requestId": 7.0, "status": "pending"}, is_finished=True)}, {1})
    known.refuse({2: "order 2: DigiCert does not know this order"})
    return known


def test_the_users_own_columns_are_kept_whatever_they_are_called(file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    write_report(report, read(file), outcomes(tmp_path))
    first, _ = csv.DictReader(report.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
    assert first == {
        "order_id": "1",
        "comments": "Lücke",
        "status": "open",
        "product": "shop",
        "Revoked": "no",
        "result_outcome": "requested",
        "result_request_id": "7",
        "result_status": "pending",
        "result_revoked": "false",
        "result_why": "",
    }


def test_a_report_is_known_to_excel_as_utf_8_and_is_a_file_for_the_next_run(
    file: Path, tmp_path: Path
) -> None:
    report, again = tmp_path / "report.csv", tmp_path / "again.csv"
    write_report(report, read(file), outcomes(tmp_path))
    assert report.read_bytes().startswith(b"\xef\xbb\xbforder_id;")
    incident = read(report)
    assert incident.orders == read(file).orders
    write_report(again, incident, outcomes(tmp_path))
    assert again.read_bytes() == report.read_bytes()


def test_the_table_tells_how_far_the_requests_are_and_what_there_is_to_know(
    file: Path, tmp_path: Path
) -> None:
    known = Outcomes([1, 2, 3], tmp_path / "outcomes.json")
    approved = {"requestId": 7.0, "status": "approved", "revoked": True}
    rejected = {"requestId": 8.0, "status": "rejected"}
    known.stand({1: Revocation({}, approved, is_finished=True)}, set())
    known.stand({2: Revocation({}, rejected, is_finished=True)}, set())
    assert result_table(read(file), known).splitlines() == [
        "requested                1",
        "rejected                 1",
        "not reached              1",
        "orders                   3",
        "request approved         1",
        "request rejected         1",
        "orders revoked           1",
        "rejected: request 8 was rejected; to ask again, change the comments",
    ]


def test_a_plan_counts_what_the_stacks_will_forget_apart_from_the_orders_of_the_file() -> None:
    found = {1: Finding("done"), 2: Finding("to be asked again"), 3: Finding("refused", "order 3: no")}
    assert plan_table(found, 4).splitlines() == [
        "done                     1",
        "to be asked again        1",
        "refused                  1",
        "orders                   3",
        "to be forgotten          4",
        "refused: order 3: no",
    ]
