"""`digicert-pulumi import`: the import file, the program lines, and what there is nothing to import of."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.provider import Provider

from digicert_pulumi.cli import import_
from digicert_pulumi.declaring.order_revocation import PROVIDER

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command
    from support.sandbox import Sandbox

STANDING = ("revoked", "revoked_without_request", "revoke_pending", "revoke_submitted")
DEFAULT = "Revoked before it was declared in Pulumi."


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The folder in which the command runs."""
    return tmp_path / "here"


def entries(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text())["resources"]
    return found


def declarations(program: str) -> list[tuple[list[Any], dict[str, Any]]]:
    """The arguments of each `digicert.OrderRevocation(...)` of a program."""
    calls = [statement.value for statement in ast.parse(program).body if isinstance(statement, ast.Expr)]
    found = []
    for call in calls:
        assert isinstance(call, ast.Call)
        assert ast.unparse(call.func) == "digicert.OrderRevocation"
        named = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
        found.append(([ast.literal_eval(each) for each in call.args], named))
    return found


def test_what_stands_is_written_as_an_update_would_store_it(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    orders = [sandbox.find(kind) for kind in STANDING]
    done = command("import", *map(str, orders))
    assert done.returncode == 0
    declared = declarations(done.stdout)
    config = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:batchReads": "false",  # a list tells no thumbprints
    }
    with Provider(config) as provider:
        for entry, (arguments, named), order in zip(
            entries(here / "revocations.json"), declared, orders, strict=True
        ):
            assert arguments == [entry["name"]] == [f"order-{order}"]
            assert named["order_id"] == order
            assert entry["type"] == "pulumi-python:dynamic/digicert:OrderRevocation"
            assert entry["id"] == str(order)
            properties = {"orderId": order, "comments": named["comments"]}
            inputs, _ = provider.check(properties)
            assert entry["inputs"] == {**inputs, "__provider": PROVIDER}
            assert entry["outputs"] == {**provider.create(inputs), "__provider": PROVIDER}
    assert sandbox.writes() == []


