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

# Otherwise Python writes stamina's own line to stderr at every attempt, if a program has set up no logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_SILENCE = 5.0
"""Seconds of retries before the user is told."""


class Patience:
    """Decides after a failed attempt whether there is another one, after the usual, growing pause.

    A call that only reads is sent again after every transient failure. A call that changes something is sent again only
    if DigiCert surely did not process it.

    Args:
        budget: Seconds, from now on, in which another attempt may begin, waiting for the rate limiter left out; 0 means
            a single attempt. It does not bound the retries after a 429: the rate limiter does.
        pacer: The rate limiter.
        report: Is given one line if the retries take long.
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
        self._told = False

    def attempts(self) -> Iterator[stamina.Attempt]:
        """Yield one attempt after another until one succeeds or the policy ends them."""
        return iter(stamina.retry_context(self, attempts=None, timeout=None, wait_jitter=0.5))

    def __call__(self, error: Exception) -> bool:
        """Whether the call is sent again after this error."""
        if not isinstance(error, CertCentralError) or not self._may_repeat(error):
            return False
        if isinstance(error, RateLimited):
            return self._budget > 0 and not self._pacer.lost_patience()
        spent = monotonic() - self._pacer.waited() - self._started
        if spent >= self._budget:
            return False
        if spent >= _SILENCE and not self._told:
            self._told = True
            self._report(f"{error.happened}, retrying for {self._budget - spent:.0f} s")
        return True

    def _may_repeat(self, error: CertCentralError) -> bool:
        return error.transient and (self._only_reads or error.fate is Fate.NOT_PROCESSED)
