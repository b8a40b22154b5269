"""The rules of the example policy pack, on the real CLI."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.engine import ROOT
from support.environments import environment
from support.stack import program_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.sandbox import Sandbox
    from support.stack import Result, Stack

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PACK = ROOT / "examples" / "policy"
PINS = Path(__file__).with_name("requirements-policy.txt")
GOOD = {"comments": "Private key found, incident 42.", "revocation_reason": "keyCompromise"}
PROTECTED = "protected-names"
WOULD_DIE = "a certificate that would be revoked"


@pytest.fixture
def stack(stack: Stack) -> Stack:
    """A stack whose programs and policy packs run in an environment with `pulumi-policy`."""
    folder = environment("policy", PINS)
    stack.environment["PATH"] = os.pathsep.join([str(folder / "bin"), stack.environment["PATH"]])
    stack.environment["PYTHONPATH"] = str(ROOT)
    return stack


@dataclass(frozen=True)
class Rules:
    """The pack, with the configuration in a file."""

    file: Path

    def configure(self, rules: Mapping[str, Any]) -> list[str]:
        """The options of the CLI that apply the pack with a configuration, by the names of the rules."""
        self.file.write_text(json.dumps({f"digicert-{name}": values for name, values in rules.items()}))
        return ["--policy-pack", str(PACK), "--policy-pack-config", str(self.file)]


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """The pack."""
    return Rules(tmp_path / "policy.json")


def program(*inputs: Mapping[str, Any]) -> str:
    """A program that declares revocations, named by their place."""
    return program_of({f"r{number}": each for number, each in enumerate(inputs)})


def violations(result: Result) -> list[tuple[str, str, str]]:
    """The resources that break a rule, the rule, and what is said of it."""
    found = []
    for event in result.events:
        if broken := event.get("policyEvent"):
            resource = broken.get("resourceUrn", "").rpartition("::")[2]
            said = broken["message"].strip().splitlines()[-1]
            found.append((resource, broken["policyName"].removeprefix("digicert-"), said))
    return sorted(found)


def test_revocations_that_keep_every_rule_are_sent(stack: Stack, sandbox: Sandbox, rules: Rules) -> None:
    options = rules.configure({"protected-names": {"names": ["www.example.net"]}})
    stack.write(program(*({"order_id": order, **GOOD} for order in sandbox.plain(2))))
    up = stack.up(*options)
    assert (up.code, up.changes, violations(up)) == (0, {"create": 2}, [])


def test_a_revocation_that_breaks_a_rule_is_told_by_its_name_and_none_is_sent(
    stack: Stack, sandbox: Sandbox, rules: Rules
) -> None:
    first = 100000001
    wildcard, duplicates, plain = sandbox.find("ov_wildcard"), sandbox.find("duplicates"), sandbox.find("dv")
    with closing(sqlite3.connect(sandbox.state)) as database, database:
        database.execute(
            "UPDATE certificates SET common_name = 'Payments.Example.com' WHERE order_id = ? AND role = 'duplicate'",
            [duplicates],
        )
    covered = sandbox.order(wildcard)["certificate"]["common_name"].replace("*", "pay")
    names = ["shop.example.com", covered, "pay*.example.com"]
    options = rules.configure(
        {"protected-names": {"names": names}, "incident-number": {"pattern": "INC-[0-9]+"}}
    )
    compromise = {"comments": "INC-42", "revocation_reason": "keyCompromise"}
    stack.write(
        program(
            {"order_id": first, **compromise},
            {"order_id": wildcard, **compromise},
            {"order_id": duplicates, **compromise},
            {"order_id": plain, "comments": "No incident.", "revocation_reason": "keyCompromise"},
            {"order_id": plain, "comments": "No incident.", "revocation_reason": "superseded"},
            {"order_id": plain, "comments": "No incident."},
            {"order_id": plain, "comments": "No incident.", "revocation_reason": "unspecified"},
        )
    )
    found = violations(stack.preview(*options))
    assert found == [
        ("r0", PROTECTED, f"shop.example.com is in {WOULD_DIE}, and shop.example.com is protected"),
        ("r1", PROTECTED, f"{covered.replace('pay', '*', 1)} is in {WOULD_DIE}, and {covered} is protected"),
        ("r2", PROTECTED, f"Payments.Example.com is in {WOULD_DIE}, and pay*.example.com is protected"),
        (
            "r3",
            "incident-number",
            "the comments on a compromised key must name an incident, as INC-[0-9]+ finds it",
        ),
        ("r5", "reason-required", "a revocation needs a revocation_reason other than unspecified"),
        ("r6", "reason-required", "a revocation needs a revocation_reason other than unspecified"),
    ]
    stack.write(program({"order_id": first, **compromise}))
    up = stack.up(*options)
    assert up.code != 0
    assert violations(up) == found[:1]
    assert up.writes == []


def test_a_rule_may_only_warn_or_be_turned_off(stack: Stack, sandbox: Sandbox, rules: Rules) -> None:
    options = rules.configure(
        {
            "reason-required": {"enforcementLevel": "advisory"},
            "incident-number": {"enforcementLevel": "disabled"},
        }
    )
    one, two = sandbox.plain(2)
    compromise = {"comments": "Gone.", "revocation_reason": "keyCompromise"}
    stack.write(program({"order_id": one, "comments": "Gone."}, {"order_id": two, **compromise}))
    up = stack.up(*options)
    assert (up.code, up.changes) == (0, {"create": 2})
    assert [(resource, rule) for resource, rule, _ in violations(up)] == [("r0", "reason-required")]


def test_an_update_makes_no_more_revocations_than_are_allowed_at_a_time(
    stack: Stack, sandbox: Sandbox, rules: Rules
) -> None:
    options = rules.configure({"revocations-at-a-time": {"most": 2}})
    revocations = [{"order_id": order, **GOOD} for order in sandbox.plain(5)]
    stack.write(program(*revocations[:2]))
    assert stack.up(*options).code == 0
    stack.write(program(*revocations[:4]))
    preview = stack.preview(*options)
    assert (preview.code, preview.changes, violations(preview)) == (0, {"same": 2, "create": 2}, [])
    stack.write(program(*revocations))
    preview = stack.preview(*options)
    assert preview.code != 0
    assert violations(preview) == [
        (
            "revocations-dev",
            "revocations-at-a-time",
            "this update would make 3 revocations, and 2 are allowed at a time",
        )
    ]


def test_approvals_count_among_the_revocations_of_an_update(
    stack: Stack, sandbox: Sandbox, rules: Rules
) -> None:
    options = rules.configure({"revocations-at-a-time": {"most": 1}})
    one, two, three = (sandbox.revoke(order, user=True) for order in sandbox.plain(3))
    stack.configure({"digicert:apiKey": sandbox.admin_key})
    lines = ["import digicert_pulumi as digicert"]
    for request, decision in ((one, "approved"), (two, "rejected"), (three, "approved")):
        lines.append(
            f"digicert.RevocationDecision('r{request}', request_id={request}, decision={decision!r})"
        )
    stack.write("\n".join(lines))
    [(_, rule, told)] = violations(stack.preview(*options))
    assert (rule, told) == (
        "revocations-at-a-time",
        "this update would make 2 revocations, and 1 are allowed at a time",
    )


@pytest.mark.parametrize("emergency", [False, True])
def test_an_approval_is_skipped_in_stacks_for_emergencies_alone(
    stack: Stack, sandbox: Sandbox, rules: Rules, emergency: bool
) -> None:
    options = rules.configure(
        {"no-skipped-approval": {"emergencyStacks": ["prod", "d*"]}} if emergency else {}
    )
    stack.configure({"digicert:apiKey": sandbox.admin_key})
    stack.write(program({"order_id": sandbox.plain(1)[0], "skip_approval": True, **GOOD}))
    preview = stack.preview(*options)
    refusal = "skip_approval is for the stacks emergency alone, and this one is dev"
    assert violations(preview) == ([] if emergency else [("r0", "no-skipped-approval", refusal)])
    assert (preview.code == 0) is emergency


def test_an_order_that_could_not_be_read_counts_as_protected(
    stack: Stack, sandbox: Sandbox, rules: Rules
) -> None:
    stack.unset("digicert:apiKey")
    stack.write(program({"order_id": sandbox.plain(1)[0], **GOOD}))
    preview = stack.preview(*rules.configure({"protected-names": {"names": ["www.example.com"]}}))
    assert preview.code != 0
    assert violations(preview) == [
        (
            "r0",
            PROTECTED,
            "what would be revoked could not be read, so nobody can tell whether it is protected; try again",
        )
    ]


def test_an_order_that_is_known_later_is_judged_before_it_is_revoked(
    stack: Stack, sandbox: Sandbox, rules: Rules
) -> None:
    other = sandbox.plain(2)[1]
    stack.write(
        program({"order_id": other, **GOOD}).replace(
            "digicert.OrderRevocation(", "first = digicert.OrderRevocation("
        )
        + f"""
