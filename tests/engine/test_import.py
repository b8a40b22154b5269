"""Revocations that stood before the stack did are imported, with what `digicert-pulumi import` writes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

HEAD = "import digicert_pulumi as digicert\n\n"


def adopt(stack: Stack, *orders: int) -> subprocess.CompletedProcess[str]:
    """`digicert-pulumi import` in the project's folder, with nothing but the stack's configuration."""
    return subprocess.run(
        [sys.executable, "-m", "digicert_pulumi.cli", "import", *map(str, orders)],
        cwd=stack._project,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_revoked_and_an_asked_for_order_are_imported_and_an_issued_one_is_refused(
    stack: Stack, sandbox: Sandbox
) -> None:
    revoked, pending, issued = (sandbox.find(kind) for kind in ("revoked", "revoke_pending", "ov"))
    [request] = sandbox.revoke_requests(pending)

    written = adopt(stack, revoked, pending, issued)
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

    preview = stack.preview()
    assert (preview.code, preview.changes, preview.notices) == (0, {"same": 2}, [])
    assert "unchanged" in preview.text
    for unchanged in (stack.up(), stack.refresh()):
        assert (unchanged.code, unchanged.errors, unchanged.changes) == (0, [], {"same": 2}), unchanged.text
    stored = {name: each["outputs"] for name, each in stack.resources().items()}
    assert stored[f"order-{revoked}"]["revoked"] is True
    assert stored[f"order-{pending}"]["requestId"] == request["id"]

    sandbox.approve(request["id"], "Confirmed.")
    refresh = stack.refresh()
    assert (refresh.code, refresh.changes) == (0, {"same": 1, "update": 1})
    assert stack.resources()[f"order-{pending}"]["outputs"]["processorComment"] == "Confirmed."
    assert sandbox.writes() == []
