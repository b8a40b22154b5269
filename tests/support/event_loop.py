"""A pytest plugin: an event loop for the SDK in the tests' own process, also while tests are collected.

The SDK takes its futures from the event loop that Pulumi's language host gives to a program; from Python 3.12 on there is
none otherwise. The SDK's mocks make a loop in each of their threads, and never close one.
"""

import asyncio

_make = asyncio.new_event_loop
_made: list[asyncio.AbstractEventLoop] = []


def _remembered() -> asyncio.AbstractEventLoop:
    _made.append(_make())
    return _made[-1]


asyncio.new_event_loop = _remembered
_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
# A failed program leaves futures of the SDK behind that nobody awaits. The loop would print a traceback for each.
_loop.set_exception_handler(lambda *_: None)


def pytest_unconfigure() -> None:
    """Close the event loops."""
    asyncio.set_event_loop(None)
    for loop in _made:
        loop.close()
