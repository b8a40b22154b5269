"""Every fault that is injected, in the words of the table that shows what became of it.

A fault is a rule of the sandbox (`certcentral_sandbox.faults.rules`) without the calls that it hits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUEST_TIMEOUT = 1.0
"""Seconds that the provider of these tests waits for an answer (`requestTimeout`)."""

_LATE = REQUEST_TIMEOUT + 0.3


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        name: What it is called in the table.
        rule: The sandbox's rule.
    """

    name: str
    rule: Mapping[str, Any]

    def on(self, endpoint: str, order_id: int | None = None, count: int | None = 1) -> dict[str, Any]:
        """The rule for the calls that it hits: the next `count` ones of an order; all of them with None."""
        calls = {"endpoint": endpoint, "order_id": order_id, "count": count}
        return {**self.rule, **{name: value for name, value in calls.items() if value is not None}}


def named(faults: Iterable[Fault], *names: str) -> list[Fault]:
    """The faults of these names, for a test that does not try every one: `make chaos` does."""
    by_name = {fault.name: fault for fault in faults}
    return [by_name[name] for name in names]


def _either_way(name: str, **rule: Any) -> tuple[Fault, Fault]:
    before = Fault(f"{name}, not processed", {**rule, "when": "before"})
    return before, Fault(f"{name}, processed", {**rule, "when": "after"})


ERROR_STATUSES = (500, 502, 503, 504, 406)

ON_THE_PUT = (
    *_either_way("connection reset", fault="drop"),
    Fault("connection reset, processed 3 s later", {"fault": "drop", "late": 3}),
    Fault("status 502, processed 3 s later", {"fault": "status", "status": 502, "late": 3}),
    Fault("answer cut in the middle", {"fault": "cut"}),
    *(
        fault
        for code in ERROR_STATUSES
        for fault in _either_way(f"status {code}", fault="status", status=code)
    ),
    *_either_way("status 429", fault="status", status=429),
    *_either_way("answer after the time-out", fault="slow", seconds=_LATE),
    *_either_way("web page with status 200", fault="html"),
    *_either_way("web page with status 403", fault="html", status=403),
    *_either_way("empty answer", fault="empty"),
    Fault("truncated JSON", {"fault": "truncated"}),
    *_either_way("endless answer", fault="huge"),
    Fault("wrong content type", {"fault": "content_type"}),
    *_either_way("redirect to another host", fault="redirect"),
    Fault("request seen only after 2 s", {"fault": "late_request", "seconds": 2}),
    Fault("connections refused for 1 s", {"fault": "refuse", "seconds": 1}),
)
"""The faults that hit the PUT. Where the name does not say it, the PUT is processed."""

ON_EVERY_PUT = tuple(
    fault for fault in ON_THE_PUT if fault.rule.get("when") == "before" and fault.rule.get("status") != 429
)
"""Those that can hit every PUT of an `up`, so that none is processed; a 429 is waited out for a quarter of an hour."""

ON_A_READING = (
    Fault("connection reset", {"fault": "drop"}),
    Fault("answer cut in the middle", {"fault": "cut"}),
    *(Fault(f"status {code}", {"fault": "status", "status": code}) for code in (*ERROR_STATUSES, 429)),
    Fault("answer after the time-out", {"fault": "slow", "seconds": _LATE}),
    Fault("web page with status 200", {"fault": "html"}),
    Fault("web page with status 403", {"fault": "html", "status": 403}),
    Fault("empty answer", {"fault": "empty"}),
    Fault("truncated JSON", {"fault": "truncated"}),
    Fault("endless answer", {"fault": "huge"}),
    Fault("wrong content type", {"fault": "content_type"}),
    Fault("redirect to another host", {"fault": "redirect"}),
    Fault("stale copy of the order", {"fault": "stale_order"}),
    Fault("unknown order status", {"fault": "order_status"}),
    Fault("connections refused for 1 s", {"fault": "refuse", "seconds": 1}),
)
"""The faults that hit a reading of the order."""
