"""What is noted in the user's cache folder, and what a revocation is where there is none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

INPUTS = {"orderId": 100000001, "comments": "Key leaked."}


def revoke(sandbox: Sandbox, cache: Path) -> list[str]:
    """Revoke an order with that cache folder; what the user heard of the folder."""
    config = {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}
    with Provider(config, {"XDG_CACHE_HOME": str(cache)}) as provider:
        inputs, failures = provider.check(INPUTS)
        assert failures == []
        state = provider.create(inputs)
        assert state["status"] == "pending"
        provider.read("100000001", state)
        return provider.lines


def test_without_a_folder_the_order_is_revoked_and_one_warning_says_what_is_missing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    cache.write_text("a file where the folder should be")
    lines = revoke(sandbox, cache)
    assert len([line for line in lines if "cannot share a rate limiter" in line]) == 1
    assert all(line.startswith("warning: ") and str(cache) in line for line in lines)


def test_the_key_is_in_no_file_and_the_files_are_the_users_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert revoke(sandbox, cache) == []
    files = [file for file in cache.rglob("*") if file.is_file()]
    [calls] = [file for file in files if file.parent.name == "calls" and file.suffix == ".json"]
    assert len(json.loads(calls.read_text())["notes"]) == 1
    for file in files:
        assert sandbox.user_key not in file.read_text()
    assert calls.stat().st_mode & 0o077 == 0
