"""Listening, serving and stopping: uvicorn's HTTP protocol on a socket of our own.

uvicorn's own `Server` cannot stop listening for a while and go on, which a refused connection needs.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_BACKLOG = 1024
_KEEP_ALIVE_SECONDS = 75
_STOP_SECONDS = 3


def is_loopback(host: str) -> bool:
    """Whether every address of the host is this machine's alone.

    Raises:
        OSError: The name has no address.
    """
    addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    return all(ip_address(address.split("%")[0]).is_loopback for address in addresses)


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address; port 0 takes a free one.

    Raises:
        OSError: The address is not this machine's, or in use.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


class Server:
    """Serves an application until it is told to stop."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        self._config = uvicorn.Config(
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
        self._config.load()
        self._state = ServerState()
        self._socket = bound
        self._listener: asyncio.Server | None = None
        self.stopping = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM, then drop what is open.

        Args:
            ready: Called once connections are accepted.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stopping.set)
        await self._listen()
        ready()
        await self.stopping.wait()
        await self._stop()

    async def _listen(self) -> None:
        self._listener = await asyncio.get_running_loop().create_server(
            lambda: H11Protocol(self._config, self._state, {}), sock=self._socket, backlog=_BACKLOG
        )

    async def _stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_STOP_SECONDS)
