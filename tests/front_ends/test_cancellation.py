"""What the engine wants of the provider's process: nothing more is sent once it cancels, hangs up or is gone."""

from __future__ import annotations

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from support.processes import wait_until
from support.provider import SECONDS, Provider, ProviderError, command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sandbox import Sandbox

ORDER = 100000001
WAITS = {"orderId": ORDER, "comments": "Key leaked.", "waitForDecision": 3600}
MORE_THAN_THREADS = 6
SLOW = {"digicert:requestsPerMinute": "0.2"}
"""So slow that a test would have to wait for minutes until the next request may leave."""
AT_ONCE = 1
"""How many orders at most are read and revoked at this pace without waiting."""


@pytest.fixture
def config(sandbox: Sandbox) -> dict[str, str]:
    return {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}


@pytest.fixture
def engine() -> Iterator[socket.socket]:
    """An engine of which there is only the address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def address_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"{host}:{port}"


def waiting_creation(provider: Provider, sandbox: Sandbox, pool: ThreadPoolExecutor) -> Any:
    """Begin to create a revocation that waits for its decision, and return when it does."""
    inputs, _ = provider.check(WAITS)
    creation = pool.submit(provider.create, inputs)
    wait_until(lambda: any("status%5D=pending" in call["path"] for call in sandbox.access_log()), seconds=60)
    return creation


def crowd(provider: Provider, sandbox: Sandbox, pool: ThreadPoolExecutor) -> list[Any]:
    """Begin to create more revocations than the process has threads, while the pace lets one leave at most."""
    orders = sandbox.plain(MORE_THAN_THREADS)
    specs = [{"orderId": order, "comments": "Key leaked."} for order in orders]
    creations = [pool.submit(provider.create, spec) for spec in specs]
    wait_until(lambda: any("rate limit" in line for line in provider.lines), seconds=60)
    return creations


def test_a_cancelled_wait_is_unfinished_and_keeps_the_request(
    sandbox: Sandbox, config: dict[str, str]
) -> None:
    with Provider(config) as provider, ThreadPoolExecutor(1) as pool:
        creation = waiting_creation(provider, sandbox, pool)
        provider.cancel()
        with pytest.raises(ProviderError) as failure:
            creation.result()
    [request] = sandbox.revoke_requests(ORDER)
    assert str(failure.value) == (
        f"order {ORDER}: request {request['id']} exists, but the wait for its decision was cancelled; the resource is kept "
        "in the state; run `pulumi up` again to continue waiting"
    )
    assert failure.value.kept is not None
    assert failure.value.kept["requestId"] == request["id"]


def test_cancelling_reaches_a_process_whose_threads_are_all_busy(
    sandbox: Sandbox, config: dict[str, str]
) -> None:
    with Provider(config | SLOW) as provider, ThreadPoolExecutor(MORE_THAN_THREADS) as pool:
        creations = crowd(provider, sandbox, pool)
        provider.cancel()
        failures = [str(creation.exception()) for creation in creations]
    assert all("the operation was cancelled" in failure for failure in failures), failures
    assert all(failure.startswith("order ") for failure in failures), failures
    assert len(sandbox.writes()) <= AT_ONCE


def test_a_process_ends_with_its_engine(
    sandbox: Sandbox, config: dict[str, str], engine: socket.socket
) -> None:
    with (
        Provider(config, engine=address_of(engine)) as provider,
        ThreadPoolExecutor(MORE_THAN_THREADS) as pool,
    ):
        waiting_creation(provider, sandbox, pool)
        line, _ = engine.accept()
        line.close()
        line, _ = engine.accept()
        assert provider.process.poll() is None
        engine.close()
        line.close()
        provider.process.wait(SECONDS)


def test_what_was_sent_is_answered_before_the_process_ends(
    sandbox: Sandbox, config: dict[str, str], engine: socket.socket
) -> None:
    with Provider(config, engine=address_of(engine)) as provider, ThreadPoolExecutor(1) as pool:
        inputs, _ = provider.check({"orderId": ORDER, "comments": "Key leaked."})
        sandbox.add_faults({"fault": "hold", "endpoint": "revoke_order", "count": 1})
        pool.submit(provider.create, inputs)
        sandbox.wait_for_hold()
        engine.accept()[0].close()
        engine.close()
        provider.hang_up()
        with Provider(config) as another:
            creation = pool.submit(another.create, inputs)
            sandbox.release()
            provider.process.wait(SECONDS)
            assert creation.result()["status"] == "pending"
    assert len(sandbox.revoke_requests(ORDER)) == 1


def hearing_interrupts(command: list[str]) -> list[str]:
    """The same command, also where the tests run in the background of a shell, whose jobs ignore interrupts."""
    python, unbuffered, _, module = command
    hears = "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    return [
        python,
        unbuffered,
        "-c",
        f"{hears}; runpy.run_module({module!r}, run_name='__main__', alter_sys=True)",
    ]


def test_a_process_that_is_interrupted_ends_its_calls_and_sends_nothing(
    sandbox: Sandbox, config: dict[str, str]
) -> None:
    with (
        Provider(config | SLOW, command=hearing_interrupts(command())) as provider,
        ThreadPoolExecutor(MORE_THAN_THREADS) as pool,
    ):
        crowd(provider, sandbox, pool)
        provider.process.send_signal(signal.SIGINT)
        provider.process.wait(SECONDS)
    assert len(sandbox.writes()) <= AT_ONCE
