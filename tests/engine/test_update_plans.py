"""`pulumi preview --save-plan` and `pulumi up --plan`, where what is revoked is known only after the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.provider import UNKNOWN

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ORDER = 100000001
SHOWN_AS_UNKNOWN = 7
"""Three identities, their snapshots, and the program's output."""
PROGRAM = """
import digicert_pulumi as digicert
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Maker(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {{**props, "order_id": {order}, "certificate_id": {certificate}, "request_id": {request}}})

class Made(Resource):
    order_id: pulumi.Output[int]
    certificate_id: pulumi.Output[int]
    request_id: pulumi.Output[int]

    def __init__(self, name):
        super().__init__(Maker(), name, {{"order_id": None, "certificate_id": None, "request_id": None}})

made = Made("made")
order = digicert.OrderRevocation("order", order_id=made.order_id, comments="Leaked.")
digicert.CertificateRevocation("certificate", certificate_id=made.certificate_id, comments="Leaked.")
digicert.RevocationDecision("decision", request_id=made.request_id, decision="rejected")
pulumi.export("common_name", order.order.common_name)
"""

LATER = """
import os

import digicert_pulumi as digicert
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class Maker(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {{**props, "key": os.environ["LATER_KEY"]}})

class Made(Resource):
    key: pulumi.Output[str]

    def __init__(self, name):
        super().__init__(Maker(), name, {{"key": None}}, pulumi.ResourceOptions(additional_secret_outputs=["key"]))

account = digicert.Provider("later", api_key=pulumi.Output.secret(Made("made").key), base_url="{url}")
digicert.OrderRevocation(
    "leaked", order_id={order}, comments="Leaked.", opts=pulumi.ResourceOptions(provider=account)
)
"""
"""An account whose key another resource makes."""


def test_a_plan_holds_where_the_identities_are_outputs_of_other_resources(
    stack: Stack, sandbox: Sandbox, tmp_path: Path
) -> None:
    _, another, third = sandbox.plain(3)
    certificate = sandbox.order(another)["certificate"]["id"]
    request = sandbox.revoke(third, user=True)
    stack.configure({"digicert:apiKey": sandbox.admin_key})
    stack.write(PROGRAM.format(order=ORDER, certificate=certificate, request=request))
    plan = tmp_path / "plan.json"
    preview = stack.preview("--save-plan", str(plan))
    assert preview.code == 0
    assert "not known yet, so this preview cannot show what would be revoked" in "".join(preview.notices)
    assert preview.text.count(": [unknown]") == SHOWN_AS_UNKNOWN
    up = stack.up("--plan", str(plan))
    assert up.code == 0, up.text
    assert stack.outputs() == {"common_name": "www.example.com"}


def test_a_plan_holds_where_the_key_of_an_account_is_known_only_later(
    stack: Stack, sandbox: Sandbox, tmp_path: Path
) -> None:
    stack.environment["LATER_KEY"] = sandbox.user_key
    stack.write(LATER.format(url=sandbox.base_url, order=ORDER))
    plan = tmp_path / "plan.json"
    preview = stack.preview("--save-plan", str(plan))
    assert preview.code == 0, preview.text
    assert preview.calls == []
    up = stack.up("--plan", str(plan))
    assert up.code == 0, up.text
    assert stack.state()["order"]["commonName"] == "www.example.com"


@pytest.mark.parametrize("shows_later", [True, False])
def test_a_plan_holds_where_digicert_could_not_be_asked(
    stack: Stack, sandbox: Sandbox, tmp_path: Path, *, shows_later: bool
) -> None:
    stack.configure({"digicert:retryTimeout": "0"})
    stack.declare(order_id=ORDER, comments="Leaked.")
    plan = tmp_path / "plan.json"
    fault = {"fault": "html", "status": 503, "endpoint": "get_order"}
    sandbox.add_faults(fault)
    preview = stack.preview("--save-plan", str(plan))
    assert preview.code == 0, preview.text
    assert "the preview cannot show what would be revoked" in "".join(preview.notices)
    assert "order: [unknown]" in preview.properties
    sandbox.clear_faults()
    if not shows_later:
        sandbox.add_faults({**fault, "count": 1})
    up = stack.up("--plan", str(plan))
    assert up.code == 0, up.text
    [revocation] = stack.resources().values()
    assert UNKNOWN not in str(revocation)
    assert ("order" in revocation["inputs"]) is shows_later
    assert revocation["outputs"]["order"]["commonName"] == "www.example.com"
    assert stack.preview().changes in ({"same": 1}, {"update": 1})
