"""Retry policy: whether and when a failed call is sent again.

The pacer decides when the next request may leave after a 429, because that affects all threads.
"""

import logging
from collections.abc import Callable, Iterator
from time import monotonic

import stamina

from digicert_pulumi.certcentral.errors import CertCentralError, Fate, RateLimited
from digicert_pulumi.certcentral.pacer import Pacer

__all__ = ["Patience"]

# Without this, Python writes stamina's log lines to stderr if the program hasn't configured logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_SILENCE = 5.0
"""Seconds of retries before the user is warned."""


class Patience:
    """Decides whether a failed call is retried. Retries use exponential backoff with jitter.

    A call that only reads is retried after every transient failure. A call that changes something is retried only if
    DigiCert surely didn't process it.

    Args:
        budget: Seconds from now in which another attempt may begin, without the waits for the rate limiter; 0 means a
            single attempt. It doesn't limit the retries after a 429: the rate limiter does.
        pacer: The rate limiter.
        report: Called with a one-line warning if the retries take long.
        only_reads: Whether the call changes nothing at DigiCert.
    """

    def __init__(
        self, budget: float, pacer: Pacer, report: Callable[[str], None], *, only_reads: bool
    ) -> None:
        self._budget = budget
        self._pacer = pacer
        self._report = report
        self._only_reads = only_reads
        self._started = monotonic() - pacer.waited()
        self._warned = False

    def attempts(self) -> Iterator[stamina.Attempt]:
        """Yield attempts until one succeeds or the policy allows no more."""
        return iter(stamina.retry_context(self, attempts=None, timeout=None, wait_jitter=0.5))

    def __call__(self, error: Exception) -> bool:
        """Whether the call is retried after this error."""
        if not isinstance(error, CertCentralError) or not self._may_repeat(error):
            return False
        if isinstance(error, RateLimited):
            return self._budget > 0 and not self._pacer.lost_patience()
        spent = monotonic() - self._pacer.waited() - self._started
        if spent >= self._budget:
            return False
        if spent >= _SILENCE and not self._warned:
            self._warned = True
            self._report(f"{error.happened}, retrying for {self._budget - spent:.0f} s")
        return True

    def _may_repeat(self, error: CertCentralError) -> bool:
        return error.transient and (self._only_reads or error.fate is Fate.NOT_PROCESSED)
