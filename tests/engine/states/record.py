"""Record the states that this version writes, for every later version to load.

`PYTHONPATH=tests python tests/engine/states/record.py` writes them to a folder named after the version, `0.1`. Run it
once for a release, commit what it wrote, and never change it again: users' stacks are not changed either.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.sandbox import Sandbox
from support.stack import Stack

from digicert_pulumi._version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
KEY = "key-of-the-recording"
BASE_URL = "http://127.0.0.1:1/services/v2"
SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - what marks a secret in a state, and no secret
IMPORT = "import digicert_pulumi as digicert\nimport pulumi\n\n"


def orders(stack: Stack, sandbox: Sandbox) -> str:
    """Revocations of orders in every state that they come to."""
    pending, approved, rejected, skipped = sandbox.plain(4)
    name = sandbox.order(pending)["certificate"]["common_name"]
    program = IMPORT + "".join(
        [
            declaration(
                "OrderRevocation",
                "pending",
                order_id=pending,
                revocation_reason="keyCompromise",
                expected_common_name=name,
                expected_organization=sandbox.order(pending)["organization"]["name"],
                expected_product=sandbox.order(pending)["product"]["name_id"],
            ),
            declaration("OrderRevocation", "approved", order_id=approved),
            declaration("OrderRevocation", "rejected", order_id=rejected),
            declaration("OrderRevocation", "skipped", order_id=skipped, skip_approval=True),
            declaration("OrderRevocation", "adopted", order_id=sandbox.find("revoke_submitted")),
            declaration("OrderRevocation", "elsewhere", order_id=sandbox.find("revoked_without_request")),
            declaration("OrderRevocation", "duplicates", order_id=sandbox.find("duplicates")),
            "pulumi.export('status', pulumi.get_stack())\n",
        ]
    )
    stack.write(program)
    see(stack.up().code == 0)
    sandbox.approve(request_of(sandbox, approved), "Confirmed with the owner.")
    sandbox.reject(request_of(sandbox, rejected), "Still in use.")
    return program


def certificates_and_decisions(stack: Stack, sandbox: Sandbox) -> str:
    """Revocations of single certificates, and decisions on requests."""
    pending, skipped, approved, rejected = sandbox.plain(4)
    program = IMPORT + "".join(
        [
            declaration(
                "CertificateRevocation",
                "pending",
                serial_number=sandbox.order(pending)["certificate"]["serial_number"],
            ),
            declaration(
                "CertificateRevocation",
                "skipped",
                certificate_id=sandbox.order(skipped)["certificate"]["id"],
                skip_approval=True,
            ),
            decision("approved", sandbox.revoke(approved, user=True)),
            decision("rejected", sandbox.revoke(rejected, user=True)),
        ]
    )
    stack.write(program)
    return program


def account(stack: Stack, sandbox: Sandbox) -> str:
    """A revocation with a provider of its own."""
    provider = f'account = digicert.Provider("eu", api_key=pulumi.Config("eu").require("apiKey"), base_url="{BASE_URL}")\n'
    opts = "opts=pulumi.ResourceOptions(provider=account)"
    program = (
        IMPORT + provider + declaration("OrderRevocation", "pending", opts, order_id=sandbox.plain(1)[0])
    )
    stack.configure({"eu:apiKey": sandbox.admin_key})
    stack.write(program.replace(BASE_URL, sandbox.base_url))
    return program


def imported(stack: Stack, sandbox: Sandbox) -> str:
    """Revocations that `digicert-pulumi import` took into the stack."""
    kinds = ("revoked", "revoked_without_request", "revoke_pending")
    command = [
        sys.executable,
        "-m",
        "digicert_pulumi.cli",
        "import",
        *(str(sandbox.find(kind)) for kind in kinds),
    ]
    lines = subprocess.run(
        command, cwd=stack._project, env=stack.environment, check=True, capture_output=True, text=True
    ).stdout
    stack._run(
        "import",
        "--yes",
        "--file",
        "revocations.json",
        "--generate-code=false",
        "--protect=false",
        "--skip-preview",
    )
    stack.write(IMPORT + lines)
    return IMPORT + lines


def declaration(resource: str, name: str, *more: str, **inputs: Any) -> str:
    given = [f"{key}={value!r}" for key, value in {**inputs, "comments": f"Incident 42, {name}."}.items()]
    return f"digicert.{resource}({', '.join([repr(name), *given, *more])})\n"


def decision(decided: str, request: int) -> str:
    comment = f"Incident 42, {decided}."
    return (
        f"digicert.RevocationDecision({decided!r}, request_id={request}, decision={decided!r}, "
        f"processor_comment={comment!r})\n"
    )


def request_of(sandbox: Sandbox, order: int) -> int:
    return int(sandbox.revoke_requests(order)[-1]["id"])


def see(is_so: bool) -> None:
    if not is_so:
        raise RuntimeError("the recording went wrong")


def portable(state: dict[str, Any]) -> dict[str, Any]:
    """Return an exported state without what is this machine's alone."""
    for resource in state["deployment"]["resources"]:
        for name in ("created", "modified", "sourcePosition", "stackTrace"):
            resource.pop(name, None)
        for properties in (resource.get("inputs", {}), resource.get("outputs", {})):
            for name, value in properties.items():
                if name.endswith(":baseUrl"):
                    properties[name] = BASE_URL
                if isinstance(value, dict) and SECRET in value:
                    properties[name] = {SECRET: value[SECRET], "plaintext": json.dumps(KEY)}
    return state


def record(play: Callable[[Stack, Sandbox], str], file: Path) -> None:
    """Play a scenario to its end and write what it left."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder)) as sandbox:
        stack = Stack(Path(folder) / "stack", sandbox)
        stack.configure({"digicert:apiKey": sandbox.admin_key})
        program = play(stack, sandbox)
        see(stack.up().code == 0)
        see(stack.refresh().code == 0)
        see(stack.up().code == 0)
        state = portable(json.loads(stack._run("stack", "export").stdout))
    file.write_text(json.dumps({"version": VERSION, "program": program, "state": state}, indent=1) + "\n")


if __name__ == "__main__":
    target = HERE / ".".join(VERSION.split(".")[:2])
    target.mkdir(exist_ok=True)
    for scenario in (orders, certificates_and_decisions, account, imported):
        record(scenario, target / f"{scenario.__name__}.json")
        sys.stdout.write(f"{target.name}/{scenario.__name__}.json\n")
