"""Retry policy: whether and when a failed call is sent again.

The pacer decides when the next request may leave after a 429, because that affects all threads.
"""

import logging
from collections.abc import Callable, Iterator
from time import monotonic

import stamina

from digicert_pulumi.certcentral.call import Call
from digicert_pulumi.certcentral.errors import CertCentralError, Fate, RateLimited

__all__ = ["Patience"]

# Else Python writes stamina's own line to stderr at every attempt, where a program has set up no logging.
logging.getLogger("stamina").addHandler(logging.NullHandler())

_SILENCE = 5.0
"""Seconds of trying again before the user is told."""


class Patience:
    """Decides after a failed attempt whether there is another one, after the usual, growing pause.

    A call that only reads is repeated after every transient failure. Any other is repeated only when it is sure
    that DigiCert did not process it.

    Args:
        call: What is sent.
        budget: Seconds, from now on, in which another attempt may begin; 0 means a single one.
        report: Gets one line when this takes long.
        lost_patience: Tells whether DigiCert has answered with nothing but 429 for too long. The budget does not
            bound how often that is tried again, as long as others get through.
    """

    def __init__(
        self,
        call: Call,
        budget: float,
        report: Callable[[str], None],
        lost_patience: Callable[[], bool] = lambda: False,
    ) -> None:
        self._call = call
        self._budget = budget
        self._report = report
        self._lost_patience = lost_patience
        self._started = monotonic()
        self._told = False

    def attempts(self) -> Iterator[stamina.Attempt]:
        """Give one attempt after another until one succeeds or the policy ends them."""
        return iter(stamina.retry_context(self, attempts=None, timeout=None, wait_jitter=0.5))

    def waited(self, seconds: float) -> None:
        """Leave the waiting for a turn out of the budget."""
        self._started += seconds

    def __call__(self, error: Exception) -> bool:
        """Tell whether the call is sent again after this error."""
        if not isinstance(error, CertCentralError) or not self._may_repeat(error):
            return False
        if isinstance(error, RateLimited):
            return self._budget > 0 and not self._lost_patience()
        spent = monotonic() - self._started
        if spent >= self._budget:
            return False
        if spent >= _SILENCE and not self._told:
            self._told = True
            self._report(f"{error.happened}, trying again for {self._budget - spent:.0f} s")
        return True

    def _may_repeat(self, error: CertCentralError) -> bool:
        return error.transient and (self._call.only_reads or error.fate is Fate.NOT_PROCESSED)
