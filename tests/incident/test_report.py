"""A report: the user's rows as they were, beside what became of them, for a person, a spreadsheet or the next run."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digicert_pulumi.incident.outcomes import Outcomes
from digicert_pulumi.incident.report import lost_outcomes, plan_table, result_table, write_plan, write_report
from digicert_pulumi.incident.rows import Incident, read
from digicert_pulumi.incident.stacks import Revocation
from digicert_pulumi.incident.survey import Finding
from digicert_pulumi.revoking.outcome import Snapshot
from digicert_pulumi.text.cells import escaped, unescaped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with columns of the user's own that are called like what a report tells."""
    path = tmp_path / "orders.csv"
    path.write_text("order_id;comments;status;product;Revoked\n1;Lücke;open;shop;no\n2;Lücke;open;blog;no\n")
    return path


def outcomes(folder: Path) -> Outcomes:
    known = Outcomes([1, 2], folder / "outcomes.json", print)
    known.add_state({1: Revocation({}, {"requestId": 7.0, "status": "pending"}, is_finished=True)}, {1})
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
        "result_processor": "",
        "result_processor_comment": "",
        "result_date_processed": "",
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


FORMULAS = ["=1+1", "@x", "+49 30", "-5", "'=x", "''-", "\uff1dx", "'quoted", "x=1", ""]


def test_no_cell_is_run_by_a_spreadsheet_and_all_are_read_back_as_they_were(tmp_path: Path) -> None:
    mine, report, again = (tmp_path / f"{name}.csv" for name in ("mine", "report", "again"))
    with mine.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["order_id", "comments", "=note"])
        writer.writerows([order, text or "none", text] for order, text in enumerate(FORMULAS, 1))
    incident = read(mine)
    known = Outcomes(incident.orders, tmp_path / "outcomes.json", print)
    known.fail({1: "=cmd|' /C calc'!A0", 2: "\t=1"})
    write_report(report, incident, known)
    with report.open(newline="", encoding="utf-8-sig") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-", "\t", "\r", "\uff1d"))]
    assert "'=cmd|' /C calc'!A0" in cells
    assert read(report).orders == incident.orders
    assert [row.cells[:3] for row in read(report).rows] == [row.cells for row in incident.rows]
    write_report(again, read(report), known)
    assert again.read_bytes() == report.read_bytes()


@given(st.text(alphabet="'=@+-\t\r\uff1da ", max_size=6))
def test_a_harmless_cell_is_no_formula_and_tells_what_it_was(cell: str) -> None:
    assert not escaped(cell).startswith(("=", "@", "+", "-", "\t", "\r", "\uff1d"))
    assert unescaped(escaped(cell)) == cell


def test_a_plan_shows_foreign_texts_as_one_harmless_line(file: Path, tmp_path: Path) -> None:
    shown = Snapshot("=x\r\n\x1b[31m", (), "@org", "SSL", "issued", "2027-01-01", "none")
    path = tmp_path / "plan.csv"
    found = {1: Finding("to be requested", shown=shown), 2: Finding("not read", "order 2: no answer")}
    write_plan(path, read(file), found)
    first, second = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
    assert (first["plan_common_name"], first["plan_organization"]) == ("'=x [31m", "'@org")
    assert (second["plan_expected"], second["plan_why"]) == ("not read", "order 2: no answer")


@pytest.mark.parametrize(
    ("now", "forgotten"),
    [({}, [1, 2]), ({2: "broken"}, [1]), ({1: "broken"}, [1, 2])],
)
def test_a_report_tells_where_an_earlier_one_knows_more(
    file: Path, tmp_path: Path, now: dict[int, str], forgotten: list[int]
) -> None:
    report = tmp_path / "report.csv"
    known = outcomes(tmp_path)
    write_report(report, read(file), known)
    assert lost_outcomes(report, known) == []
    later = Outcomes([1, 2], tmp_path / "none.json", print)
    later.fail(now)
    assert lost_outcomes(report, later) == forgotten
    later.add_state({1: Revocation({}, {"requestId": 8.0, "status": "rejected"}, is_finished=True)}, set())
    assert lost_outcomes(report, later) == [order for order in forgotten if order == 2]


def test_any_other_file_is_no_earlier_report(file: Path, tmp_path: Path) -> None:
    later = Outcomes([1, 2], tmp_path / "none.json", print)
    assert lost_outcomes(file, later) == []
    assert lost_outcomes(tmp_path / "none.csv", later) == []


def test_the_table_tells_how_far_the_requests_are_and_what_there_is_to_know(
    file: Path, tmp_path: Path
) -> None:
    known = Outcomes([1, 2, 3], tmp_path / "outcomes.json", print)
    approved = {"requestId": 7.0, "status": "approved", "revoked": True}
    rejected = {"requestId": 8.0, "status": "rejected"}
    known.add_state({1: Revocation({}, approved, is_finished=True)}, set())
    known.add_state({2: Revocation({}, rejected, is_finished=True)}, set())
    assert result_table(read(file), known).splitlines() == [
        "requested                1",
        "rejected                 1",
        "not reached              1",
        "orders                   3",
        "request approved         1",
        "request rejected         1",
        "orders revoked           1",
        (
            "rejected: order 2: request 8 was rejected; to send a new request, change the comments "
            "(status: open; product: blog; Revoked: no)"
        ),
    ]


def test_a_line_shows_the_user_s_own_columns_of_all_the_order_s_rows(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        f"order_id,comments,Host,Note,result_why\n1,x,web-1,,old\n2,x,web-2,,\n1,x,web-3,{'n' * 50},\n"
    )
    known = Outcomes([1, 2], tmp_path / "outcomes.json", print)
    known.fail({1: "order 1: no answer"})
    assert result_table(read(path), known).splitlines()[-1] == (
        f"failed: order 1: no answer (Host: web-1, web-3; Note: {'n' * 40}...)"
    )


def test_a_plan_counts_what_the_stacks_will_forget_apart_from_the_orders_of_the_file() -> None:
    found = {1: Finding("done"), 2: Finding("to be asked again"), 3: Finding("refused", "order 3: no")}
    assert plan_table(Incident(["order_id", "comments"]), found, 4).splitlines() == [
        "done                     1",
        "to be asked again        1",
        "refused                  1",
        "orders                   3",
        "to be forgotten          4",
        "refused: order 3: no",
    ]
