"""Count the calls of a preview, an update and a refresh in the sandbox's access log."""

from __future__ import annotations

import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.provider import Provider, command
from support.sandbox import Sandbox

from benchmarks import rivals
from benchmarks.memory import peak_kilobytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

CONDITIONS = (
    "Each operation runs in a new provider process, as the engine starts it, which is called over gRPC by as many threads "
    "as it has. Only calls are counted, so the sandbox's rate limiter and the provider's pace are off. `up` includes the "
    "checks that the engine repeats. certmesh needs an administrator's key, because it skips the approval."
)
_THREADS = 4
_CERTMESH_ORDERS = 100
"""Maximum number of orders for certmesh. More take minutes and show nothing new."""


def measure(
    accounts: Sequence[int], numbers: Sequence[int], *, with_certmesh: bool
) -> Iterator[dict[str, Any]]:
    """Count the calls of all solutions, account by account.

    Args:
        accounts: The numbers of orders in the accounts.
        numbers: The numbers of orders to revoke.
        with_certmesh: Whether to include certmesh. It is installed if necessary.
    """
    for account in accounts:
        with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder), orders=account) as sandbox:
            run = _Account(sandbox, account)
            possible = [number for number in numbers if number < account]
            yield from (run.provider("digicert_pulumi", number, batch=True) for number in possible)
            yield from (run.loop(number) for number in possible)
            if with_certmesh:
                yield from (run.certmesh(number) for number in possible if number <= _CERTMESH_ORDERS)
            yield from (run.provider("batching off", number, batch=False) for number in possible)


class _Account:
    def __init__(self, sandbox: Sandbox, size: int) -> None:
        self._sandbox = sandbox
        self._size = size
        self._seen = 0
        self._revoked_certificates = 0

    def provider(self, solution: str, number: int, *, batch: bool) -> dict[str, Any]:
        orders = self._sandbox.plain(number)
        programs = [
            {"orderId": order, "comments": "Measured.", "revocationReason": "superseded"} for order in orders
        ]
        memory = []

        def operation(work: Callable[[Provider, Any], Any], items: Iterable[Any]) -> list[Any]:
            started = Provider(self._config(batch=batch), command=command())
            with started as process, ThreadPoolExecutor(_THREADS) as pool:
                done = list(pool.map(lambda item: work(process, item), items))
                memory.append(peak_kilobytes(process.process.pid))
                return done

        row: dict[str, Any] = {"solution": solution, "account": self._size, "orders": number}
        operation(_check, enumerate(programs))
        row["preview"] = self._calls()
        made = operation(_check_and_create, enumerate(programs))
        row["up"] = self._calls()
        operation(_read, made)
        row["refresh"] = self._calls()
        operation(_check_again, made)
        row["unchanged_preview"] = self._calls()
        return row | {
            "peak_kilobytes": max(memory),
            "kilobytes_before_any_call": _idle(self._config(batch=batch)),
        }

    def loop(self, number: int) -> dict[str, Any]:
        orders = self._sandbox.plain(number)
        rivals.loop(self._sandbox.base_url, self._sandbox.user_key, orders)
        return {"solution": "requests loop", "account": self._size, "orders": number, "all": self._calls()}

    def certmesh(self, number: int) -> dict[str, Any]:
        # The orders stay issued, because certmesh revokes only the certificate.
        orders = self._sandbox.plain(self._revoked_certificates + number)[self._revoked_certificates :]
        self._revoked_certificates += number
        report = rivals.certmesh(self._sandbox.base_url, self._sandbox.admin_key, orders)
        row = {"solution": rivals.CERTMESH, "account": self._size, "orders": number}
        return row | {"all": self._calls()} | report

    def _config(self, *, batch: bool) -> dict[str, str]:
        return {
            "digicert:apiKey": self._sandbox.user_key,
            "digicert:baseUrl": self._sandbox.base_url,
            "digicert:requestsPerMinute": "60000",
            "digicert:batchReads": str(batch).lower(),
        }

    def _calls(self) -> dict[str, int]:
        """Return the number of calls since the last time, by method, including refused ones."""
        log = self._sandbox.access_log()
        new = log[self._seen :]
        self._seen = len(log)
        return dict(Counter(call["method"] for call in new))


def _check(process: Provider, item: tuple[int, dict[str, Any]]) -> dict[str, Any]:
    number, program = item
    inputs, failures = process.check(program, name=f"r{number}")
    if failures:
        raise RuntimeError(str(failures))
    return inputs


def _check_and_create(
    process: Provider, item: tuple[int, dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    inputs = _check(process, item)
    return inputs, process.create(inputs)


def _read(process: Provider, made: tuple[dict[str, Any], dict[str, Any]]) -> None:
    _, outputs = made
    process.read(f"{outputs['orderId']:.0f}", outputs)


def _check_again(process: Provider, made: tuple[dict[str, Any], dict[str, Any]]) -> None:
    known, outputs = made
    program = {name: value for name, value in known.items() if name != "order"}
    inputs, _ = process.check(program, known, name=f"r{outputs['orderId']:.0f}")
    changes, _ = process.diff(outputs, inputs)
    if changes != "DIFF_NONE":
        raise RuntimeError(changes)


def _idle(config: dict[str, str]) -> int:
    with Provider(config, command=command()) as process:
        return peak_kilobytes(process.process.pid)
