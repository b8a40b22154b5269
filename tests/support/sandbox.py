"""A sandbox process for a test: started on a port of its own, operated from outside, stopped at the end."""

import atexit
import functools
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certcentral_sandbox.account.generate import generate
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.tls_server import TlsServer
from support import nursery

from digicert_pulumi.runtime import account, cache_folder

if TYPE_CHECKING:
    import subprocess

_STOP_SECONDS = 60

_PORTS = range(10_000, 32_000)
"""Below the ports that systems hand out by themselves: while a sandbox is stopped, nobody else gets its port."""

_generating = threading.Lock()

_used_ports: set[int] = set()
"""No sandbox gets the URL of an earlier one that had the same keys: what is counted for a key at a URL is its own."""

_idle_keys: list[tuple[str, str]] = []
"""Keys of sandboxes that ended: the next one takes them over, so that a stack for them is made already."""


def _new_keys() -> tuple[str, str]:
    return f"admin-{secrets.token_hex(16)}", f"user-{secrets.token_hex(16)}"


class Sandbox:
    """A running `python -m certcentral_sandbox`, usable as a context manager.

    What a test does through this class goes through the operator's door `/sandbox/services/v2` or the state
    file: it stands in no access log and meets no fault.

    Attributes:
        base_url: What a client is configured with, `http://127.0.0.1:PORT/services/v2`.
        admin_key: The administrator's API key.
        user_key: The standard user's API key.
        state: The SQLite file.
        publishing_url: Where CRLs and OCSP answers are.
    """

    def __init__(
        self,
        folder: Path,
        *options: str,
        orders: int = 100,
        seed: int = 1,
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        """Start the process and wait until it accepts connections.

        Args:
            folder: Where state and access log are written.
            options: Further options of the command.
            orders: How many orders there are.
            seed: The seed of the orders.
            answers: Overrides of invented answers, such as `{"revocation_already_requested": "accept"}`.
        """
        self.state = folder / "sandbox.db"
        if not self.state.exists():
            with _generating:  # sandboxes of several threads would generate it side by side
                generated = _generated(orders, seed)
            shutil.copyfile(generated, self.state)
        self.admin_key, self.user_key = _idle_keys.pop() if _idle_keys else _new_keys()
        self._log = folder / "access.jsonl"
        self._errors = folder / "sandbox.stderr"
        self._port = free_port()
        publishing = free_port()
        self.publishing_url = f"http://127.0.0.1:{publishing}"
        self._options = [*options, "--pki-port", str(publishing)]
        if answers is not None:
            file = folder / "answers.json"
            file.write_text(json.dumps(answers))
            self._options += ["--answers", str(file)]
        self._process = self._start()
        # A sandbox of an earlier run may have had this port, and the same ids of orders and requests.
        records = cache_folder.folder() / "orders" / account.folder_name(self.base_url)
        shutil.rmtree(records, ignore_errors=True)

    def _start(self) -> "subprocess.Popen[str]":
        options = [*self._options, "--port", str(self._port), "--state", str(self.state)]
        options += ["--access-log", str(self._log)]
        keys = {
            "CERTCENTRAL_SANDBOX_ADMIN_KEY": self.admin_key,
            "CERTCENTRAL_SANDBOX_USER_KEY": self.user_key,
        }
        with self._errors.open("a") as errors:
            process = nursery.start("certcentral_sandbox", options, {**os.environ, **keys}, errors)
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        if not first.startswith("CertCentral sandbox: "):
            process.wait(_STOP_SECONDS)
            process.stdout.close()
            raise RuntimeError(f"the sandbox did not start: {first}{self._errors.read_text()}")
        self.base_url = first.removeprefix("CertCentral sandbox: ")
        return process

    def __enter__(self) -> "Sandbox":  # noqa: PYI034 - typing.Self is newer than Python 3.10
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        _idle_keys.append((self.admin_key, self.user_key))

    def stop(self) -> None:
        """Stop the process as a user would; harmless when it is not running."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        self._process.send_signal(number)
        self._process.wait(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def restart(self) -> None:
        """Start it again, on the same port, with the same state and keys."""
        self.stop()
        self._process = self._start()

    def config(self, key: str = "") -> dict[str, str]:
        """What a stack configures, with the user's key or another one."""
        return {
            "digicert:apiKey": key or self.user_key,
            "digicert:baseUrl": self.base_url,
            "digicert:retryTimeout": "0.2",
        }

    def errors(self) -> str:
        """What the process wrote to its standard error: empty unless something is wrong with it."""
        return self._errors.read_text()

    def access_log(self) -> list[dict[str, Any]]:
        """The lines of the access log; without a last one that is still being written."""
        if not self._log.exists():
            return []
        text, _, _ = self._log.read_text().rpartition("\n")
        return [json.loads(line) for line in text.splitlines()]

    def writes(self) -> list[dict[str, Any]]:
        """The calls that were no GET."""
        return [line for line in self.access_log() if line["method"] != "GET"]

    def call(self, method: str, path: str, body: Any = None, *, user: bool = False) -> Any:
        """Call the operator's door, as the administrator unless `user`; the decoded answer, None when empty.

        Raises:
            AssertionError: The sandbox refused the call.
        """
        text = self._send(method, path, body, user=user)
        return json.loads(text) if text else None

    def _send(self, method: str, path: str, body: Any = None, *, user: bool = False) -> bytes:
        key = self.user_key if user else self.admin_key
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            content = None if body is None else json.dumps(body)
            connection.request(method, f"/sandbox{path}", content, {"X-DC-DEVKEY": key})
            response = connection.getresponse()
            text = response.read()
        assert response.status < 300, f"{method} {path}: {response.status} {text!r}"
        return text

    def order(self, order_id: int) -> dict[str, Any]:
        """Order info."""
        return self._document(f"/order/certificate/{order_id}")

    def primary(self, order_id: int) -> dict[str, Any]:
        """The primary certificate of an order."""
        certificate: dict[str, Any] = self.order(order_id)["certificate"]
        return certificate

    def listed(self, order_id: int, kind: str) -> list[dict[str, Any]]:
        """The duplicates (`duplicate`) or the reissues (`reissue`) of an order."""
        document: dict[str, list[dict[str, Any]]] = self._document(f"/order/certificate/{order_id}/{kind}")
        return document["certificates"]

    def request(self, request_id: int) -> dict[str, Any]:
        """Request info."""
        return self._document(f"/request/{request_id}")

    def _document(self, path: str) -> dict[str, Any]:
        document: dict[str, Any] = self.call("GET", f"/services/v2{path}")
        return document

    def approve(self, request_id: int, comment: str | None = None) -> None:
        """Let the administrator approve a request."""
        self._decide(request_id, "approved", comment)

    def reject(self, request_id: int, comment: str | None = None) -> None:
        """Let the administrator reject a request."""
        self._decide(request_id, "rejected", comment)

    def _decide(self, request_id: int, status: str, comment: str | None) -> None:
        body = {"status": status, "processor_comment": comment}
        self.call("PUT", f"/services/v2/request/{request_id}/status", body)

    def revoke(self, order_id: int, comments: str = "Revoked elsewhere.", *, user: bool = False) -> int:
        """Ask for a revocation as somebody else would; the id of the request."""
        path = f"/services/v2/order/certificate/{order_id}/revoke"
        return int(self.call("PUT", path, {"comments": comments}, user=user)["id"])

    def revoke_primary(
        self, order_id: int, comments: str = "Revoked elsewhere.", *, user: bool = False
    ) -> int:
        """Ask for a revocation of an order's primary certificate alone; the id of the request."""
        path = f"/services/v2/certificate/{self.order(order_id)['certificate']['id']}/revoke"
        return int(self.call("PUT", path, {"comments": comments}, user=user)["id"])

    def revoke_now(self, order_id: int) -> None:
        """Let the administrator revoke an order at once, without a request."""
        self.call("PUT", f"/services/v2/order/certificate/{order_id}/revoke", {"skip_approval": True})

    def revoke_requests(self, order_id: int) -> list[dict[str, Any]]:
        """The order's revocation requests out of the state, oldest first, hidden ones too."""
        sql = (
            "SELECT id, status, comments, revocation_reason, requester_id, processor_comment FROM requests"
            " WHERE order_id = ? AND type = 'revoke' ORDER BY id"
        )
        return [dict(row) for row in self._read(sql, [order_id])]

    def add_faults(self, *rules: Mapping[str, Any]) -> None:
        """Add fault rules, such as `{"fault": "drop", "when": "after", "endpoint": "revoke_order", "count": 1}`."""
        self.call("POST", "/faults", list(rules))

    def faults(self) -> list[dict[str, Any]]:
        """The fault rules in force, each with how many calls it matched and how many it hit."""
        return list(self.call("GET", "/faults")["faults"])

    def clear_faults(self) -> None:
        """Remove all the fault rules; what is held stays held."""
        self.call("DELETE", "/faults")

    def holds(self) -> list[dict[str, Any]]:
        """The calls that are held now."""
        return list(self.call("GET", "/holds")["holds"])

    def wait_for_hold(self, count: int = 1, seconds: float = 120) -> list[dict[str, Any]]:
        """Wait until that many calls are held.

        Raises:
            AssertionError: The time is up.
        """
        deadline = time.monotonic() + seconds
        while len(held := self.holds()) < count:
            assert time.monotonic() < deadline, f"{len(held)} calls are held, not {count}"
            time.sleep(0.02)
        return held

    def release(self) -> None:
        """Release every held call."""
        self.call("DELETE", "/holds")

    def set_limits(self, *limits: str) -> None:
        """Set the rate limits, such as `100/5`; without any, none is in force."""
        self.call("PUT", "/limits", list(limits))

    def refuse(self, seconds: float) -> None:
        """Refuse new connections for a while, this class's own ones too."""
        self.call("POST", "/refuse", {"seconds": seconds})

    def certificate_ids(self, order_id: int) -> list[int]:
        """The issued certificates of an order, revoked ones too, oldest first."""
        sql = "SELECT id FROM certificates WHERE order_id = ? AND serial_number IS NOT NULL ORDER BY id"
        return [row["id"] for row in self._read(sql, [order_id])]

    def pem_all(self, certificate_id: int) -> str:
        """A certificate and its chain, the root last, as PEM."""
        return self._send(
            "GET", f"/services/v2/certificate/{certificate_id}/download/format/pem_all"
        ).decode()

    def private_key(self, certificate_id: int) -> str:
        """The private key of a certificate, as PEM."""
        return self._send("GET", f"/certificates/{certificate_id}/key").decode()

    def publish_after(self, seconds: float) -> None:
        """Set how long a revocation stays out of CRLs and OCSP answers; 0 publishes everything at once."""
        self.call("PUT", "/publication", {"delay": seconds})

    def add_publication_faults(self, *rules: Mapping[str, Any]) -> None:
        """Disturb CRLs and OCSP answers: `{"fault": "stale", "service": "crl"}`; see `certcentral_sandbox.pki.faults`."""
        self.call("POST", "/publication/faults", list(rules))

    def clear_publication_faults(self) -> None:
        """Publish what is true again."""
        self.call("DELETE", "/publication/faults")

    def tls_server(
        self, certificate_id: int, *, client_authority: str | None = None, port: int = 0
    ) -> TlsServer:
        """A TLS server on 127.0.0.1 that serves a certificate; usable as a context manager.

        Args:
            certificate_id: The certificate.
            client_authority: Demand a certificate of the client that comes from this authority, as PEM.
            port: The port to listen on; 0 takes a free one.
        """
        return TlsServer(
            self.pem_all(certificate_id),
            self.private_key(certificate_id),
            client_authority=client_authority,
            port=port,
        )

    def find(self, kind: str) -> int:
        """The first order of a kind, such as `ov` or `revoke_pending`: see `certcentral_sandbox.account.generate`."""
        return self.find_all(kind)[0]

    def find_all(self, kind: str) -> list[int]:
        """All the orders of a kind."""
        return [row["id"] for row in self._read("SELECT id FROM orders WHERE kind = ? ORDER BY id", [kind])]

    def plain(self, count: int) -> list[int]:
        """The first plain issued TLS orders that no revocation was ever asked for."""
        sql = (
            "SELECT id FROM orders WHERE kind IN ('ov_multi_domain', 'dv', 'ov', 'ev', 'ov_wildcard')"
            " AND status = 'issued' AND id NOT IN (SELECT order_id FROM requests WHERE type = 'revoke')"
            " ORDER BY id LIMIT ?"
        )
        orders = [row["id"] for row in self._read(sql, [count])]
        assert len(orders) == count, f"only {len(orders)} plain orders are left"
        return orders

    def forget(self, order_id: int) -> None:
        """Let an order vanish: from now on it is not found."""
        self.change("DELETE FROM orders WHERE id = ?", order_id)

    def change(self, sql: str, *parameters: object) -> None:
        """Change what it holds, past its API."""
        with closing(sqlite3.connect(self.state)) as database, database:
            database.execute(sql, parameters)

    def serial_number(self, certificate_id: int) -> str:
        """The serial number of a certificate."""
        sql = "SELECT serial_number FROM certificates WHERE id = ?"
        return str(self._read(sql, [certificate_id])[0]["serial_number"])

    def _read(self, sql: str, parameters: Sequence[Any]) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.state)) as database:
            database.row_factory = sqlite3.Row
            return database.execute(sql, parameters).fetchall()


@functools.cache
def _generated(orders: int, seed: int) -> Path:
    """A new state, which each sandbox gets a copy of: to generate it is a third of what a start takes."""
    path = _folder() / f"{orders}-{seed}.db"
    with closing(Store(path)) as store:
        generate(store, orders, seed)
    return path


@functools.cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="sandbox-states-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def free_port() -> int:
    """A port on which nobody listens, that stays free until it is used, and that this process never had before."""
    while True:
        port = secrets.choice(_PORTS)
        if port in _used_ports:
            continue
        with closing(socket.socket()) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        _used_ports.add(port)
        return port


def sandbox_fixture(folder: Path) -> Iterator[Sandbox]:
    """What a `sandbox` fixture yields from; the folder is usually `tmp_path`."""
    with Sandbox(folder) as sandbox:
        yield sandbox
