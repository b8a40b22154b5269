"""The rows of a file: what is read, and what is told, all at once, before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digicert_pulumi.incident.rows import BadRowsError, read
from digicert_pulumi.runtime.masking import hide

if TYPE_CHECKING:
    from pathlib import Path

    from incident.machine import Machine
    from support.sandbox import Sandbox


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file."""
    return tmp_path / "orders.csv"


def problems(file: Path) -> list[str]:
    with pytest.raises(BadRowsError) as told:
        read(file)
    return told.value.problems


def test_the_columns_are_the_arguments_of_the_resource_and_others_are_kept(file: Path) -> None:
    file.write_text(
        "Ticket,Order ID,comments,revocation_reason,skip_approval,Expected Common Name,expected_product\n"
        'T-1,100000001,"Leaked, twice",keyCompromise,yes,www.example.com,ssl_plus\n'
        "T-2,100000002,Leaked,,,,\n"
    )
    incident = read(file)
    assert incident.orders == {
        100000001: {
            "order_id": 100000001,
            "comments": "Leaked, twice",
            "revocation_reason": "keyCompromise",
            "skip_approval": True,
            "expected_common_name": "www.example.com",
            "expected_product": "ssl_plus",
        },
        100000002: {"order_id": 100000002, "comments": "Leaked"},
    }
    assert [(row.line, row.cells[0]) for row in incident.rows] == [(2, "T-1"), (3, "T-2")]


def test_a_cell_can_name_several_hosts(file: Path) -> None:
    file.write_text(
        "order_id,comments,must_not_be_served_by\n"
        "1,Leaked,www.example.com mail.example.com:25\n2,Leaked,\n3,Leaked,www.example.com\n"
    )
    assert [inputs.get("must_not_be_served_by") for inputs in read(file).orders.values()] == [
        ["www.example.com:443", "mail.example.com:25"],
        None,
        ["www.example.com:443"],
    ]


@pytest.mark.parametrize(
    "text",
    [
        "order_id,comments\n1,Leaked\n2,Leaked\n",
        "\ufefforder_id,comments\r\n1,Leaked\r\n2,Leaked\r\n",
        "order_id;comments\n1;Leaked\n2;Leaked",
        "order_id\tcomments\n1\tLeaked\n2\tLeaked\n",
        "\n order_id , comments \n\n 1 ,  Leaked\n ,\n2 , Leaked \n\n",
        "sep=;\r\norder_id;comments\r\n1;Leaked\r\n2;Leaked\r\n",
        "\ufeffsep=,\norder_id,comments\n1,Leaked\n2,Leaked\n",
        "order_id,comments\n0001,Leaked\n2,Leaked\n",
        'ORDER_ID,"comments",\n"1","Leaked",\n2,Leaked\n',
        '"a; b; c; d",order_id,comments\n,1,Leaked\n,2,Leaked\n',
        '"a, b, c, d";"e\nf, g, h";order_id;comments\n;;1;Leaked\n;;2;Leaked\n',
        'order_id\t"tickets; hosts, teams"\tcomments\n1\t\tLeaked\n2\t\tLeaked\n',
    ],
)
def test_what_spreadsheets_write_is_read(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="")
    assert list(read(file).orders.values()) == [{"order_id": n, "comments": "Leaked"} for n in (1, 2)]


def test_all_bad_rows_are_told_with_the_lines_they_begin_on(file: Path) -> None:
    file.write_text(
        "order_id,comments,revocation_reason\n"
        "one,Leaked,\n"
        '2,"over\ntwo lines",key_compromise\n'
        "3,,\n"
        "4,Leaked, twice,keyCompromise\n"
        "0,Leaked,sold\n"
        "5,Leaked\n"
    )
    reasons = "unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation"
    assert problems(file) == [
        "line 2: order_id must be the order's id, a whole number such as 123456789",
        f"line 3: revocation_reason must be one of {reasons}; did you mean keyCompromise?",
        "line 5: comments is required",
        "line 6: has 4 cells, but the header has 3; quote cells that contain the separator",
        "line 7: order_id must be the order's id, a whole number from 1 to 9007199254740991",
        f"line 7: revocation_reason must be one of {reasons}",
    ]


def test_a_cell_that_holds_the_key_is_told_without_it(file: Path) -> None:
    hide(["key-of-the-incident"])
    file.write_text("order_id,comments,note\n1,See key-of-the-incident,\n2,Leaked,KEY-OF-THE-INCIDENT\n")
    reason = "holds the API key, which would be stored in files and sent to DigiCert; remove it"
    assert problems(file) == [f"line 2: comments {reason}", f"line 3: note {reason}"]


def test_what_is_wrong_is_told_without_control_characters(file: Path) -> None:
    file.write_text("order_id,ticket\x1b[31m\n1,2\n")
    assert problems(file) == [
        "line 1: the column comments is missing (the columns are order_id, ticket [31m); add it, or set --comments"
    ]


