"""Two resources of one stack that declare the same order: one request serves both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chaos.resource import Resource
from support.processes import wait_until

if TYPE_CHECKING:
    from support.provider import Provider
    from support.sandbox import Sandbox


@pytest.fixture
def other(resource: Resource, settings: dict[str, str], shared: Sandbox) -> Resource:
    return Resource(resource.order, shared, settings)


def test_share_a_request_that_readings_do_not_show_yet(
    resource: Resource, other: Resource, provider: Provider, shared: Sandbox
) -> None:
    shared.add_faults(
        {"fault": "late_request", "seconds": 5, "endpoint": "revoke_order", "order_id": resource.order}
    )
    resource.up(provider)
    other.up(provider)
    resource.assert_one_true_request()
    other.assert_one_true_request()


def test_do_not_send_a_second_while_the_fate_of_the_first_is_unknown(
    resource: Resource, other: Resource, provider: Provider, shared: Sandbox
) -> None:
    shared.add_faults(
        {"fault": "hold", "when": "before", "endpoint": "revoke_order", "order_id": resource.order}
    )
    resource.up(provider)
    shared.clear_faults()
    other.up(provider)
    assert shared.revoke_requests(resource.order) == []
    assert "it looks before it sends" in other.errors[-1]
    shared.release()
    wait_until(lambda: shared.revoke_requests(resource.order))
    for each in (resource, other):
        each.up_until_settled(provider)
        each.assert_one_true_request()
