"""Stacks of earlier releases: what they wrote is loaded, refreshed and previewed, and nothing changes."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from certcentral_sandbox.account.catalogue import ORGANIZATIONS, PRODUCTS

from digicert_pulumi._version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox
    from support.stack import Result, Stack

pytestmark = pytest.mark.engine

STATES = Path(__file__).with_name("states")
FILES = sorted(STATES.glob("*/*.json"))
KEY = "key-of-the-recording"
BASE_URL = "http://127.0.0.1:1/services/v2"
KIND = "pulumi-python:dynamic/digicert:"
RENAMED = {"GeoTrust DV SSL": PRODUCTS["ssl_dv_geotrust"].name}
"""Products to which the sandbox of the recording gave other names."""


RECORDED = [
    pytest.param(
        file, id=f"{file.parent.name}-{file.stem}", marks=[] if file.stem == "orders" else pytest.mark.slow
    )
    for file in FILES
]


@pytest.fixture(params=RECORDED)
def recorded(request: pytest.FixtureRequest, sandbox: Sandbox) -> dict[str, Any]:
    """A stack that a release left, as its own would be on this sandbox, which holds what the state tells."""
    text = request.param.read_text()
    for before, now in {BASE_URL: sandbox.base_url, KEY: sandbox.admin_key, **RENAMED}.items():
        text = text.replace(before, now)
    recorded: dict[str, Any] = json.loads(text)
    with closing(sqlite3.connect(sandbox.state)) as database, database:
        for resource in resources(recorded):
            for sql, parameters in what_it_tells(resource["type"].removeprefix(KIND), resource["outputs"]):
                database.execute(sql, parameters)
    return recorded


def resources(recorded: dict[str, Any]) -> list[dict[str, Any]]:
    """The revocations and decisions of a state."""
    return [each for each in recorded["state"]["deployment"]["resources"] if each["type"].startswith(KIND)]


def what_it_tells(kind: str, outputs: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """The statements that make a sandbox hold what the outputs of a resource tell of DigiCert."""
    request = outputs["request"] if kind == "RevocationDecision" else outputs
    order = request["order"]
    id_ = order.get("orderId") or outputs["orderId"]
    organization = next(
        (number for number, each in ORGANIZATIONS.items() if each["name"] == order.get("organization")), None
    )
    # Dates, too: the sandbox counts them back from the day on which it was made.
    yield (
        "UPDATE orders SET status = ?, organization_id = ?, valid_till = ? WHERE id = ?",
        [order["status"], organization, order["validTill"], id_],
    )
    yield "UPDATE certificates SET valid_till = ? WHERE order_id = ?", [order["validTill"], id_]
    if order["status"] == "revoked":
        yield "UPDATE certificates SET status = 'revoked' WHERE order_id = ?", [id_]
    elif "certificateStatus" in order:
        yield (
            "UPDATE certificates SET status = ? WHERE id = ?",
            [order["certificateStatus"], order["certificateId"]],
        )
    if "requestId" not in outputs:
        return
    row = {
        "id": outputs["requestId"],
        "order_id": id_,
        "certificate_id": order.get("certificateId"),
        "type": "revoke",
        "status": outputs["status"],
        "date": request.get("date") or outputs["requestDate"],
        "date_processed": outputs.get("dateProcessed"),
        "requester_id": request["requester"]["id"],
        "processor_id": outputs.get("processor", {}).get("id"),
        "comments": request["comments"],
        "processor_comment": outputs.get("processorComment"),
    }
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    yield f"INSERT OR REPLACE INTO requests ({columns}) VALUES ({places})", [*row.values()]  # noqa: S608  # the names above


def rejections(recorded: dict[str, Any]) -> list[list[str]]:
    """What is told of revocations that came to nothing, as often as they are looked at: the order and its request."""
    return [
        [f" order {outputs['orderId']:.0f}", f" request {outputs['requestId']:.0f} was rejected"]
        for each in resources(recorded)
        if (outputs := each["outputs"]).get("status") == "rejected"
        and each["type"] == f"{KIND}OrderRevocation"
    ]


def operations(result: Result) -> set[str]:
    ended = [
        event["resOutputsEvent"]["metadata"]["op"] for event in result.events if "resOutputsEvent" in event
    ]
    return set(ended)


def test_a_stack_of_an_earlier_release_is_unchanged(
    stack: Stack, sandbox: Sandbox, recorded: dict[str, Any], tmp_path: Path
) -> None:
    names = re.findall(r'pulumi\.Config\("(\w+)"\)', recorded["program"])
    stack.configure({f"{name}:apiKey": sandbox.admin_key for name in ("digicert", *names)})
    file = tmp_path / "state.json"
    file.write_text(json.dumps(recorded["state"]))
    stack._run("stack", "import", "--file", str(file))
    stack.write(recorded["program"])

    refresh = stack.refresh()
    assert (refresh.code, refresh.errors) == (0, [])
    assert [notice.split(":")[1:3] for notice in refresh.notices] == rejections(recorded)
    assert (operations(refresh), refresh.writes) == ({"same"}, [])
    assert any(call.startswith("GET /order/certificate/") for call in refresh.calls)

    preview = stack.preview()
    assert (preview.code, preview.errors) == (0, [])
    assert [notice.split(":")[1:3] for notice in preview.notices] == rejections(recorded)
    assert (operations(preview), preview.calls) == ({"same"}, [])
    for before in resources(recorded):
        kept = stack.resources(before["type"])[before["urn"].rpartition("::")[2]]
        for part in ("inputs", "outputs"):  # a release may add to them
            assert kept[part] | before[part] == kept[part]


def test_this_version_is_recorded_or_is_one_of_a_release_that_is() -> None:
    assert ".".join(VERSION.split(".")[:2]) in {file.parent.name for file in FILES}


def test_every_state_that_a_revocation_comes_to_is_recorded() -> None:
    outputs = [
        each["outputs"]
        for file in FILES
        for each in resources(json.loads(file.read_text()))
        if each["type"] == f"{KIND}OrderRevocation"
    ]
    assert {each.get("status") for each in outputs} == {None, "submitted", "pending", "approved", "rejected"}
    assert {each["revoked"] for each in outputs} == {True, False}
    assert any("acceptedAt" in each for each in outputs)
    assert any("expectedCommonName" in each for each in outputs)
    assert any("duplicates" in each["order"] for each in outputs)
