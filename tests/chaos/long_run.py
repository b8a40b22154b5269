"""What takes minutes to see that nothing is sent twice: `pytest tests/chaos/long_run.py`, as `make long` does."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from chaos.life import Life, sandbox_in
from support.processes import wait_until
from support.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

pytestmark = pytest.mark.engine

RUNS = 10


def requests_of(sandbox: Sandbox, orders: list[int]) -> Counter[int]:
    """How many orders have how many requests."""
    return Counter(len(sandbox.revoke_requests(order)) for order in orders)


@pytest.mark.parametrize("seconds", [3, 20, 60])
@pytest.mark.parametrize(
    "fault",
    [{"fault": "drop"}, *({"fault": "status", "status": status} for status in (500, 502, 503))],
    ids=str,
)
def test_a_put_that_is_processed_late_makes_one_request(
    tmp_path: Path, fault: dict[str, Any], seconds: int
) -> None:
    """Each order is a run of its own; the provider has the patience that it has by default."""
    patience: dict[str, Any] = {
        "DIGICERT_REQUEST_TIMEOUT": "30",
        "DIGICERT_RETRY_TIMEOUT": "45",
        "DIGICERT_SETTLE_TIMEOUT": "15",
    }
    with sandbox_in(tmp_path / "sandbox") as sandbox:
        orders = sandbox.plain(RUNS)
        life = Life(tmp_path / "stack", sandbox, orders, **patience)
        rule = {**fault, "late": seconds, "endpoint": "revoke_order", "count": 1}
        sandbox.add_faults(*({**rule, "order_id": order} for order in orders))
        first = life.stack.up(
            "--continue-on-error"
        )  # else the engine leaves out the orders behind the first error
        if seconds > 15:
            assert sum("no confirmation from DigiCert" in error for error in first.errors) == RUNS
        life.settle()
        assert requests_of(sandbox, orders) == {1: RUNS}
        assert [state["requestId"] for order in orders for state in life.state_of(order)] == [
            request["id"] for order in orders for request in sandbox.revoke_requests(order)
        ]


@pytest.mark.parametrize("run", range(RUNS))
def test_a_killed_cli_with_orders_that_wait_for_the_pace_makes_one_request_for_each(
    tmp_path: Path, run: int
) -> None:
    with sandbox_in(tmp_path / "sandbox", orders=200) as sandbox:
        orders = sandbox.plain(80)
        life = Life(tmp_path / "stack", sandbox, orders, DIGICERT_REQUEST_SHARE="1/10")
        [state] = (tmp_path / "stack" / "backend").rglob("stacks/**/*.json")
        before = state.read_text()
        with ThreadPoolExecutor(1) as pool:
            up = pool.submit(life.up)
            made = random.Random(run).randrange(3, 15)  # noqa: S311  # which run it is chooses the moment
            wait_until(lambda: len(sandbox.writes()) >= made, seconds=300)
            life.kill_the_cli()
            killed = len(sandbox.writes())
            up.result()
        if not state.read_text():  # it was killed while it wrote the state: what is left is that from before
            state.write_text(before)
        life.stack.environment["DIGICERT_REQUEST_SHARE"] = "1"
        life.stack._run("cancel", "--yes")
        life.settle()
        # What had left when the CLI was killed, and nothing after it.
        assert requests_of(sandbox, orders) == {1: 80}
        assert killed - made <= 4
        life.close()


@pytest.mark.parametrize("run", range(3))
def test_orders_on_two_providers_are_asked_for_once(tmp_path: Path, run: int) -> None:
    del run
    with sandbox_in(tmp_path / "sandbox", orders=250) as sandbox:
        orders = sandbox.plain(150)
        stack = Stack(tmp_path / "stack", sandbox)
        stack.configure({"other:apiKey": sandbox.admin_key})
        stack.write(f"""
import digicert_pulumi as digicert
import pulumi

key = pulumi.Config("other").require_secret("apiKey")
other = digicert.Provider("other", api_key=key, base_url="{sandbox.base_url}", requests_per_minute=60000)
for order in {orders}:
    digicert.OrderRevocation(f"one-{{order}}", order_id=order, comments="Key leaked.")
    opts = pulumi.ResourceOptions(provider=other)
    digicert.OrderRevocation(f"other-{{order}}", order_id=order, comments="Key leaked.", opts=opts)
""")
        began = time.monotonic()
        up = stack.up("--parallel", "64")
        assert up.code == 0, up.text
        assert len(up.writes) == 150
        assert requests_of(sandbox, orders) == {1: 150}
        named = {resource["outputs"]["requestId"] for resource in stack.resources().values()}
        assert len(named) == 150
        print(f"{time.monotonic() - began:.0f} s, {len(up.calls)} calls")  # noqa: T201  # for who runs it by hand
