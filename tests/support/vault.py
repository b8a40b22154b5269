"""A key management service for the stacks of the tests: as much of a Vault as wraps their data keys.

From a passphrase the CLI derives a stack's key in a million rounds, for every command anew, which is a fourth of the time
of a small refresh. A key that a service has wrapped costs one call; what it encrypts, and how, is the same.
"""

from __future__ import annotations

import functools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROVIDER = "hashivault://stacks"
"""The secrets provider, as `pulumi stack init` takes it."""

_PREFIX = "vault:v1:"


class _Transit(BaseHTTPRequestHandler):
    """`/v1/transit/encrypt/KEY` and `/v1/transit/decrypt/KEY`. What is wrapped is left as it is: nobody looks for it."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "/encrypt/" in self.path:
            data = {"ciphertext": f"{_PREFIX}{given['plaintext']}"}
        else:
            data = {"plaintext": given["ciphertext"].removeprefix(_PREFIX)}
        answer = json.dumps({"data": data}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Nothing."""


@functools.cache
def vault_env() -> dict[str, str]:
    """The environment in which the CLI finds the service, which runs as long as this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return {
        "VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_address[1]}",
        "VAULT_SERVER_TOKEN": "none",
    }
