"""The revocation of a single certificate, on the real CLI: the example's program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.engine import ROOT

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

EXAMPLE = (ROOT / "examples" / "certificate" / "__main__.py").read_text()
CERTIFICATE = "pulumi-python:dynamic/digicert:CertificateRevocation"


def test_a_certificate_is_previewed_with_its_order_revoked_alone_and_shown_as_revoked(
    stack: Stack, sandbox: Sandbox
) -> None:
    order = sandbox.find("duplicates")
    certificate = sandbox.order(order)["certificate"]
    others = sandbox.listed(order, "duplicate")
    stack.configure({"serialNumber": certificate["serial_number"]})
    stack.write(EXAMPLE)

    preview = stack.preview()
    assert (preview.code, preview.changes_of(CERTIFICATE), preview.writes) == (0, {"create": 1}, [])
    shown = [
        f"certificateId: {certificate['id']}",
        f'commonName: "{certificate["common_name"]}"',
        f'serialNumber: "{certificate["serial_number"]}"',
        f"orderId: {order}",
        *(f'serialNumber: "{other["serial_number"]}"' for other in others),
    ]
    text = re.sub(r" +: ", ": ", preview.text)
    assert [line for line in shown if line not in text] == []

    up = stack.up()
    assert (up.code, up.changes_of(CERTIFICATE)) == (0, {"create": 1})
    assert up.writes == [f"PUT /certificate/{certificate['id']}/revoke"]
    [request] = sandbox.revoke_requests(order)
    assert stack.outputs() == {"request_id": request["id"], "status": "pending", "revoked": False}

    sandbox.approve(request["id"])
    refresh = stack.refresh()
    assert (refresh.code, refresh.changes_of(CERTIFICATE)) == (0, {"update": 1})
    assert '+ certificateStatus: "revoked"' in refresh.text
    [revocation] = stack.resources(CERTIFICATE).values()
    assert revocation["outputs"]["revoked"] is True
    assert revocation["outputs"]["order"]["status"] == "issued"
    assert sandbox.order(order)["status"] == "issued"

    destroy = stack.destroy()
    assert (destroy.code, destroy.calls) == (0, [])
    name = f"certificate {certificate['id']}"
    assert destroy.notices == [f"info: {name} stays revoked: a revocation cannot be undone"]
