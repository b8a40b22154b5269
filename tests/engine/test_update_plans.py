"""`pulumi preview --save-plan` and `pulumi up --plan`, where what is revoked is known only after the preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001
UNKNOWN = 7
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
    assert preview.text.count(": [unknown]") == UNKNOWN
    up = stack.up("--plan", str(plan))
    assert up.code == 0, up.text
    assert stack.outputs() == {"common_name": "www.example.com"}
