"""An account of twenty orders, and a reader of them."""

from __future__ import annotations

import pytest
from support.digicert import DigiCert, client
from support.virtual_time import VirtualTime

from digicert_pulumi.orders.reader import Reader
from digicert_pulumi.revoking.requests import undecidable_requests


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def digicert(time: VirtualTime) -> DigiCert:
    """An account of twenty orders, 1 to 20, whose lists have pages of five rows."""
    account = DigiCert(time, page=5)
    account.add(*range(1, 21))
    return account


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def reader(digicert: DigiCert, time: VirtualTime, told: list[str]) -> Reader:
    return Reader(client(digicert), told.append, clock=time, unclear=undecidable_requests)


@pytest.fixture
def listing(reader: Reader, digicert: DigiCert) -> Reader:
    """The reader, after it has read the lists, and with the calls so far forgotten."""
    for _ in range(2):
        for order_id in range(1, 21):
            reader.order_to_observe(order_id)
    assert digicert.calls["list_orders"] == 4
    digicert.calls.clear()
    return reader
