"""A pytest plugin: an event loop for what the SDK makes in the tests' own process.

The SDK takes its futures from the event loop that Pulumi's language host gives to a program; from Python 3.12 on there is
none by itself. Also while tests are collected: their parameters hold outputs.
"""

import asyncio

_loop = asyncio.new_event_loop()
asyncio.set_event_loop(_loop)
# Of a program that fails the SDK leaves futures behind that nobody asks, of which the loop would print a traceback.
_loop.set_exception_handler(lambda *_: None)


def pytest_unconfigure() -> None:
    """Close the event loop."""
    asyncio.set_event_loop(None)
    _loop.close()
