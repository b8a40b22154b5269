"""How the sandbox's tests talk to it: over plain HTTP, or to its state machine alone."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from certcentral_sandbox.account.catalogue import ADMINISTRATOR, STANDARD_USER, User
from certcentral_sandbox.account.generate import generate
from certcentral_sandbox.account.queries import Orders
from certcentral_sandbox.account.revocations import Account, RevocationBody
from certcentral_sandbox.account.store import Store
from certcentral_sandbox.pki.certificates import Certificates
from certcentral_sandbox.refusals import Answers
from support.sandbox import Sandbox


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        (error,) = self.json["errors"]
        return str(error["code"])


class Caller:
    """Calls a sandbox over one kept connection, as the standard user unless another key is given."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.address = ("127.0.0.1", urlsplit(sandbox.base_url).port or 0)
        self.connection = HTTPConnection(*self.address, timeout=120)

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        self.connection.close()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        key: str | None = None,
        prefix: str = "/services/v2",
        **headers: str,
    ) -> Reply:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body)
        headers = {"X-DC-DEVKEY": self.sandbox.user_key if key is None else key, **headers}
        self.connection.request(method, prefix + path, content, headers)
        response = self.connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def revoke(self, order_id: int, key: str | None = None, **body: Any) -> Reply:
        return self("PUT", f"/order/certificate/{order_id}/revoke", body, key)

    def decide(self, request_id: int, status: str, key: str | None = None, **body: Any) -> Reply:
        return self("PUT", f"/request/{request_id}/status", {"status": status, **body}, key)


class Machine:
    """The state machine without HTTP."""

    admin = ADMINISTRATOR
    user = STANDARD_USER

    def __init__(self, folder: Path, answers: dict[str, Any] | None = None, **settings: Any) -> None:
        self.store = Store(folder / "state.db")
        if self.store.is_new:
            generate(self.store, 100, 1)
        refusals = Answers(answers)
        self.certificates = Certificates(self.store, "http://127.0.0.1:1")
        self.orders = Orders(self.store, self.certificates, refusals)
        self.account = Account(self.store, self.orders, refusals, **settings)

    def find(self, kind: str) -> str:
        row = self.store.one("SELECT id FROM orders WHERE kind = ? ORDER BY id", [kind])
        assert row is not None
        return str(row["id"])

    def revoke(self, order_id: str, body: RevocationBody, user: User) -> Any:
        """Have a request made."""
        request = self.account.revoke_order(order_id, body, user)
        assert request is not None
        return request

    def info(self, order_id: str) -> dict[str, Any]:
        return self.orders.info(self.orders.by_id(order_id))

    def last_request(self, order_id: str) -> dict[str, Any]:
        request_id = self.info(order_id)["requests"][-1]["id"]
        return self.orders.request_info(self.orders.request(str(request_id)))
