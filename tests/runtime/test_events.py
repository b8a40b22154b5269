"""Events: what happened, as data, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.provider import Provider, ProviderError

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

UNKNOWN_ORDER = {"orderId": 999999999, "comments": "Key leaked."}


def read(file: Path, kind: str) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in file.read_text().splitlines()]
    return [event for event in events if event["event"] == kind]


def test_calls_and_failures_are_told_with_their_code_and_subject(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    config = {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}
    with Provider(config, {"DIGICERT_EVENTS": str(file)}) as provider:
        provider.check(UNKNOWN_ORDER)
        with pytest.raises(ProviderError) as error:
            provider.create(UNKNOWN_ORDER)
        provider.check({"orderId": 1})
    calls = read(file, "call")
    assert {(each["method"], each["status"], each["order"]) for each in calls} == {("GET", 404, 999999999)}
    unknown, denied, invalid = read(file, "failed")
    assert unknown["operation"] == "check"
    assert unknown["urn"].endswith("::r")
    assert (denied["operation"], denied["line"]) == ("create", str(error.value))
    for failed in (unknown, denied):
        assert (failed["code"], failed["fate"], failed["order"]) == ("order-not-found", "refused", 999999999)
    assert (invalid["code"], invalid["order"]) == ("invalid-input", None)
    assert error.value.data == {"code": "order-not-found", "fate": "refused", "order": 999999999}
    assert sandbox.user_key not in file.read_text()


def test_events_that_cannot_be_written_cost_nothing_else(sandbox: Sandbox, tmp_path: Path) -> None:
    config = {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}
    with Provider(config, {"DIGICERT_EVENTS": str(tmp_path)}) as provider:
        inputs, failures = provider.check({"orderId": 100000001, "comments": "Key leaked."})
        assert failures == []
        assert provider.create(inputs)["status"] == "pending"
        assert provider.lines == []
