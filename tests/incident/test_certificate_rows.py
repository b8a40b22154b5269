"""Rows that name certificates: the order of each is found, and never revoked for one of several certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support.digicert import DigiCert, client
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import Certificate, Client
from digicert_pulumi.incident.certificate_rows import Certificates
from digicert_pulumi.incident.rows import BadRowsError, Named, UnresolvedError, read
from digicert_pulumi.resources.fields import MAX_ID

if TYPE_CHECKING:
    from pathlib import Path

    from incident.machine import Machine
    from support.sandbox import Sandbox

SERIAL = "0A1B2C3D4E5F60718293A4B5C6D7E8F9"
THUMBPRINT = "7D236B54D19D5EACF0881FAF24D51DFE5D23E945"


def test_a_row_names_a_certificate_in_any_spelling(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lower = ":".join(SERIAL.lower()[at : at + 2] for at in range(0, 32, 2))
    file.write_text(f"serial_number,certificate_id,thumbprint\n{lower},,\n,77,\n,,{THUMBPRINT.lower()}\n")
    incident = read(file, defaults={"comments": "Leaked."})
    assert incident.named == [
        Named(serial_number=SERIAL),
        Named(certificate_id=77),
        Named(thumbprint=THUMBPRINT),
    ]
    assert list(incident.orders) == [MAX_ID, MAX_ID - 1, MAX_ID - 2]


def test_the_order_of_a_certificate_takes_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"serial_number,order_id\n{SERIAL},\n,5\n")
    incident = read(file, defaults={"comments": "Leaked."}, order_of=lambda _: 4)
    assert list(incident.orders) == [4, 5]
    assert incident.named == [Named(serial_number=SERIAL)]


def test_all_rows_without_an_order_are_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"serial_number,thumbprint\n{SERIAL},\n0G,\n,0A\n")

    def order_of(_: Named) -> int:
        raise UnresolvedError("was not found")

    with pytest.raises(BadRowsError) as caught:
        read(file, defaults={"comments": "Leaked."}, order_of=order_of)
    assert [problem.partition(", such")[0] for problem in caught.value.problems] == [
        "line 2: was not found",
        "line 3: serial_number must be a serial number in hexadecimal",
        "line 4: thumbprint must be a certificate's SHA-1 thumbprint, 40 hexadecimal digits",
    ]


@pytest.mark.parametrize("text", ["1\n2\n", "order_id\n1\n2\n", "1\r\n\r\n2"])
def test_ids_alone_are_a_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "ids.txt"
    file.write_text(text, newline="")
    incident = read(file, defaults={"comments": "Leaked.", "revocation_reason": "keyCompromise"})
    assert list(incident.orders.values()) == [
        {"order_id": n, "comments": "Leaked.", "revocation_reason": "keyCompromise"} for n in (1, 2)
    ]


def test_a_rows_own_comments_and_reason_count(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("order_id,comments,revocation_reason\n1,Mine,\n2,,superseded\n")
    incident = read(file, defaults={"comments": "Leaked.", "revocation_reason": "keyCompromise"})
    assert incident.orders == {
        1: {"order_id": 1, "comments": "Mine", "revocation_reason": "keyCompromise"},
        2: {"order_id": 2, "comments": "Leaked.", "revocation_reason": "superseded"},
    }


@pytest.mark.slow
@pytest.mark.engine
def test_certificates_are_revoked_by_their_orders_once_each(machine: Machine, sandbox: Sandbox) -> None:
    orders = sandbox.plain(3)
    one, two, three = (sandbox.order(order)["certificate"] for order in orders)
    machine.csv.write_text(
        "serial_number,Certificate ID,thumbprint,host\n"
        f"{one['serial_number']},,,web\n,{two['id']},,web\n,,{three['thumbprint']},web\n"
    )
    planned = machine.run("plan", "--comments", "Leaked.", "--reason", "keyCompromise")
    assert planned.code == 0, planned.err
    assert [row["plan_expected"] for row in machine.report("plan")] == ["to be requested"] * 3
    before = len(sandbox.access_log())
    done = machine.run("run", "--yes", "--comments", "Leaked.", "--reason", "keyCompromise")
    assert done.code == 0, done.out + done.err
    assert machine.outcomes() == dict.fromkeys(orders, "requested")
    assert len(sandbox.writes()) == 3
    # What the plan found is not asked for again.
    assert not [line for line in sandbox.access_log()[before:] if "filters" in line.get("query", "")]
    for order in orders:
        [request] = sandbox.revoke_requests(order)
        assert (request["comments"], request["revocation_reason"]) == ("Leaked.", "keyCompromise")
    again = machine.run("report")
    assert again.code == 0, again.err
    assert {row["host"] for row in machine.report()} == {"web"}
    assert {row["comments"] for row in machine.report()} == {"Leaked."}


def test_another_certificate_stops_its_order_without_an_id_too(tmp_path: Path) -> None:
    digicert = DigiCert(VirtualTime().now)
    digicert.add(1, has_duplicates=True)
    primary = replace(digicert.orders[1].certificate, id=77, serial_number="0A")
    digicert.orders[1] = replace(digicert.orders[1], certificate=primary)
    named = Named(certificate_id=77, order_id=1)

    def order_beside(**duplicate: str) -> int:
        digicert.every_duplicate = (Certificate(**duplicate),)  # type: ignore[arg-type]
        (tmp_path / "kept.json").unlink(missing_ok=True)
        found = Certificates(tmp_path / "kept.json", print)
        found.find(client(digicert), [named])
        return found.exclusive_order_of([named])(named)

    assert order_beside(serial_number="0B", status="revoked") == 1
    assert order_beside(serial_number="0A", status="issued") == 1  # the primary one again
    with pytest.raises(UnresolvedError, match="also holds duplicate 0B; revoking the order"):
        order_beside(serial_number="0B", status="issued")


def test_a_certificate_that_no_list_shows_may_be_found_on_its_order(tmp_path: Path, sandbox: Sandbox) -> None:
    named = Named(serial_number="0C"), Named(thumbprint="0" * 40)
    found = Certificates(tmp_path / "kept.json", print)
    found.find(Client(sandbox.user_key, sandbox.base_url), named)
    for each in named:
        with pytest.raises(UnresolvedError, match="for a duplicate or a reissue give its order_id"):
            found.order_of(each)


@pytest.mark.engine
def test_an_order_with_other_certificates_is_never_revoked_for_one_of_them(
    machine: Machine, sandbox: Sandbox
) -> None:
    order = sandbox.find("duplicates")
    serial_number = sandbox.order(order)["certificate"]["serial_number"]
    machine.csv.write_text(f"serial_number\n{serial_number}\n0A\n")
    done = machine.run("run", "--yes", "--comments", "Leaked.")
    assert done.code == 2
    first, second, third = done.err.splitlines()[-3:]
    assert f"is on order {order}, which also holds duplicate " in first
    assert "set --whole-orders to do that" in first
    assert "line 3: the certificate with the serial number 0A: " in second
    assert third == "nothing was sent"
    assert sandbox.writes() == []
    machine.csv.write_text(f"serial_number\n{serial_number}\n")
    assert machine.run("plan", "--comments", "Leaked.", "--whole-orders").code == 0
    [row] = machine.report("plan")
    assert row["plan_expected"] == "to be requested"
