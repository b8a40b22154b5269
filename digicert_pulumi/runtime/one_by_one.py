"""Distinguish failures of one order from those of the key or the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import CertCentralError

_SUSPICIOUS = 3
"""So many orders in a row that cannot be read, after others could: worth asking DigiCert about something else."""

_TOO_MANY = 10
"""So many in a row that DigiCert, or the way to it, fails: it takes too long to learn that of every order."""


class Failures:
    """Tells failures that are about single orders from those that no order escapes.

    Args:
        ask_something_else: Asks DigiCert what has nothing to do with an order; raises CertCentralError where it cannot.
    """

    def __init__(self, ask_something_else: Callable[[], object]) -> None:
        self._ask_something_else = ask_something_else
        self._in_a_row = 0
        self._any_succeeded = False

    def end(self) -> None:
        """Take note of an order that DigiCert told something about."""
        self._in_a_row = 0
        self._any_succeeded = True

    def add(self, error: CertCentralError) -> None:
        """Take note of one that could not be read.

        Raises:
            CertCentralError: It is not about this order alone.
        """
        self._in_a_row += 1
        if error.transient and self._in_a_row >= _TOO_MANY:
            raise error
        if self._in_a_row >= _SUSPICIOUS or not self._any_succeeded:
            self._ask_something_else()
