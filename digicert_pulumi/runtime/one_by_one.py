"""Distinguish failures of one order from those of the key or the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import CertCentralError

_SUSPICIOUS = 3
"""Failed orders in a row, after others succeeded, that lead to a call that needs no order."""

_TOO_MANY = 10
"""Transient failures in a row that end the loop: retrying every order would take too long."""


class Failures:
    """Distinguishes failures of single orders from failures that affect all orders.

    Args:
        ask_something_else: Makes a call that needs no order; raises CertCentralError if it fails.
    """

    def __init__(self, ask_something_else: Callable[[], object]) -> None:
        self._ask_something_else = ask_something_else
        self._in_a_row = 0
        self._any_succeeded = False

    def end(self) -> None:
        """Count an order that was read."""
        self._in_a_row = 0
        self._any_succeeded = True

    def add(self, error: CertCentralError) -> None:
        """Count an order that could not be read.

        Raises:
            CertCentralError: The failure affects all orders.
        """
        self._in_a_row += 1
        if error.transient and self._in_a_row >= _TOO_MANY:
            raise error
        if self._in_a_row >= _SUSPICIOUS or not self._any_succeeded:
            self._ask_something_else()