def test_the_duplicates_that_a_revocation_hits_are_written_too(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    order = sandbox.find("duplicates")
    sandbox.revoke(order)
    assert command("import", str(order)).returncode == 0
    [entry] = entries(here / "revocations.json")
    assert len(entry["inputs"]["order"]["duplicates"]) == 3


def test_the_comments_are_the_request_s_where_digicert_keeps_one(command: Command, sandbox: Sandbox) -> None:
    asked, without = sandbox.find("revoke_pending"), sandbox.find("revoked_without_request")
    [request] = sandbox.revoke_requests(asked)
    done = command("import", str(asked), str(without))
    assert [named["comments"] for _, named in declarations(done.stdout)] == [request["comments"], DEFAULT]
    done = command("import", str(asked), str(without), "--comments", "Incident 42.")
    assert [named["comments"] for _, named in declarations(done.stdout)] == [
        request["comments"],
        "Incident 42.",
    ]


def test_comments_that_hold_the_key_do_not_take_it_into_a_file(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    order, key = sandbox.find("revoked_without_request"), sandbox.user_key
    done = command("import", str(order), "--comments", f"The key is {key}.")
    assert declarations(done.stdout)[0][1]["comments"] == "The key is [API key]."
    [entry] = entries(here / "revocations.json")
    assert entry["inputs"]["comments"] == "The key is [API key]."
    assert key not in (here / "revocations.json").read_text()


@pytest.mark.parametrize(
    ("comments", "written"),
    [
        ("It's gone.", '''"It's gone."'''),
        ('Called "urgent".', """'Called "urgent".'"""),
        ('Both "it\'s".', """'Both "it\\'s".'"""),
        ("Two\nlines\x1b[0m", '"Two\\nlines\\x1b[0m"'),
        ("Schlüssel", '"Schlüssel"'),
    ],
)
def test_any_comments_are_a_text_of_the_program(
    command: Command, sandbox: Sandbox, comments: str, written: str
) -> None:
    done = command("import", str(sandbox.find("revoked_without_request")), "--comments", comments)
    assert f"    comments={written},\n" in done.stdout
    assert declarations(done.stdout)[0][1]["comments"] == comments


def test_the_file_and_the_names_are_the_user_s_choice(command: Command, sandbox: Sandbox, here: Path) -> None:
    order = sandbox.find("revoked")
    done = command("import", str(order), "--output", "in.json", "--name", "incident-42")
    assert [entry["name"] for entry in entries(here / "in.json")] == [f"incident-42-{order}"]
    assert done.stderr == (
        "in.json holds 1 of 1 orders; when the printed lines are in your program, run "
        "`pulumi import --file in.json --generate-code=false --protect=false`\n"
    )


def test_an_order_that_is_named_twice_is_imported_once(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    order = str(sandbox.find("revoked"))
    assert command("import", order, order).returncode == 0
    assert [entry["id"] for entry in entries(here / "revocations.json")] == [order]


def test_an_order_of_which_nothing_stands_is_refused_and_the_others_are_written(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    revoked, issued, rejected = (sandbox.find(kind) for kind in ("revoked", "ov", "revoke_rejected"))
    [request] = sandbox.revoke_requests(rejected)
    done = command("import", *map(str, (issued, revoked, rejected, 999999999)))
    assert done.returncode == 1
    assert [entry["id"] for entry in entries(here / "revocations.json")] == [str(revoked)]
    assert len(declarations(done.stdout)) == 1
    nothing = "nothing to import: its status is 'issued', and no request to revoke it is open"
    assert done.stderr.splitlines()[:2] == [
        f"error: order {issued}: {nothing}; declare the revocation and run `pulumi up`",
        f"error: order {rejected}: {nothing} (request {request['id']} is rejected); declare the revocation and run `pulumi up`",
    ]
    assert done.stderr.splitlines()[2].startswith("error: order 999999999: DigiCert does not know this order")
    assert "holds 1 of 4 orders" in done.stderr


def test_no_file_is_written_when_nothing_is_to_import(command: Command, sandbox: Sandbox, here: Path) -> None:
    done = command("import", str(sandbox.find("ov")))
    assert (done.returncode, done.stdout) == (1, "")
    assert list(here.iterdir()) == []


def test_a_file_that_cannot_be_written_is_one_line(command: Command, sandbox: Sandbox) -> None:
    done = command("import", str(sandbox.find("revoked")), "--output", "missing/in.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "digicert-pulumi: error: missing/in.json: No such file or directory\n"


def test_an_order_that_cannot_be_read_does_not_keep_the_others_out_of_the_file(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    broken, revoked = sandbox.plain(3), sandbox.find("revoked")
    faults: list[dict[str, object]] = [
        {"fault": "refusal", "refusal": "missing_permission"},
        {"fault": "status", "status": 500},
        {"fault": "html", "status": 200},
    ]
    sandbox.add_faults(
        *(
            {"endpoint": "get_order", "order_id": order, **fault}
            for order, fault in zip(broken, faults, strict=True)
        )
    )
    try:
        done = command("import", *map(str, [*broken, revoked]), DIGICERT_RETRY_TIMEOUT="0.05")
    finally:
        sandbox.clear_faults()
    assert done.returncode == 1
    assert [entry["id"] for entry in entries(here / "revocations.json")] == [str(revoked)]
    told = done.stderr.splitlines()
    assert len(told) == len(broken) + 1
    for order, line in zip(broken, told, strict=False):
        assert line.startswith(f"error: order {order}: ")


def test_a_list_that_is_only_shown_does_not_keep_an_order_out_of_the_file(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    order = sandbox.find("reissued")
    sandbox.revoke(order)
    sandbox.add_faults({"endpoint": "list_reissues", "fault": "refusal", "refusal": "missing_permission"})
    try:
        done = command("import", str(order))
    finally:
        sandbox.clear_faults()
    assert done.returncode == 0
    [entry] = entries(here / "revocations.json")
    assert "reissues" not in entry["inputs"]["order"]
    assert done.stderr.startswith(f"warning: order {order}: its reissues could not be read (")


def test_a_wrong_key_is_told_once(command: Command, sandbox: Sandbox, here: Path) -> None:
    done = command("import", *map(str, sandbox.plain(3)), DIGICERT_API_KEY="key-of-nobody")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
    assert "DigiCert denied access" in done.stderr.splitlines()[-1]
    assert list(here.iterdir()) == []


def test_what_was_read_before_the_network_broke_is_written(
    command: Command, sandbox: Sandbox, here: Path
) -> None:
    revoked, broken = sandbox.find("revoked"), sandbox.plain(12)
    sandbox.add_faults(
        *({"endpoint": "get_order", "order_id": order, "fault": "status", "status": 503} for order in broken),
        {"endpoint": "get_user", "fault": "status", "status": 503},
    )
    try:
        done = command("import", *map(str, [revoked, *broken]), DIGICERT_RETRY_TIMEOUT="0.05")
    finally:
        sandbox.clear_faults()
    assert done.returncode == 1
    assert [entry["id"] for entry in entries(here / "revocations.json")] == [str(revoked)]
    assert f"order {broken[-1]}" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("digicert-pulumi: error: ")


def test_every_line_is_one_line_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    import_._say("order 7: it is on\r\n\x1b[31mhold")
    assert capsys.readouterr().err == "order 7: it is on [31mhold\n"
