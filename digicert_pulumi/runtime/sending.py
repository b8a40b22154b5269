"""Permission to send. In a process of the engine, only an applied `create` or `update` may send more than GET.

So a preview can't revoke anything, whatever a front end calls.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Thread(threading.local):
    may_send = False


_thread = _Thread()
_required = threading.Event()


def require_permission() -> None:
    """From now on, refuse to send outside of `permitted()`. Front ends call this; the command line doesn't."""
    _required.set()


@contextmanager
def permitted() -> Iterator[None]:
    """Permit this thread to send."""
    before, _thread.may_send = _thread.may_send, True
    try:
        yield
    finally:
        _thread.may_send = before


def is_permitted() -> bool:
    """Return whether this thread may send more than GET."""
    return _thread.may_send or not _required.is_set()
