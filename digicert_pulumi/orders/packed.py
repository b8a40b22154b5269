"""Store hundreds of thousands of orders in little memory."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.certcentral import Order

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Shelf"]

_BLOCK = 64
"""The number of orders that are compressed together: enough for a good ratio, few enough to unpack for a single order."""

_DECODER = msgspec.msgpack.Decoder(list[Order])


class Shelf:
    """Stores orders compressed, and unpacks them on access: about 100 bytes per order, instead of 2,000 for an object."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._sorted: array[int] | None = None
        self._blocks: list[bytes] = []
        self._places = array("L")
        self._unpacked: tuple[int, list[Order]] = (-1, [])
        """The last unpacked block, cached because most accesses are sequential."""

    def put(self, orders: Sequence[Order]) -> None:
        """Add orders. If two have the same id, the later one counts."""
        self._sorted = None
        for start in range(0, len(orders), _BLOCK):
            block = orders[start : start + _BLOCK]
            self._places.extend(range(len(self._blocks) * _BLOCK, len(self._blocks) * _BLOCK + len(block)))
            self._blocks.append(zlib.compress(msgspec.msgpack.encode(block), 1))
            self._ids.extend(order.id for order in block)

    def get(self, order_id: int) -> Order | None:
        """Return an order; None if it isn't stored."""
        if self._sorted is None:
            self._sorted = array("L", sorted(range(len(self._ids)), key=self._ids.__getitem__))
        found = bisect_right(self._sorted, order_id, key=self._ids.__getitem__) - 1
        if found < 0 or self._ids[self._sorted[found]] != order_id:
            return None
        block, place = divmod(self._places[self._sorted[found]], _BLOCK)
        if self._unpacked[0] != block:
            packed = zlib.decompress(self._blocks[block])
            self._unpacked = block, _DECODER.decode(packed)
        return self._unpacked[1][place]
