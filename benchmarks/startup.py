"""Time a provider process from its start to its answers for a resource in the state, as in every preview."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from support import provider
from support.provider import Provider, command

from benchmarks import empty
from benchmarks.memory import peak_kilobytes
from digicert_pulumi.declaring.declare import provider_reference
from digicert_pulumi.declaring.order_revocation import PROVIDER

CONDITIONS = (
    "From the start of the provider's process to its answers to Configure, Check and Diff for an unchanged resource. "
    "Both front ends of this package and the empty dynamic provider run in turn, with the same SDK. The figures are medians. "
    "Memory is the process's peak by then."
)
_INPUTS = {"orderId": 100000001, "comments": "Measured."}
_ORDER = {"commonName": "www.example.com", "dnsNames": ["www.example.com"], "status": "issued"}


def measure(rounds: int) -> list[dict[str, Any]]:
    """Start each provider once for each round."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "empty.py").write_text(empty.module(_ORDER, {}))
        providers = {
            "digicert_pulumi": ("dynamic", PROVIDER),
            "digicert_pulumi, native": ("native", PROVIDER),
            "empty provider": ("dynamic", provider_reference("empty:EmptyProvider")),
        }
        found: dict[str, list[tuple[float, int]]] = {solution: [] for solution in providers}
        for round_ in range(rounds + 1):
            for solution, (front_end, resource) in providers.items():
                provider.front_end = front_end
                measured = _start(resource, name)
                if round_:  # skip the first start, which writes Python's caches
                    found[solution].append(measured)
    return [
        {
            "solution": solution,
            "rounds": rounds,
            "seconds": round(median(seconds for seconds, _ in measured), 4),
            "kilobytes": round(median(kilobytes for _, kilobytes in measured)),
        }
        for solution, measured in found.items()
    ]


def _start(resource: str, path: str) -> tuple[float, int]:
    state = {**_INPUTS, "order": _ORDER, "reviewedOrder": _ORDER, "requestId": 1, "status": "pending"}
    began = time.monotonic()
    with Provider(environment={"PYTHONPATH": path}, command=command(), resource=resource) as process:
        inputs, _ = process.check(_INPUTS, {**_INPUTS, "order": _ORDER})
        changes, _ = process.diff(state, inputs)
        seconds = time.monotonic() - began
        if changes != "DIFF_NONE":
            raise RuntimeError(changes)
        return seconds, peak_kilobytes(process.process.pid)
