from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stamina
from certcentral.stub import Stub

from digicert_pulumi.certcentral import Client, pacer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

KEY = "key-of-this-test"

ATTEMPTS = 3


@pytest.fixture
def client() -> Callable[..., Client]:
    """Make a client of a stub (or of a URL) that is quick to give up."""

    def make(server: Stub | str, **options: Any) -> Client:
        url = server.url if isinstance(server, Stub) else server
        return Client(options.pop("api_key", KEY), url, **{"read_timeout": 30.0, **options})

    return make


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Repeat without pauses, up to three attempts; and let no proxy of this machine interfere."""
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr(pacer, "_PAUSE", (0.0, 0.0))
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield
