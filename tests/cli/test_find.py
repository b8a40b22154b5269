"""`digicert-pulumi find`: by what people have, what it tells, what it writes, and what it keeps to itself."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from support.x509_files import new_certificate, new_key, pem, private_bytes

from digicert_pulumi.incident.rows import read
from digicert_pulumi.x509.files import certificates_at

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command
    from support.sandbox import Sandbox

FAST = {"DIGICERT_REQUESTS_PER_MINUTE": "60000"}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder in which the command runs."""
    return tmp_path / "here"


def test_a_serial_number_in_any_spelling_and_a_sha_1_thumbprint_cost_one_call(
    command: Command, sandbox: Sandbox
) -> None:
    order = sandbox.order(sandbox.plain(1)[0])
    certificate = order["certificate"]
    number = certificate["serial_number"]
    by_colons = ":".join(number[at : at + 2] for at in range(0, len(number), 2))
    for given in (
        *(["--serial", text] for text in (number, number.lower().lstrip("0"), by_colons, f"0x{number}")),
        ["--serial", str(int(number, 16)), "--decimal"],
        ["--thumbprint", certificate["thumbprint"].lower()],
    ):
        before = len(sandbox.access_log())
        done = command("find", *given)
        assert done.returncode == 0, done.stderr
        assert len(sandbox.access_log()) == before + 1
        assert f"order {order['id']} (issued, " in done.stdout
        assert f"certificate {certificate['id']}, primary" in done.stdout
        assert f"names {certificate['common_name']}" in done.stdout
        assert "the order's other certificates: none" in done.stdout
        assert "revocation: none" in done.stdout


def test_what_is_not_found_is_told_and_the_rest_is_shown(command: Command, sandbox: Sandbox) -> None:
    order = sandbox.order(sandbox.plain(1)[0])
    unknown = "0A1B2C3D4E5F60718293A4B5C6D7E8F9"
    done = command("find", "--serial", unknown, "--serial", order["certificate"]["serial_number"])
    assert done.returncode == 1
    assert f"order {order['id']} " in done.stdout
    assert f"not found: serial number {unknown}: " in done.stderr


def test_an_orders_id_is_never_taken_for_a_serial_number(command: Command, sandbox: Sandbox) -> None:
    done = command("find", "--serial", str(sandbox.plain(1)[0]))
    assert done.returncode == 1
    assert "order" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "nothing to find"),
        (["--serial", "0G"], "must be a serial number in hexadecimal"),
        (["--serial", "0A", "--decimal"], "must be a decimal whole number"),
        (["--thumbprint", "0A"], "must be 40 (SHA-1) or 64 (SHA-256) hexadecimal digits"),
        (["--certificate", "nothing.pem"], "nothing.pem: No such file or directory"),
        (["--key", "nothing.key"], "nothing.key: No such file or directory"),
        (["--host", "www example com"], "must be a host name such as www.example.com"),
        (["--host", "127.0.0.1:1"], "127.0.0.1:1: connection refused"),
        (["--serial", "0A", "--program"], "--program needs --comments"),
    ],
)
def test_what_cannot_be_looked_for_is_one_line_and_no_call(
    command: Command, sandbox: Sandbox, arguments: list[str], reason: str
) -> None:
    before = len(sandbox.access_log())
    done = command("find", *arguments)
    assert done.returncode == 2
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert len(sandbox.access_log()) == before


def test_a_column_of_a_csv_becomes_the_file_of_an_incident(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    orders = [sandbox.order(order_id) for order_id in sandbox.plain(3)]
    cells = [orders[0]["certificate"]["serial_number"], orders[1]["certificate"]["thumbprint"], ""]
    (here / "scan.csv").write_text("host;Serial\n" + "".join(f"a;{cell}\n" for cell in cells))
    done = command(
        "find", "--column", "scan.csv", "serial", "--csv", "incident.csv",
        "--comments", "Key leaked.", "--reason", "keyCompromise",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "incident.csv holds 2 orders" in done.stderr
    assert read(here / "incident.csv").orders == {
        order["id"]: {
            "order_id": order["id"],
            "comments": "Key leaked.",
            "revocation_reason": "keyCompromise",
            "expected_common_name": order["certificate"]["common_name"],
        }
        for order in orders[:2]
    }
    with (here / "incident.csv").open(newline="", encoding="utf-8-sig") as file:
        assert [row["found_serial_number"] for row in csv.DictReader(file)] == [
            order["certificate"]["serial_number"] for order in orders[:2]
        ]


def test_the_lines_for_a_program_declare_each_order_once(command: Command, sandbox: Sandbox) -> None:
    order = sandbox.order(sandbox.plain(1)[0])
    certificate = order["certificate"]
    done = command(
        "find", "--serial", certificate["serial_number"], "--thumbprint", certificate["thumbprint"],
        "--program", "--comments", "It's leaked.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "digicert.OrderRevocation(\n"
        f'    "order-{order["id"]}",\n'
        f"    order_id={order['id']},\n"
        '    comments="It\'s leaked.",\n'
        f'    expected_common_name="{certificate["common_name"]}",\n'
        ")\n"
    )


def test_a_duplicate_is_found_by_its_serial_number_with_the_rest_of_its_order(
    command: Command, sandbox: Sandbox
) -> None:
    order = sandbox.order(sandbox.find("duplicates"))
    listed = sandbox.listed(order["id"], "duplicate")
    duplicate = next(each for each in listed if each.get("serial_number"))
    by_number = ["--serial", duplicate["serial_number"]]
    alone = command("find", *by_number)
    assert alone.returncode == 1
    assert "--all-certificates" in alone.stderr
    done = command("find", *by_number, "--all-certificates", "--csv", "a.csv", **FAST)
    assert done.returncode == 0, done.stderr
    assert "comparing all the certificates of " in done.stderr
    assert f"order {order['id']} " in done.stdout
    assert f"certificate {duplicate['id']}, duplicate or reissue" in done.stdout
    assert f"primary certificate {order['certificate']['id']}" in done.stdout
    assert f"warning: order {order['id']} also holds primary certificate " in done.stderr
    wanted = ["--all-certificates", "--program", "--comments", "Leaked."]
    lines = command("find", *by_number, *wanted, **FAST)
    assert lines.stdout == (
        "digicert.CertificateRevocation(\n"
        f'    "certificate-{duplicate["id"]}",\n'
        f"    certificate_id={duplicate['id']},\n"
        f"    order_id={order['id']},\n"
        f'    comments="Leaked. (certificate {duplicate["id"]})",\n'
        f'    expected_common_name="{duplicate["common_name"]}",\n'
        ")\n"
    )


def test_a_private_key_is_neither_sent_nor_shown_nor_logged(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    (here / "leaked.key").write_bytes(private_bytes(new_key()))
    done = command(
        "find", "--key", "leaked.key", "--common-name", "www.example.com",
        DIGICERT_LOG="debug", DIGICERT_LOG_PATH=str(here / "log"), **FAST,
    )  # fmt: skip
    assert done.returncode == 1
    assert "comparing all the certificates of " in done.stderr
    secret = (here / "leaked.key").read_text().splitlines()[1]
    said = done.stdout + done.stderr + (here / "log").read_text() + str(sandbox.access_log())
    assert secret not in said
    assert secret[:20] not in said


def test_an_encrypted_key_says_what_to_do(command: Command, here: Path) -> None:
    (here / "leaked.key").write_bytes(private_bytes(new_key(), passphrase=b"secret"))
    done = command("find", "--key", "leaked.key")
    assert done.returncode == 2
    assert "the key is encrypted; write its public key to a file" in done.stderr


def test_a_certificate_that_is_not_the_accounts_is_not_found(command: Command, here: Path) -> None:
    (here / "site.pem").write_bytes(pem(new_certificate(new_key())))
    done = command("find", "--certificate", "site.pem")
    assert done.returncode == 1
    assert "not found: site.pem www.example.com, serial number" in done.stderr


@pytest.mark.parametrize("form", ["private key", "request", "certificate"])
def test_a_leaked_key_finds_the_order_of_its_certificate(
    command: Command, sandbox: Sandbox, here: Path, form: str
) -> None:
    order = sandbox.order(sandbox.plain(3)[2])
    certificate = order["certificate"]
    texts = {
        "private key": sandbox.private_key(certificate["id"]),
        "request": certificate["csr"],
        "certificate": sandbox.pem_all(certificate["id"]),
    }
    (here / "leaked").write_text(texts[form])
    done = command(
        "find", "--key", "leaked", "--common-name", certificate["common_name"], "--status", "issued",
        "--csv", "incident.csv", "--comments", "Key leaked.", **FAST,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(read(here / "incident.csv").orders) == [order["id"]]
    assert f"certificate {certificate['id']}, primary" in done.stdout


def test_a_chain_finds_the_order_of_its_first_certificate_with_one_call(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    order = sandbox.order(sandbox.plain(1)[0])
    (here / "sites").mkdir()
    (here / "sites" / "fullchain.pem").write_text(sandbox.pem_all(order["certificate"]["id"]))
    before = len(sandbox.access_log())
    done = command("find", "--certificate", "sites")
    assert done.returncode == 0, done.stderr
    assert f"order {order['id']} " in done.stdout
    assert len(sandbox.access_log()) == before + 1


def test_a_sha_256_thumbprint_finds_the_order_of_its_certificate(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    order = sandbox.order(sandbox.plain(1)[0])
    certificate = order["certificate"]
    (here / "site.pem").write_text(sandbox.pem_all(certificate["id"]))
    [shown] = certificates_at(here / "site.pem")
    done = command(
        "find", "--thumbprint", shown.sha256, "--common-name", certificate["common_name"], "--status", "issued",
        **FAST,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"order {order['id']} " in done.stdout


def test_a_host_finds_the_order_of_what_it_serves(command: Command, sandbox: Sandbox) -> None:
    order = sandbox.order(sandbox.plain(1)[0])
    with sandbox.tls_server(order["certificate"]["id"]) as server:
        done = command("find", "--host", f"localhost:{server.port}")
    assert done.returncode == 0, done.stderr
    assert f"localhost:{server.port} serves {order['certificate']['common_name']}" in done.stdout
    assert f"order {order['id']} " in done.stdout
