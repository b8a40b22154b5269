"""An administrator's decision as a resource, in the real provider process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.provider import Provider, ProviderError

from digicert_pulumi.declaring.revocation_decision import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

ORDER = 100000001


def config(sandbox: Sandbox) -> dict[str, str]:
    return {**sandbox.config(sandbox.admin_key), "digicert:requestTimeout": "2"}


@pytest.fixture
def provider(sandbox: Sandbox) -> Iterator[Provider]:
    with Provider(config(sandbox), resource=PROVIDER) as started:
        yield started


@pytest.fixture
def request_id(sandbox: Sandbox) -> int:
    return sandbox.revoke(ORDER, "Key leaked.", user=True)


def declared(request_id: int, decision: str = "approved", **changes: Any) -> dict[str, Any]:
    return {"requestId": request_id, "decision": decision, **changes}


def test_the_preview_shows_the_request_and_what_would_die(
    provider: Provider, sandbox: Sandbox, request_id: int
) -> None:
    inputs, failures = provider.check(declared(request_id))
    assert failures == []
    shown = inputs["request"]
    assert (shown["type"], shown["status"], shown["comments"]) == ("revoke", "pending", "Key leaked.")
    assert shown["requester"]["email"] == "user@example.com"
    assert shown["date"] == sandbox.request(request_id)["date"]
    assert shown["order"]["orderId"] == ORDER
    assert shown["order"]["commonName"] == "www.example.com"
    assert shown["order"]["status"] == "issued"
    certificate = sandbox.order(ORDER)["certificate"]
    named = [shown["order"][name] for name in ("certificateId", "serialNumber", "thumbprint")]
    assert named == [certificate[name] for name in ("id", "serial_number", "thumbprint")]
    assert sandbox.writes() == []


@pytest.mark.parametrize(("decision", "revoked"), [("approved", True), ("rejected", False)])
def test_a_decision_is_made_once(
    provider: Provider, sandbox: Sandbox, request_id: int, decision: str, revoked: bool
) -> None:
    inputs, _ = provider.check(declared(request_id, decision, processorComment="Checked."))
    outputs = provider.create(inputs)
    assert (outputs["status"], outputs["revoked"], outputs["orderId"]) == (decision, revoked, ORDER)
    assert outputs["processor"]["email"] == "admin@example.com"
    assert outputs["processorComment"] == "Checked."
    assert sandbox.request(request_id)["processor_comment"] == "Checked."
    assert len(sandbox.writes()) == 1
    assert provider.read(str(request_id), outputs) == (str(request_id), outputs, None)
    assert provider.diff(outputs, inputs) == ("DIFF_NONE", [])
    assert provider.create(inputs) == outputs
    assert len(sandbox.writes()) == 1


def test_a_decision_is_not_sent_if_its_opposite_is_declared_by_then(
    provider: Provider, sandbox: Sandbox, request_id: int
) -> None:
    provider.check(declared(request_id, "rejected"), name="no")
    inputs, [(_, refused)] = provider.check(declared(request_id))
    with pytest.raises(ProviderError, match="nothing was sent for this resource") as failed:
        provider.create(inputs)
    assert refused in str(failed.value)
    assert sandbox.writes() == []


def test_a_decision_that_is_not_shown_is_unfinished_whatever_refreshes_come_between(
    provider: Provider, sandbox: Sandbox, request_id: int
) -> None:
    inputs, _ = provider.check(declared(request_id, "rejected"))
    sandbox.add_faults({"fault": "order_status", "endpoint": "get_request", "skip": 1})
    with pytest.raises(
        ProviderError, match="still reports the status 'quarantined'; run `pulumi up` again"
    ) as failure:
        provider.create(inputs)
    assert failure.value.kept is not None
    assert failure.value.kept["status"] == "quarantined"
    _, seen, _ = provider.read(str(request_id), failure.value.kept)
    assert provider.diff(seen, inputs) == ("DIFF_SOME", [])
    sandbox.clear_faults()
    outputs = provider.update(str(request_id), seen, inputs)
    assert outputs["status"] == "rejected"
    assert provider.diff(outputs, {**inputs, "request": outputs["request"]})[0] != "DIFF_SOME"
    assert len(sandbox.writes()) == 1
