"""What was read from DigiCert, and how old it is.

Calls are the scarce thing: a reading that is young enough answers again without one.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from digicert_pulumi.certcentral import Client, Order

FRESH_SECONDS = 30.0
"""How old a reading may be on which a decision to send is made."""


class Reader:
    """The orders as they were read through one client. Any number of threads may share it."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._readings: dict[int, tuple[float, Order]] = {}

    def order(self, order_id: int, *, max_age: float = 0.0) -> Order:
        """Return the order, from a reading that is at most `max_age` seconds old.

        Raises:
            CertCentralError: The order had to be read and could not be.
        """
        with self._lock:
            reading = self._readings.get(order_id)
        if reading and self._clock() - reading[0] < max_age:
            return reading[1]
        asked = self._clock()
        order = self._client.get_order(order_id)
        with self._lock:
            self._readings[order_id] = (asked, order)
        return order

    def forget(self, order_id: int) -> None:
        """Drop what is known of the order: something was sent that may have changed it."""
        with self._lock:
            self._readings.pop(order_id, None)
