"""Shopify's Toxiproxy between the provider and the sandbox: a TCP proxy that breaks connections and is not ours.

It is built from its Go module, pinned in tools/chaos/toxiproxy/go.mod, and kept in the user's cache folder.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULE = Path(__file__).parents[2] / "tools" / "chaos" / "toxiproxy"
PACKAGE = "github.com/Shopify/toxiproxy/v2"


def server() -> Path:
    """The Toxiproxy server, which is built first where it is not in the cache.

    Raises:
        RuntimeError: It has to be built and cannot be; the message says what is missing.
    """
    [version] = re.findall(rf"{PACKAGE} v(\S+)", (MODULE / "go.mod").read_text())
    home = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or home).absolute() / "digicert-pulumi"
    built = caches / f"toxiproxy-{version}-{sys.platform}-{platform.machine()}"
    if built.exists():
        return built
    go = shutil.which("go")
    if go is None:
        raise RuntimeError(
            f"Toxiproxy {version} has to be built from its Go module, and there is no Go: install Go, https://go.dev/dl/"
        )
    caches.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=caches, prefix="toxiproxy-") as folder:
        making = Path(folder) / "server"
        done = subprocess.run(
            [go, "build", "-o", making, f"{PACKAGE}/cmd/server"],
            cwd=MODULE,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"Toxiproxy {version} could not be built:\n{done.stderr}")
        making.replace(built)
    return built


class Toxiproxy:
    """A running server with one proxy."""

    def __init__(self, port: int, upstream: str) -> None:
        """Make the proxy.

        Args:
            port: Where the server takes its orders.
            upstream: Host and port that the proxy leads to.
        """
        self._port = port
        self._call("POST", "/proxies", {"name": "certcentral", "listen": "127.0.0.1:0", "upstream": upstream})
        self.address: str = self._call("GET", "/proxies/certcentral")["listen"]

    def cut_answers_after(self, size: int) -> None:
        """Close every connection once so many bytes of answers have passed, from now on."""
        toxic = {"type": "limit_data", "stream": "downstream", "attributes": {"bytes": size}}
        self._call("POST", "/proxies/certcentral/toxics", {"name": "cut", **toxic})

    def heal(self) -> None:
        """Let everything pass again."""
        self._call("POST", "/reset")

    def _call(self, method: str, path: str, content: Any = None) -> Any:
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=10)) as connection:
            connection.request(method, path, content and json.dumps(content))
            response = connection.getresponse()
            text = response.read()
        assert response.status < 300, f"{method} {path}: {response.status} {text!r}"
        return json.loads(text) if text else None


@contextmanager
def toxiproxy(base_url: str) -> Iterator[tuple[Toxiproxy, str]]:
    """A Toxiproxy in front of an API; with the base URL that leads through it."""
    url = urlsplit(base_url)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    command = [str(server()), "-host", "127.0.0.1", "-port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            proxy = wait_until(lambda: _connect(port, url.netloc))
            assert proxy
            yield proxy, url._replace(netloc=proxy.address).geturl()
        finally:
            process.kill()


def _connect(port: int, upstream: str) -> Toxiproxy | None:
    with suppress(ConnectionError):
        return Toxiproxy(port, upstream)
    return None
