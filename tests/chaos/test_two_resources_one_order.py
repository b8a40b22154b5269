"""Two resources of one stack that declare the same order: one request serves both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from chaos.resource import Resource
from support.processes import wait_until
from support.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    assert other.codes[-1] == "fate-unknown"
    shared.release()
    wait_until(lambda: shared.revoke_requests(resource.order))
    for each in (resource, other):
        each.up_until_settled(provider)
        each.assert_one_true_request()


def test_in_two_provider_processes_share_a_request(
    orders: Iterator[int], settings: dict[str, str], shared: Sandbox
) -> None:
    """The default provider and a `Provider` with another key; each sees an order before the other one sends."""
    shared.clear_faults()
    chosen = [next(orders) for _ in range(8)]
    keys = (shared.user_key, shared.admin_key)
    with ExitStack() as stack:
        providers = [stack.enter_context(Provider({**settings, "digicert:apiKey": key})) for key in keys]
        pool = stack.enter_context(ThreadPoolExecutor(8))
        each = [(Resource(order, shared, settings), provider) for order in chosen for provider in providers]
        list(pool.map(lambda pair: pair[0].up(pair[1]), each))
    for resource, _ in each:
        resource.assert_one_true_request()


def test_what_another_process_sent_meanwhile_outdates_what_was_read_before(
    orders: Iterator[int], settings: dict[str, str], shared: Sandbox
) -> None:
    """One reads its orders from lists, another one sends, and then the first one decides."""
    shared.clear_faults()
    chosen = [next(orders) for _ in range(6)]
    listing = {**settings, "digicert:batchReads": "true"}
    first, other = ([Resource(order, shared, listing) for order in chosen] for _ in range(2))
    with Provider(listing) as provider, Provider(listing) as another:
        inputs = [provider.check(resource.declared)[0] for resource in first]
        for resource in other:
            resource.up(another)
        for resource, checked in zip(first, inputs, strict=True):
            resource.outputs = provider.create(checked)
    for resource in (*first, *other):
        resource.assert_one_true_request()


def test_the_next_up_waits_for_the_put_of_a_provider_that_was_killed(
    resource: Resource, settings: dict[str, str], shared: Sandbox
) -> None:
    shared.add_faults(
        {"fault": "hold", "when": "before", "endpoint": "revoke_order", "order_id": resource.order}
    )
    patient = {**settings, "digicert:settleTimeout": "15"}
    with ThreadPoolExecutor(1) as pool, Provider(patient) as killed, Provider(patient) as later:
        up = pool.submit(resource.up, killed)
        shared.wait_for_hold()
        killed.process.kill()
        up.result()
        resource.errors.clear()  # the engine's, of a provider that is gone
        shared.clear_faults()
        again = pool.submit(resource.up, later)
        wait_until(
            lambda: any(
                "without a confirmation from DigiCert; polling the order" in line for line in later.lines
            )
        )
        shared.release()
        again.result()
    resource.assert_one_true_request()
