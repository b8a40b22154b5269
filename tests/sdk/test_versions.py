"""The provider and the program side on every supported release of the SDK: the oldest, one between, the installed."""

from __future__ import annotations

import os
import re
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from sdk.environment import OTHERS, ROOT, python_with, requirements
from support.provider import ProviderError

from digicert_pulumi.declaring.order_revocation import PROVIDER

if TYPE_CHECKING:
    from support.provider import Provider
    from support.sandbox import Sandbox

COMMENTS = "Key leaked."


@pytest.fixture
def order_id(sandbox: Sandbox) -> int:
    """An order of which nobody asked anything."""
    return sandbox.plain(1)[0]


def checked(provider: Provider, order_id: int) -> dict[str, Any]:
    inputs, failures = provider.check({"orderId": order_id, "comments": COMMENTS})
    assert failures == []
    return inputs


def test_the_oldest_environment_holds_the_oldest_of_everything_that_the_package_takes() -> None:
    pinned = requirements(OTHERS[0]).read_text().splitlines()
    versions = dict(re.findall(r"^([\w-]+)==([\d.]+)", "\n".join(pinned), re.MULTILINE))
    taken = [Requirement(text) for text in metadata.requires("digicert-pulumi") or []]
    for requirement in taken:
        if requirement.marker is None:
            version = versions[requirement.name]
            [least] = [each.version for each in requirement.specifier if each.operator == ">="]
            assert requirement.specifier.contains(version)
            assert version.startswith(least)


@pytest.mark.parametrize(
    "other", [OTHERS[0], *(pytest.param(each, marks=pytest.mark.slow) for each in OTHERS[1:])]
)
def test_programs_declare_revocations_and_read_typed_outputs(other: str) -> None:
    # Without what only the other tests need, which these environments lack.
    tests = [
        "--noconftest",
        "-p",
        "support.event_loop",
        "-p",
        "no:cacheprovider",
        "tests/declaring/test_order_revocation.py",
    ]
    # From Python 3.12 on, the oldest protobuf and the event loops that older SDKs leave open cause warnings.
    quiet = [
        "-W",
        "ignore:datetime.datetime.utc:DeprecationWarning",
        "-W",
        "ignore::pytest.PytestUnraisableExceptionWarning",
    ]
    command = [python_with(other), "-m", "pytest", "-q", *quiet, *tests]
    env = {**os.environ, "PYTHONPATH": "tests"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE)


def test_a_revocation_lives_its_whole_life(provider: Provider, sandbox: Sandbox, order_id: int) -> None:
    inputs = checked(provider, order_id)
    assert inputs["order"]["status"] == "issued"
    outputs = provider.create(inputs)
    [request] = sandbox.revoke_requests(order_id)
    assert (outputs["requestId"], outputs["status"]) == (request["id"], "pending")
    assert provider.diff(outputs, inputs) == ("DIFF_NONE", [])
    assert provider.read(str(order_id), outputs) == (str(order_id), outputs, None)

    changed = {**inputs, "comments": "Other words."}
    assert provider.diff(outputs, changed) == ("DIFF_UNKNOWN", [])
    updated = provider.update(str(order_id), outputs, changed)
    assert updated == {**outputs, "comments": "Other words.", "sent": {"comments": COMMENTS}}

    sandbox.approve(request["id"])
    id_, seen, news = provider.read(str(order_id), updated)
    assert (id_, seen["status"], seen["revoked"]) == (str(order_id), "approved", True)
    assert news is not None
    assert news["order"]["status"] == "revoked"
    assert provider.diff(seen, news) == ("DIFF_NONE", [])
    said = len(provider.lines)
    provider.delete(str(order_id), seen)
    assert provider.lines[said:] == [f"info: order {order_id} stays revoked: a revocation cannot be undone"]


def test_two_resources_for_one_order_are_told_by_name(provider: Provider, order_id: int) -> None:
    said = len(provider.lines)
    for name in ("one", "two"):
        provider.check({"orderId": order_id, "comments": COMMENTS}, name=name)
    [line] = provider.lines[said:]
    assert f"order {order_id} is declared by both 'one' and 'two'" in line


def test_an_error_is_one_clean_line(provider: Provider, sandbox: Sandbox) -> None:
    inputs = checked(provider, sandbox.plain(2)[1])
    with pytest.raises(ProviderError) as failure:
        provider.create({**inputs, "orderId": 999999999})
    assert list(failure.value.trailing) == ["grpc-status-details-bin"]
    assert str(failure.value).startswith("order 999999999: DigiCert does not know this order (404 ")
    assert "\n" not in str(failure.value)
    assert failure.value.unfinished is None


def test_a_request_that_was_not_read_back_stays_in_the_state(
    provider: Provider, sandbox: Sandbox, order_id: int
) -> None:
    inputs = checked(provider, order_id)
    sandbox.add_faults({"fault": "drop", "method": "GET"})
    with pytest.raises(ProviderError) as failure:
        provider.create(inputs)
    sandbox.clear_faults()
    [request] = sandbox.revoke_requests(order_id)
    line = str(failure.value)
    assert line.startswith(f"order {order_id}: request {request['id']} stands, but the order could not be")
    assert "\n" not in line
    kept = failure.value.unfinished
    assert kept is not None
    assert (kept.id, list(kept.reasons)) == (str(order_id), [line])
    assert kept.properties["__provider"] == kept.inputs["__provider"] == PROVIDER
    assert failure.value.kept is not None
    assert (failure.value.kept["requestId"], failure.value.kept["status"]) == (request["id"], "pending")
    after = provider.update(str(order_id), failure.value.kept, inputs)
    assert after["order"]["revocation"] == f"request {request['id']} is pending"
    assert len(sandbox.revoke_requests(order_id)) == 1
