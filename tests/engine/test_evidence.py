"""From a declared revocation to the proof, on the real CLI: not published yet, then published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine

ORDER = 100000001


def evidence(stack: Stack, file: Path, *, complete: bool) -> dict[str, Any]:
    files = ["--json", str(file), "--html", str(file.with_suffix(".html"))]
    stack.digicert_pulumi("evidence", *files, code=0 if complete else 1)
    found: dict[str, Any] = json.loads(file.read_text())
    assert found["is_complete"] is complete
    [revocation] = found["revocations"]
    return dict(revocation)


def test_a_revocation_of_a_stack_is_proven_once_it_is_published(
    stack: Stack, sandbox: Sandbox, tmp_path: Path
) -> None:
    file = tmp_path / "evidence.json"
    sandbox.publish_after(3600)
    stack.declare(order_id=ORDER, comments="Key leaked.", revocation_reason="keyCompromise")
    assert stack.up().code == 0

    pending = evidence(stack, file, complete=False)
    assert (pending["request_status"], pending["order_status"]) == ("pending", "issued")
    assert {each["published"] for each in pending["certificates"]} == {"good"}

    [request] = sandbox.revoke_requests(ORDER)
    sandbox.approve(request["id"], "Looks right.")
    revoked = evidence(stack, file, complete=False)
    assert (revoked["request_status"], revoked["order_status"]) == ("approved", "revoked")
    assert {each["published"] for each in revoked["certificates"]} == {"good"}

    sandbox.publish_after(0)
    proven = evidence(stack, file, complete=True)
    assert proven["revocation_reason"] == "keyCompromise"
    assert proven["processor_comment"] == "Looks right."
    for each in proven["certificates"]:
        assert each["published"] == each["crl"]["says"] == each["ocsp"]["says"] == "revoked"
        assert each["crl"]["reason"] == each["ocsp"]["reason"] == "keyCompromise"
    assert "Every certificate is published as revoked." in file.with_suffix(".html").read_text()
    assert [line["method"] for line in sandbox.writes()] == ["PUT"]
    assert stack.leaks() == []
