"""Revocations that stood before the stack did are imported, with what `digicert-pulumi import` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import nursery

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

HEAD = "import digicert_pulumi as digicert\n\n"


def test_a_revoked_and_an_asked_for_order_are_imported_and_an_issued_one_is_refused(
    stack: Stack, sandbox: Sandbox
) -> None:
    revoked, pending, issued = (sandbox.find(kind) for kind in ("revoked", "revoke_pending", "ov"))
    [request] = sandbox.revoke_requests(pending)

    given = ["import", *map(str, (revoked, pending, issued))]
    written = nursery.run("digicert_pulumi.cli", given, stack.environment, stack._project)
    assert written.returncode == 1
    assert written.stderr.splitlines() == [
        (
            f"error: order {issued}: nothing to import: its status is 'issued', and no request to revoke it is "
            "open; declare the revocation and run `pulumi up`"
        ),
        (
            "revocations.json holds 2 of 3 orders; when the printed lines are in your program, run "
            "`pulumi import --file revocations.json --generate-code=false --protect=false`"
        ),
    ]
    stack.write(HEAD + written.stdout)
    arguments = ["--file", "revocations.json", "--generate-code=false", "--protect=false"]
    imported = stack._operate("import", "--yes", "--skip-preview", *arguments)
    assert (imported.code, imported.errors, imported.notices) == (0, [], [])
    assert imported.calls == []

    unchanged = stack.up("--refresh")
    assert (unchanged.code, unchanged.errors, unchanged.notices, unchanged.writes) == (0, [], [], [])
    assert unchanged.changes == {"refresh": 2, "same": 2}, unchanged.text
    stored = {name: each["outputs"] for name, each in stack.resources().items()}
    assert stored[f"order-{revoked}"]["revoked"] is True
    assert stored[f"order-{pending}"]["requestId"] == request["id"]
    assert sandbox.writes() == []
