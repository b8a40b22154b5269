"""The server stops without leaving a connection open, however far asyncio is with it."""

import asyncio
import gc
import socket
import warnings
from contextlib import closing, suppress

import pytest
from certcentral_sandbox.http.server import Server, bind
from starlette.types import Receive, Scope, Send


async def no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError


async def connect_and_stop(turns: int, *, refusing: bool) -> socket.socket:
    """Connect, let the loop make some turns, stop the server, and return the client's side."""
    bound = bind("127.0.0.1", 0)
    address = bound.getsockname()
    server = Server(bound)
    await server.start(no_app)
    client = socket.create_connection(address)
    for _ in range(turns):
        await asyncio.sleep(0)
    if refusing:
        await server.refuse(60)
    await server.stop()
    return client


@pytest.mark.parametrize("refusing", [False, True])
@pytest.mark.parametrize("turns", range(6))
def test_no_connection_is_left_open(turns: int, *, refusing: bool) -> None:
    with warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always")
        # asyncio.run would take away the loop that other tests need.
        with closing(asyncio.new_event_loop()) as loop:
            connected = loop.run_until_complete(connect_and_stop(turns, refusing=refusing))
        with closing(connected) as client:
            gc.collect()
            client.settimeout(60)
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
    assert [str(each.message) for each in unclosed] == []
