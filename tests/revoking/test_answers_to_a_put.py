"""What becomes of a revocation whose answer cannot be read, over HTTP: it is never lost, and never sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.sandbox import Sandbox

from digicert_pulumi.certcentral import Client
from digicert_pulumi.orders.reader import Reader
from digicert_pulumi.revoking.failures import FateUnknownError
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.spec import RevocationSpec, WholeOrder
from digicert_pulumi.revoking.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Iterator

UNREADABLE: dict[str, dict[str, Any]] = {
    **{
        f"a web page with {status}": {"fault": "html", "status": status}
        for status in (200, 201, 400, 403, 404)
    },
    **{f"nothing with {status}": {"fault": "empty", "status": status} for status in (201, 204, 401, 403)},
    "half of the JSON": {"fault": "truncated"},
    "another content type": {"fault": "content_type", "content_type": "text/html"},
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(
        tmp_path_factory.mktemp("sandbox"), answers={"revocation_already_requested": "accept"}
    ) as running:
        yield running


@pytest.fixture
def order_id(sandbox: Sandbox) -> Iterator[int]:
    [order_id] = sandbox.plain(1)
    yield order_id
    sandbox.clear_faults()


def submission(sandbox: Sandbox) -> Submission:
    client = Client(sandbox.user_key, sandbox.base_url, retry_budget=0.0)
    reader = Reader(client, lambda _: None, unclear=undecidable_requests)
    return Submission(client, reader, lambda _: None, sleep=lambda _: None)


@pytest.mark.parametrize("fault", UNREADABLE.values(), ids=UNREADABLE)
def test_a_request_that_was_made_is_found(sandbox: Sandbox, order_id: int, fault: dict[str, Any]) -> None:
    when = {"when": "after"} if fault["fault"] in ("html", "empty") else {}
    before = len(sandbox.writes())
    sandbox.add_faults({**fault, **when, "method": "PUT", "order_id": order_id})
    outcome = submission(sandbox).ensure(RevocationSpec(order_id, WholeOrder(), "Gone."))
    assert outcome.request is not None
    assert outcome.request.requester is not None
    assert len(sandbox.writes()) == before + 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_gateway_that_let_nothing_through_is_told_and_nothing_is_sent_again(
    sandbox: Sandbox, order_id: int, status: int
) -> None:
    before = len(sandbox.writes())
    sandbox.add_faults({"fault": "html", "status": status, "method": "PUT", "order_id": order_id})
    sender = submission(sandbox)
    with pytest.raises(FateUnknownError) as caught:
        sender.ensure(RevocationSpec(order_id, WholeOrder(), "Gone."))
    assert str(caught.value) == (
        f"order {order_id}: no confirmation from DigiCert for the revocation (a proxy, firewall or gateway answered "
        f"instead of DigiCert, with text/html ({status})); run `pulumi up` again: it checks what DigiCert did before it "
        "sends anything"
    )
    with pytest.raises(FateUnknownError):
        sender.ensure(RevocationSpec(order_id, WholeOrder(), "Gone."))
    assert len(sandbox.writes()) == before + 1
