"""Listen, serve and stop: uvicorn's HTTP protocol on our own socket.

uvicorn's own `Server` can't stop listening for a while and then continue, which is needed to refuse connections.
"""

import asyncio
import contextlib
import functools
import signal
import socket
import struct
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 75
_STOP_SECONDS = 3
_TURNS_TO_OPEN = 2


def is_loopback(host: str) -> bool:
    """Return whether every address of the host is a loopback address.

    Raises:
        OSError: The name can't be resolved.
    """
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    return all(ip_address(address.split("%")[0]).is_loopback for address in addresses)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Port 0 selects a free port.

    Raises:
        OSError: The address doesn't belong to this machine, or is in use.
    """
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    reserved = _reserve(family, address)
    try:
        reserved.listen(_BACKLOG)
    except OSError:
        reserved.close()
        raise
    return reserved


def _reserve(family: int, address: tuple[Any, ...]) -> socket.socket:
    """Return a bound socket that doesn't listen, so that connections to it are refused."""
    # asyncio sets TCP_NODELAY only if the protocol is named.
    reserved = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(address)
    except OSError:
        reserved.close()
        raise
    return reserved


class Server:
    """Serves an application on a socket.

    Attributes:
        stopping: Set before the server stops.
    """

    def __init__(self, bound: socket.socket) -> None:
        self._socket = bound
        self._state = ServerState()
        self._listener: asyncio.Server | None = None
        self._reopening: asyncio.TimerHandle | None = None
        self.stopping = asyncio.Event()

    async def start(self, app: ASGIApp) -> None:
        """Start to serve an application."""
        self._protocol = functools.partial(H11Protocol, _configuration(app), self._state, {})
        await self._listen()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener = await loop.create_server(self._protocol, sock=self._socket, backlog=_BACKLOG)

    async def refuse(self, seconds: float) -> None:
        """Stop listening for some seconds, and close idle connections. New connections are refused (ECONNREFUSED)."""
        if self._listener is None:
            return
        family, address = self._socket.family, self._socket.getsockname()
        await self._stop_listening()
        self._socket = _reserve(family, address)
        # Otherwise another process that sets it could listen on this port until this one does again.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        for connection in list(self._state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        self._reopening = loop.call_later(seconds, lambda: loop.create_task(self._listen()))

    async def _stop_listening(self) -> None:
        """Accept no more connections, let asyncio open those that it accepted, and close the listener.

        asyncio opens a connection in the two turns of the loop after it accepted it. If the listener is closed first,
        asyncio drops the connection without closing its socket.
        """
        listener, self._listener = self._listener, None
        if listener is None:
            return
        with contextlib.suppress(NotImplementedError):  # Windows: its loop accepts and opens in the same turn
            asyncio.get_running_loop().remove_reader(self._socket)
        for _ in range(_TURNS_TO_OPEN):
            await asyncio.sleep(0)
        listener.close()

    def reset(self, client: tuple[str, int]) -> None:
        """Reset the connection with a client immediately (RST)."""
        transport = self._transport(client)
        if transport is not None:
            no_linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
            transport.abort()

    def write_and_close(self, client: tuple[str, int], content: bytes) -> None:
        """Write raw bytes to a client, and close the connection."""
        transport = self._transport(client)
        if transport is not None:
            transport.write(content)
            transport.close()

    def _transport(self, client: tuple[str, int]) -> asyncio.Transport | None:
        """Return the client's connection; None if it is closed."""
        for connection in self._state.connections:
            if isinstance(connection, H11Protocol) and connection.client == client:
                return connection.transport
        return None

    async def stop(self) -> None:
        """Stop listening, and abort open connections."""
        if self._reopening is not None:
            self._reopening.cancel()
        self._abort_connections()  # before a held call ends without an answer, which uvicorn would report
        await self._stop_listening()
        self._socket.close()
        self._abort_connections()
        await asyncio.sleep(0)  # asyncio closes an aborted connection one turn of the loop later
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_STOP_SECONDS)

    def _abort_connections(self) -> None:
        for connection in list(self._state.connections):
            connection.transport.abort()


async def serve(apps: Mapping[Server, ASGIApp], ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        apps: The servers with their applications.
        ready: Called when all servers accept connections.
    """
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not `loop.add_signal_handler`, which Windows doesn't support.
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    for server, app in apps.items():
        await server.start(app)
    ready()
    await stopping.wait()
    for server in apps:
        server.stopping.set()
    for server in apps:
        await server.stop()


def _configuration(app: ASGIApp) -> uvicorn.Config:
    configuration = uvicorn.Config(
        app,
        interface="asgi3",
        http=H11Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    configuration.load()
    return configuration
