"""The native provider on the real engine, from YAML programs."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from support.engine import ROOT
from support.processes import wait_until
from support.stack import Stack, in_yaml, stack_fixture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.sandbox import Sandbox

pytestmark = pytest.mark.engine

ORDER = 100000001
REVOCATION = "digicert:index:OrderRevocation"
DECISION = "digicert:index:RevocationDecision"
EXAMPLE = ROOT / "examples" / "yaml"
MOVED = 3


def one(order_id: Any = ORDER, **changes: Any) -> dict[str, Any]:
    """A YAML program that declares one revocation."""
    properties = {"orderId": order_id, "comments": "Key leaked.", **changes}
    leaked = {"type": "digicert:OrderRevocation", "properties": properties}
    return {
        "resources": {"leaked": leaked},
        "outputs": {"status": "${leaked.status}", "said": "${leaked.processorComment}"},
    }


def with_code_of(text: str) -> dict[str, Any]:
    """The YAML that an import prints."""
    document = yaml.safe_load(text[text.index("\nresources:") :].partition("\n\n\n")[0])
    return {"resources": document["resources"]}


@pytest.fixture
def deciding(tmp_path: Path, sandbox: Sandbox) -> Iterator[Stack]:
    for stack in stack_fixture(tmp_path / "deciding", sandbox, "decisions"):
        stack.configure({"digicert:apiKey": sandbox.admin_key})
        yield stack


def test_the_example_asks_in_one_stack_and_approves_in_another(
    stack: Stack, deciding: Stack, sandbox: Sandbox
) -> None:
    stack.configure({"orderId": str(ORDER)})
    stack.write_yaml((EXAMPLE / "requesting" / "Pulumi.yaml").read_text())
    preview = stack.preview()
    assert (preview.code, preview.changes_of(REVOCATION), preview.writes) == (0, {"create": 1}, [])
    assert 'commonName: "www.example.com"' in preview.properties
    up = stack.up()
    assert (up.code, up.writes) == (0, [f"PUT /order/certificate/{ORDER}/revoke"])
    request_id = int(stack.outputs()["requestId"])
    assert request_id == sandbox.revoke_requests(ORDER)[0]["id"]

    deciding.configure({"requestId": str(request_id), "expectedOrderId": str(ORDER)})
    deciding.write_yaml((EXAMPLE / "deciding" / "Pulumi.yaml").read_text())
    shown = deciding.preview()
    assert (shown.code, shown.writes) == (0, [])
    assert 'email: "user@example.com"' in shown.properties
    approved = deciding.up()
    assert (approved.code, approved.writes) == (0, [f"PUT /request/{request_id}/status"])
    assert deciding.outputs() == {"status": "approved", "revoked": True}

    refresh = stack.refresh()
    assert (refresh.code, refresh.writes) == (0, [])
    assert f"order {ORDER} is revoked; request {request_id} was approved" in refresh.text
    again = stack.up()
    assert (again.code, again.changes_of(REVOCATION), again.calls) == (0, {"same": 1}, [])
    assert stack.outputs() == {"requestId": request_id, "status": "approved", "revoked": True}
    destroy = stack.destroy()
    assert (destroy.code, destroy.calls) == (0, [])
    for result in (preview, up, shown, approved, refresh, again, destroy):
        assert "warning" not in result.text


@pytest.mark.parametrize(
    "what", ["order", *(pytest.param(what, marks=pytest.mark.slow) for what in ("certificate", "decision"))]
)
def test_an_import_brings_code_that_previews_unchanged(
    stack: Stack, deciding: Stack, sandbox: Sandbox, what: str
) -> None:
    certificate = sandbox.primary(ORDER)["id"]
    of = f"certificate/{certificate}" if what == "certificate" else f"order/certificate/{ORDER}"
    asked = sandbox.call("PUT", f"/services/v2/{of}/revoke", {"comments": "Found in a repository."})
    sandbox.approve(asked["id"], "So be it.")
    importing, id_, type_ = {
        "order": (stack, ORDER, REVOCATION),
        "certificate": (stack, certificate, "digicert:index:CertificateRevocation"),
        "decision": (deciding, asked["id"], DECISION),
    }[what]
    importing.write_yaml({"resources": {}})
    code = with_code_of(importing.import_(type_, "brought", str(id_)))
    importing.write_yaml(code)
    preview = importing.preview()
    assert (preview.code, preview.changes_of(type_), preview.calls) == (0, {"same": 1}, [])
    assert "warning" not in preview.text
    assert sandbox.writes() == []


@pytest.mark.slow
def test_a_stack_of_dynamic_resources_moves_over_unchanged(stack: Stack, sandbox: Sandbox) -> None:
    orders = sandbox.plain(MOVED)
    declared = {f"order-{order}": {"order_id": order, "comments": "Key leaked."} for order in orders}
    stack.declare_each(declared)
    assert stack.up().changes == {"create": MOVED}
    stack.write_yaml({"resources": in_yaml("digicert:OrderRevocation", declared)})
    up = stack.up()
    assert (up.code, up.changes_of(REVOCATION), up.calls) == (0, {"same": MOVED}, [])
    assert (stack.resources(), len(stack.resources(REVOCATION))) == ({}, MOVED)
    refresh = stack.refresh()
    assert (refresh.code, refresh.writes) == (0, [])


def test_an_interrupt_ends_a_wait_at_once_and_the_request_stays_in_the_state(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.write_yaml(one(waitForDecision=3600))
    process = stack.start_up()
    wait_until(lambda: any("status%5D=pending" in call["path"] for call in sandbox.access_log()))
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=300)
    assert "the wait for its decision was cancelled" in said
    assert "Traceback" not in said
    [revocation] = stack.resources(REVOCATION).values()
    assert revocation["outputs"]["requestId"] == sandbox.revoke_requests(ORDER)[0]["id"]


def test_functions_secrets_and_an_update_plan(stack: Stack, sandbox: Sandbox, tmp_path: Path) -> None:
    program = one("${found.id}", comments={"fn::secret": "Nobody must read this."})
    read = {"fn::invoke": {"function": "digicert:getOrder", "arguments": {"orderId": ORDER}}}
    stack.write_yaml({**program, "variables": {"found": read}})
    plan = tmp_path / "plan.json"
    assert stack.preview("--save-plan", str(plan)).code == 0
    up = stack.up("--plan", str(plan))
    assert (up.code, len(up.writes)) == (0, 1), up.text
    assert "Nobody must read this." not in up.text
    [revocation] = stack.resources(REVOCATION).values()
    assert "Nobody must read this." not in json.dumps(revocation)
    assert sandbox.revoke_requests(ORDER)[0]["comments"] == "Nobody must read this."


def test_a_refusal_is_one_line(stack: Stack) -> None:
    stack.write_yaml(one(expectedCommonName="other.example.com"))
    refused = stack.up()
    assert (refused.code != 0, refused.writes) == (True, [])
    assert f"order {ORDER} has the common name 'www.example.com', not the expected one" in refused.text


def test_the_plugin_is_told_of_and_removed(stack: Stack) -> None:
    stack.write_yaml(one())
    assert "plugin           0.1.0" in stack.digicert_pulumi("doctor")
    assert stack.digicert_pulumi("plugin", "uninstall") == "removed the provider digicert 0.1.0\n"
    assert "not installed" in stack.digicert_pulumi("plugin", "uninstall")


def test_the_plugin_says_what_to_do_when_its_environment_is_gone(stack: Stack, tmp_path: Path) -> None:
    stack.write_yaml(one())
    [program] = (tmp_path / "stack" / "home" / ".pulumi" / "plugins").glob("*/serve.py")
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-I", "-S", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "run `digicert-pulumi plugin install` again" in done.stderr
