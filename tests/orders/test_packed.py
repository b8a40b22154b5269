"""Orders in little memory."""

from __future__ import annotations

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st
from properties.profile import search
from support.orders import make_order

from digicert_pulumi.certcentral import Certificate, Order
from digicert_pulumi.orders.packed import Shelf


@search(40)
@given(st.lists(st.lists(st.integers(1, 300), max_size=150), max_size=6))
def test_what_was_put_there_last_is_given_back_and_nothing_else(pages: list[list[int]]) -> None:
    shelf = Shelf()
    expected: dict[int, Order] = {}
    for number, page in enumerate(pages):
        orders = [
            make_order(id=order_id, status=f"status {number} {place}") for place, order_id in enumerate(page)
        ]
        shelf.put(orders)
        expected |= {order.id: order for order in orders}
        for order_id in range(302):
            assert shelf.get(order_id) == expected.get(order_id)


def test_an_order_takes_some_hundred_bytes_at_most() -> None:
    def page(first: int) -> list[Order]:
        return [
            make_order(
                id=order_id,
                certificate=Certificate(
                    id=2 * order_id,
                    common_name=f"host-{order_id * 7919 % 100_003}.example.com",
                    dns_names=tuple(f"name-{order_id * 31 % 10_007}-{n}.example.com" for n in range(4)),
                    valid_till=f"2027-0{1 + order_id % 9}-1{order_id % 10}",
                ),
            )
            for order_id in range(first, first + 1000)
        ]

    tracemalloc.start()
    shelf = Shelf()
    for first in range(0, 5_000, 1000):
        shelf.put(page(100_000_000 + first))
    assert shelf.get(100_000_000) is not None
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / 5_000 < 150
