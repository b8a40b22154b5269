"""Four eyes as code: one stack asks with a user's key, another one decides with an administrator's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.engine import ROOT
from support.stack import Stack, stack_fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ORDER = 100000001
DECISION = "pulumi-python:dynamic/digicert:RevocationDecision"
EXAMPLE = ROOT / "examples" / "four_eyes"


class Pair(NamedTuple):
    """The stack that asks and the one that decides."""

    asks: Stack
    decides: Stack


@pytest.fixture
def pair(tmp_path: Path, sandbox: Sandbox) -> Iterator[Pair]:
    """The two programs of the example, on one backend, each with a key of its own."""
    backend = tmp_path / "backend"
    for asks in stack_fixture(tmp_path / "asks", sandbox, "revocation-requests", backend):
        asks.configure({"orderId": str(ORDER)})
        asks.write((EXAMPLE / "requesting" / "__main__.py").read_text())
        for decides in stack_fixture(tmp_path / "decides", sandbox, "revocation-decisions", backend):
            decides.configure(
                {
                    "requestingStack": "organization/revocation-requests/dev",
                    "decision": "approved",
                }
            )
            decides.write((EXAMPLE / "deciding" / "__main__.py").read_text())
            yield Pair(asks, decides)


def test_one_stack_asks_and_the_other_one_approves_with_an_administrator_s_key(
    pair: Pair, sandbox: Sandbox
) -> None:
    assert pair.asks.up().changes == {"create": 1}
    [request] = sandbox.revoke_requests(ORDER)

    pair.decides.configure({"digicert:apiKey": sandbox.user_key})
    refused = pair.decides.up()
    assert (refused.code != 0, refused.writes) == (True, [])
    [error] = refused.errors
    assert error.endswith(
        f"request {request['id']}: only an administrator can decide on a revocation, and this key's user is not an administrator; nothing was "
        "sent; use an administrator's API key"
    )
    pair.decides.configure({"digicert:apiKey": sandbox.admin_key})
    preview = pair.decides.preview()
    assert (preview.code, preview.changes_of(DECISION), preview.writes) == (0, {"create": 1}, [])
    names = sandbox.order(ORDER)["certificate"]["dns_names"]
    shown = [
        f"requestId: {request['id']}",
        'decision: "approved"',
        'email: "user@example.com"',
        f'date: "{sandbox.request(request["id"])["date"]}"',
        'comments: "Private key found in a public repository, incident 42."',
        f"orderId: {ORDER}",
        'commonName: "www.example.com"',
        *(f': "{name}"' for name in names),
        'organization: "Example, Inc."',
        f'revocation: "request {request["id"]} is pending"',
    ]
    text = re.sub(r" +: ", ": ", preview.text)
    assert [line for line in shown if line not in text] == []

    up = pair.decides.up()
    assert (up.code, up.changes_of(DECISION)) == (0, {"create": 1})
    assert up.writes == [f"PUT /request/{request['id']}/status"]
    assert pair.decides.outputs() == {"status": "approved", "revoked": True}
    assert sandbox.order(ORDER)["status"] == "revoked"
    assert sandbox.request(request["id"])["processor"]["email"] == "admin@example.com"

    refresh = pair.asks.refresh()
    assert (refresh.code, refresh.changes) == (0, {"update": 1})
    assert f'~ revocation: "none" => "request {request["id"]} is approved"' in refresh.text
    assert pair.asks.state()["revoked"] is True
    decided = pair.decides.up()
    assert (decided.code, decided.changes_of(DECISION), decided.writes) == (0, {"same": 1}, [])

    destroy = pair.decides.destroy()
    assert (destroy.code, destroy.calls) == (0, [])
    assert destroy.notices == [f"info: request {request['id']} stays approved: a decision cannot be undone"]


def test_after_a_rejection_changed_comments_ask_again_and_the_new_request_gets_a_decision_of_its_own(
    pair: Pair, sandbox: Sandbox
) -> None:
    pair.asks.up()
    pair.decides.configure({"digicert:apiKey": sandbox.admin_key})
    pair.decides.configure({"decision": "rejected", "processorComment": "Still in use."})
    assert pair.decides.up().changes_of(DECISION) == {"create": 1}
    [first] = sandbox.revoke_requests(ORDER)
    assert (first["status"], first["processor_comment"]) == ("rejected", "Still in use.")
    assert pair.asks.refresh().changes == {"update": 1}
    assert pair.asks.state()["processorComment"] == "Still in use."

    pair.asks.configure({"comments": "Not in use any more, incident 42."})
    assert pair.asks.up().changes == {"replace": 1, "create-replacement": 1, "delete-replaced": 1}
    [_, second] = sandbox.revoke_requests(ORDER)
    assert pair.asks.outputs()["request_id"] == second["id"]

    pair.decides.configure({"decision": "approved", "processorComment": "Checked."})
    preview = pair.decides.preview()
    assert preview.code == 0
    assert preview.writes == []
    assert f"requestId       : {first['id']} => {second['id']}" in preview.text
    up = pair.decides.up()
    assert up.code == 0
    assert up.writes == [f"PUT /request/{second['id']}/status"]
    assert up.notices == [f"info: request {first['id']} stays rejected: a decision cannot be undone"]
    [decision] = pair.decides.resources(DECISION).values()
    assert decision["id"] == str(second["id"])
    assert [each["status"] for each in sandbox.revoke_requests(ORDER)] == ["rejected", "approved"]
    assert sandbox.order(ORDER)["status"] == "revoked"

    assert pair.asks.refresh().changes == {"update": 1}
    assert pair.asks.state()["revoked"] is True
