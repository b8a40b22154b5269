"""What the settings make of a client."""

from __future__ import annotations

from typing import Any

import pytest

from digicert_pulumi.runtime import account
from digicert_pulumi.runtime.settings import resolve


@pytest.mark.parametrize(("seconds", "whole"), [("5", 60), ("30", 60), ("300", 600)])
def test_an_answer_gets_the_time_that_is_configured(
    monkeypatch: pytest.MonkeyPatch, seconds: str, whole: float
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(account, "Client", lambda *_, **options: given.update(options))
    settings = {"digicert:apiKey": "key-of-this-test", "digicert:requestTimeout": seconds}
    account.connect(resolve(settings.get), print)
    assert (given["read_timeout"], given["answer_timeout"]) == (float(seconds), whole)


@pytest.mark.parametrize(
    "url",
    [
        "HTTP://127.0.0.1:99/services/v2",
        "http://LOCALHOST:99//services/v2",
        "http://127.0.0.1:99/services/v2/",
    ],
)
def test_every_spelling_of_a_base_url_has_one_lock(url: str) -> None:
    assert account._normalized(url) == account._normalized("http://127.0.0.1:99/services/v2")
