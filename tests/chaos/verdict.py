"""What a run left behind, in the columns of the table."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Verdict:
    """Counts, which add up.

    Attributes:
        runs: Lifecycles: orders that were declared, disturbed and decided on.
        requests: The requests that DigiCert has for them.
        lost: Orders without a request at DigiCert, or without their resource in the state, after the recovery.
        duplicated: Requests beyond the first of an order.
        wrong: Orders whose state says something else than DigiCert.
        leaked: Outputs, states and logs in which an API key stands.
        tracebacks: Outputs of the CLI with a traceback.
    """

    runs: int = 0
    requests: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong: int = 0
    leaked: int = 0
    tracebacks: int = 0

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    def worst_of(self, other: Verdict) -> Verdict:
        """The greater of each count: the same orders, looked at twice."""
        return Verdict(*map(max, astuple(self), astuple(other)))

    def is_flawless(self, requests: int = 1) -> bool:
        """Whether every order has that many requests, and all the other counts are zero."""
        counts = astuple(self)[2:]
        return self.requests == requests * self.runs and not any(counts)
