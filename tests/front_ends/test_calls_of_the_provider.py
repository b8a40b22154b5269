"""What fifty revocations cost in the real provider process, driven over gRPC by four threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest
from support.provider import Provider
from support.sandbox import Sandbox

from digicert_pulumi.orders.reader import DETAILS_SINGLY, READ_BACK_SINGLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ORDERS = 50
THREADS = 4
ORDER_PAGES = 1
"""Pages of the order list of an account of a thousand; its revoke and its reissue requests have one page each."""

Properties = dict[str, Any]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Run(Generic[Result]):
    """A run of the provider process: what it answered, and the calls that it made."""

    results: list[Result]
    calls: list[str]
    lines: list[str]

    @property
    def puts(self) -> list[str]:
        return [call for call in self.calls if call.startswith("PUT ")]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, front_end: str) -> Iterator[Sandbox]:  # noqa: ARG001
    with Sandbox(tmp_path_factory.mktemp("sandbox"), orders=1000 * ORDER_PAGES) as running:
        yield running
        assert running.errors() == ""


@pytest.fixture(scope="module")
def orders(sandbox: Sandbox) -> list[int]:
    return sandbox.plain(ORDERS)


@pytest.fixture(scope="module")
def previewed(sandbox: Sandbox, orders: list[int]) -> Run[Properties]:
    return run(sandbox, check, orders)


@pytest.fixture(scope="module")
def updated(
    sandbox: Sandbox, orders: list[int], previewed: Run[Properties]
) -> Run[tuple[Properties, Properties]]:
    assert len(previewed.results) == len(orders)
    return run(sandbox, check_and_create, orders)


@pytest.fixture(scope="module")
def refreshed(sandbox: Sandbox, updated: Run[tuple[Properties, Properties]]) -> Run[tuple[Properties, Any]]:
    return run(sandbox, read, [outputs for _, outputs in updated.results])


@pytest.fixture(scope="module")
def approved(sandbox: Sandbox, refreshed: Run[tuple[Properties, Any]]) -> Run[tuple[Properties, Any]]:
    """A refresh after an administrator has approved everything."""
    for outputs, _ in refreshed.results:
        sandbox.approve(int(outputs["requestId"]), "So be it.")
    return run(sandbox, read, [outputs for outputs, _ in refreshed.results])


def run(sandbox: Sandbox, work: Callable[[Provider, Item], Result], items: Iterable[Item]) -> Run[Result]:
    """Let four threads work through a provider process of its own, as the engine does."""
    before = len(sandbox.access_log())
    settings = {
        "digicert:apiKey": sandbox.user_key,
        "digicert:baseUrl": sandbox.base_url,
        "digicert:requestsPerMinute": "60000",
    }
    with Provider(settings) as provider, ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda item: work(provider, item), items))
        lines = provider.lines
    calls = [
        f"{line['method']} {line['path'].split('?')[0].removeprefix('/services/v2')}"
        for line in sandbox.access_log()[before:]
    ]
    return Run(results, calls, lines)


def declared(order_id: int) -> Properties:
    return {"orderId": order_id, "comments": "Key leaked."}


def check(provider: Provider, order_id: int) -> Properties:
    inputs, failures = provider.check(declared(order_id))
    assert failures == []
    return inputs


def check_and_create(provider: Provider, order_id: int) -> tuple[Properties, Properties]:
    inputs = check(provider, order_id)
    return inputs, provider.create(inputs)


def read(provider: Provider, outputs: Properties) -> tuple[Properties, Properties | None]:
    id_, seen, inputs = provider.read(f"{outputs['orderId']:.0f}", outputs)
    assert id_
    return seen, inputs


def test_a_preview_costs_twice_the_lists_at_most(
    sandbox: Sandbox, orders: list[int], previewed: Run[Properties]
) -> None:
    # Each thread may be about to read an order when the lists are paid for.
    assert len(previewed.calls) <= 2 * (ORDER_PAGES + 2) + THREADS
    for order_id, inputs in list(zip(orders, previewed.results, strict=True))[::20]:
        order = sandbox.order(order_id)
        assert inputs["order"]["commonName"] == order["certificate"]["common_name"]
        assert inputs["order"]["dnsNames"] == order["certificate"]["dns_names"]
        assert inputs["order"]["validTill"] == order["certificate"]["valid_till"]


def test_an_update_costs_one_put_for_each_and_little_else(
    sandbox: Sandbox, orders: list[int], updated: Run[tuple[Properties, Properties]]
) -> None:
    assert sorted(updated.puts) == sorted(f"PUT /order/certificate/{order_id}/revoke" for order_id in orders)
    freshening = 2 * 3  # where the machine is so slow that this takes a minute and a half
    assert len(updated.calls) <= ORDERS + 2 * (ORDER_PAGES + 2) + READ_BACK_SINGLY + freshening
    for order_id, (_, outputs) in zip(orders, updated.results, strict=True):
        [request] = sandbox.revoke_requests(order_id)
        assert (outputs["requestId"], outputs["status"]) in {
            (request["id"], "pending"),
            (request["id"], "approved"),
        }


def test_an_unchanged_preview_costs_nothing(
    sandbox: Sandbox, updated: Run[tuple[Properties, Properties]]
) -> None:
    def check_again(provider: Provider, inputs: Properties) -> None:
        provider.check(declared(int(inputs["orderId"])), olds=inputs)

    assert run(sandbox, check_again, [inputs for inputs, _ in updated.results]).calls == []


def test_a_refresh_costs_twice_the_lists_at_most_and_finds_nothing_new(
    updated: Run[tuple[Properties, Properties]], refreshed: Run[tuple[Properties, Any]]
) -> None:
    assert len(refreshed.calls) <= 2 * (ORDER_PAGES + 1) + THREADS
    assert refreshed.results == [(outputs, None) for _, outputs in updated.results]


def test_a_refresh_after_the_approvals_costs_hardly_more(approved: Run[tuple[Properties, Any]]) -> None:
    in_flight = THREADS  # each may be about to read a request when the lists are paid for
    assert len(approved.calls) <= 2 * (ORDER_PAGES + 1) + DETAILS_SINGLY + in_flight
    for outputs, inputs in approved.results:
        assert (outputs["revoked"], outputs["status"], outputs["order"]["status"]) == (
            True,
            "approved",
            "revoked",
        )
        assert inputs is not None


def undetailed(outputs: Properties) -> Properties:
    details = {"processor", "dateProcessed", "processorComment"}
    return {name: value for name, value in outputs.items() if name not in details}


def test_a_refresh_of_what_is_revoked_finds_nothing_new_but_details_that_were_left_out(
    sandbox: Sandbox, approved: Run[tuple[Properties, Any]]
) -> None:
    before = [outputs for outputs, _ in approved.results]
    again = run(sandbox, read, before)
    assert len(again.calls) <= 2 * (ORDER_PAGES + 1) + THREADS + DETAILS_SINGLY
    assert [undetailed(outputs) for outputs, _ in again.results] == [
        undetailed(outputs) for outputs in before
    ]
    assert sum(inputs is not None for _, inputs in again.results) <= THREADS + DETAILS_SINGLY


def test_what_is_revoked_already_costs_an_update_one_reading_each_instead_of_a_put(
    sandbox: Sandbox, orders: list[int], approved: Run[tuple[Properties, Any]]
) -> None:
    assert approved.results
    update = run(sandbox, check_and_create, orders)
    assert update.puts == []
    assert len(update.calls) <= ORDERS + 2 * (ORDER_PAGES + 2) + 2 * 3
    assert all(outputs["revoked"] for _, outputs in update.results)
    assert {outputs["processorComment"] for _, outputs in update.results} == {"So be it."}


def test_an_account_whose_orders_cannot_be_listed_is_read_singly(sandbox: Sandbox, orders: list[int]) -> None:
    sandbox.add_faults({"fault": "status", "status": 403, "endpoint": "list_orders"})
    preview = run(sandbox, check, orders[:40])
    sandbox.clear_faults()
    assert sum(call.startswith("GET /order/certificate/") for call in preview.calls) == 40
    assert preview.calls.count("GET /order/certificate") == 1
    assert preview.lines == []


def test_a_single_revocation_costs_four_calls_with_its_preview(
    sandbox: Sandbox, updated: Run[tuple[Properties, Properties]]
) -> None:
    assert updated.results
    order = sandbox.plain(1)
    calls = run(sandbox, check, order).calls + run(sandbox, check_and_create, order).calls
    assert [call.split()[0] for call in calls] == ["GET", "GET", "PUT", "GET"]
