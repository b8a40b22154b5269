"""The search that ends every test here finds what it looks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.stack import Stack

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

pytestmark = pytest.mark.engine


def test_a_key_in_plain_is_found_in_every_folder_and_in_what_was_printed(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    stack = Stack(tmp_path / "stack", sandbox)
    assert stack.leaks() == []
    stack.configure({"eu:apiKey": "third-key-of-this-test"})
    for folder, key in (
        ("project", sandbox.user_key),
        ("home/.pulumi", sandbox.admin_key),
        ("backend/.pulumi/stacks", "third-key-of-this-test"),
    ):
        planted = tmp_path / "stack" / folder / "planted"
        planted.write_text(f"key={key}")
        assert stack.leaks() == [str(planted)]
        planted.unlink()
    stack._run("config", "get", "digicert:apiKey")
    assert [place.split()[0] for place in stack.leaks()] == ["output"]


def test_a_traceback_in_what_was_printed_is_found(tmp_path: Path, sandbox: Sandbox) -> None:
    stack = Stack(tmp_path / "stack", sandbox)
    stack.write("raise ValueError('of this test')")
    assert stack.tracebacks() == []
    assert stack.preview().code != 0
    assert len(stack.tracebacks()) == 1