later = first.request_id.apply(lambda _: 100000001)
digicert.OrderRevocation('second', order_id=later, comments={GOOD["comments"]!r}, revocation_reason="superseded")
"""
    )
    options = rules.configure({"protected-names": {"names": ["www.example.com"]}})
    preview = stack.preview(*options)
    assert preview.code == 0
    [(resource, rule, said)] = violations(preview)
    assert (resource, rule) == ("second", PROTECTED)
    assert said.endswith("during preview: string value at .orderId can't be known during preview")
    up = stack.up(*options)
    assert up.code != 0
    assert violations(up) == [
        ("second", PROTECTED, f"www.example.com is in {WOULD_DIE}, and www.example.com is protected")
    ]
    assert up.writes == [f"PUT /order/certificate/{other}/revoke"]


def test_a_request_on_a_protected_name_may_be_rejected_and_not_approved(
    stack: Stack, sandbox: Sandbox, rules: Rules
) -> None:
    request = sandbox.revoke(100000001, user=True)
    stack.configure({"digicert:apiKey": sandbox.admin_key})
    stack.write(f"""
import digicert_pulumi as digicert

for decision in ("approved", "rejected"):
    digicert.RevocationDecision(decision, request_id={request}, decision=decision)
""")
    preview = stack.preview(*rules.configure({"protected-names": {"names": ["www.example.com"]}}))
    assert preview.code != 0
    assert violations(preview) == [
        ("approved", PROTECTED, f"www.example.com is in {WOULD_DIE}, and www.example.com is protected")
    ]


def test_the_example_s_configuration_names_rules_and_settings_that_there_are(
    stack: Stack, sandbox: Sandbox
) -> None:
    good = {"order_id": sandbox.plain(2)[1], **GOOD, "comments": "INC-42"}
    stack.write(program(good, {"order_id": 100000001, **GOOD}))
    preview = stack.preview("--policy-pack", str(PACK), "--policy-pack-config", str(PACK / "config.json"))
    broken = [(resource, rule) for resource, rule, _ in violations(preview)]
    assert broken == [("r1", "incident-number"), ("r1", PROTECTED)]
