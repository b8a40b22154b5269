"""Read again after pauses, because DigiCert may process a PUT late and a single read can be stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Result = TypeVar("_Result")


def read_until(
    is_settled: Callable[[_Result], bool],
    read: Callable[[], _Result],
    pauses: Iterable[float],
    sleep: Callable[[float], None],
) -> _Result:
    """Read once after each pause until the result is settled, and return the last result.

    Args:
        is_settled: Whether a result ends the reads.
        read: Reads at DigiCert.
        pauses: The seconds before each read, at least one.
        sleep: Waits that many seconds.

    Raises:
        Exception: The error of `read` or `sleep`.
    """
    for pause in pauses:
        sleep(pause)
        result = read()
        if is_settled(result):
            break
    return result
