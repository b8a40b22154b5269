"""Parse hosts: `www.example.com`, `www.example.com:8443`, `[2001:db8::1]:443`, or a URL."""

from __future__ import annotations

import re
from typing import NamedTuple

_HOST = re.compile(
    r"(?:https://)?(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[^\s/:\[\]@?#,;]{1,253})(?::(?P<port>[0-9]{1,5}))?/?",
    re.IGNORECASE,
)
_HTTPS = 443
_LARGEST_PORT = 65535


class Host(NamedTuple):
    """A host and a port."""

    name: str
    port: int

    def __str__(self) -> str:
        """Return the host with its port, and with brackets around an IPv6 address."""
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


def host(text: str) -> Host:
    """Parse a host. The default port is that of HTTPS.

    Raises:
        ValueError: It is not a host.
    """
    match = _HOST.fullmatch(text.strip())
    port = int((match and match["port"]) or _HTTPS)
    if match is None or not 0 < port <= _LARGEST_PORT:
        raise ValueError("must be a host name such as www.example.com or www.example.com:8443")
    return Host(match["host"].strip("[]").lower(), port)
