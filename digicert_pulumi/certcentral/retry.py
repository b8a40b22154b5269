"""Whether and when a failed call is sent again: the policy, in one place."""

import logging
from collections.abc import Callable, Iterator
from random import uniform
from time import monotonic

import stamina

from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.errors import CertCentralError, Fate, RateLimited

__all__ = ["attempts"]

# Else Python writes stamina's own line to stderr at every attempt, where a program has set up no logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_SILENCE = 5.0
"""Seconds of trying again before the user is told."""

_RATE_LIMIT_PAUSE = (5.0, 10.0)
"""Seconds to stay away after a 429, which names no time: the shorter of DigiCert's two windows is 5 seconds."""


def attempts(call: Call, budget: float, report: Callable[[str], None]) -> Iterator[stamina.Attempt]:
    """Give one attempt after another, with growing pauses, until one succeeds or the policy ends them.

    A call that only reads is repeated after every transient failure. Any other is repeated only when it is sure
    that DigiCert did not process it.

    Args:
        call: What is sent.
        budget: Seconds, from now on, in which another attempt may begin.
        report: Gets one line when this takes long.
    """
    return iter(
        stamina.retry_context(_Patience(call, budget, report), attempts=None, timeout=None, wait_jitter=0.5)
    )


class _Patience:
    """Decides after a failed attempt: no other, one after the usual pause, or one after so many seconds."""

    def __init__(self, call: Call, budget: float, report: Callable[[str], None]) -> None:
        self._call = call
        self._budget = budget
        self._report = report
        self._started = monotonic()
        self._told = False

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, CertCentralError) or not self._may_repeat(error):
            return False
        spent = monotonic() - self._started
        pause = uniform(*_RATE_LIMIT_PAUSE) if isinstance(error, RateLimited) else 0.0  # noqa: S311
        if spent + pause >= self._budget:
            return False
        if spent + pause >= _SILENCE and not self._told:
            self._told = True
            self._report(f"{error.happened}, trying again for {self._budget - spent:.0f} s")
        return pause or True

    def _may_repeat(self, error: CertCentralError) -> bool:
        return error.transient and (self._call.only_reads or error.fate is Fate.NOT_PROCESSED)