def test_rows_that_ask_for_the_same_are_one_revocation(file: Path) -> None:
    file.write_text("order_id,comments,host\n1,Leaked,a\n1, Leaked,b\n")
    incident = read(file)
    assert list(incident.orders) == [1]
    assert [row.cells[2] for row in incident.rows] == ["a", "b"]


def test_rows_that_ask_for_different_things_of_one_order_are_told(file: Path) -> None:
    file.write_text("order_id,comments\n1,Leaked\n2,Leaked\n01,Sold\n")
    assert problems(file) == [
        "line 4: order 1 is already on line 2, with another value of comments; give both rows the same values, or remove one of them"
    ]


def test_an_order_has_the_hosts_of_all_its_rows(file: Path) -> None:
    """To remove a row would remove a guard rail."""
    file.write_text(
        "order_id,comments,must_not_be_served_by\n1,Leaked,\n1,Leaked,b.example.com a.example.com\n1,Leaked,c.example.com\n"
        "2,Leaked,d.example.com\n2,Leaked,\n"
    )
    hosts = {order_id: inputs["must_not_be_served_by"] for order_id, inputs in read(file).orders.items()}
    assert hosts == {
        1: ["b.example.com:443", "a.example.com:443", "c.example.com:443"],
        2: ["d.example.com:443"],
    }


@pytest.mark.parametrize(
    ("order_id", "problem"),
    [
        ("9007199254740992", "9007199254740992 is too large"),
        ("9" * 5000, f"{'9' * 20}... is too large"),
        ("0" * 5000, "must be the order's id, a whole number from 1 to 9007199254740991"),
        *(
            (
                text,
                f"{text!r} is not an id: a spreadsheet turned it into a number; format the column as text, and enter the ids again",
            )
            for text in ("1E+08", "1,00E+08", "1.00000001E8", "100000001.0", "100000001,0")
        ),
    ],
)
def test_an_id_that_is_none_is_told_in_the_users_words(file: Path, order_id: str, problem: str) -> None:
    file.write_text(f"order_id;comments\n{order_id};Leaked\n")
    assert problems(file) == [f"line 2: order_id {problem}"]


def test_the_lines_below_the_one_that_names_the_separator_keep_their_numbers(file: Path) -> None:
    file.write_text("sep=;\norder_id;comments\n1;Leaked\nx;Leaked\n")
    assert problems(file)[0].startswith("line 4: order_id must be")


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    assert problems(file) == ["No such file or directory"]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (
            "order,comments",
            "the column order_id is missing (the columns are order, comments); add it, or one of serial_number, certificate_id, thumbprint",
        ),
        (
            "order_id",
            "the column comments is missing (the columns are order_id); add it, or set --comments",
        ),
        (
            "",
            "the column order_id is missing (the header is empty); add it, or one of serial_number, certificate_id, thumbprint",
        ),
        ("order_id,comments,comments", "the header has the column comments twice; rename or remove one"),
        (
            "order_id,comments,reason",
            "the column reason is unknown; did you mean revocation_reason? Rename it, or give a column of your own a less similar name",
        ),
        (
            "order_id,comments,Wait For Decision",
            "the column wait_for_decision is not supported: a run does not wait for decisions; remove the column",
        ),
        (
            "order_id,comments,expected_produkt",
            "the column expected_produkt is unknown; did you mean expected_product? Rename it, or give a column of your own a less similar name",
        ),
    ],
)
def test_a_header_that_is_not_understood_is_told(file: Path, header: str, problem: str) -> None:
    file.write_text(f"{header}\n1,Leaked,keyCompromise\n" if header else "")
    assert f"line 1: {problem}" in problems(file)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"order_id,comments\n", "line 1: there are no rows below the header"),
        (b"order_id,comments\n1,L\xe9aked\n", "line 2 is not UTF-8; save the file as 'CSV UTF-8'"),
        (b'order_id,comments\n1,"Leaked\n', "line 2 is not valid CSV (unexpected end of data)"),
    ],
)
def test_a_file_that_is_no_csv_is_told(file: Path, content: bytes, problem: str) -> None:
    file.write_bytes(content)
    assert problems(file) == [problem]


@pytest.mark.parametrize("command", ["plan", "run"])
def test_nothing_is_asked_and_nothing_is_sent_where_a_row_is_bad(
    machine: Machine, sandbox: Sandbox, command: str
) -> None:
    machine.write([*sandbox.plain(2), "x", 0])  # type: ignore[list-item]
    done = machine.run(command)
    assert done.code == 2
    assert done.err.splitlines() == [
        f"{machine.csv}: line 4: order_id must be the order's id, a whole number such as 123456789",
        f"{machine.csv}: line 5: order_id must be the order's id, a whole number from 1 to 9007199254740991",
        "nothing was sent",
    ]
    assert sandbox.access_log() == []
