"""A program's own modules with the names of Python's or of libraries' do not reach the provider's imports."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from support.provider import Provider, ProviderError, command

if TYPE_CHECKING:
    from pathlib import Path

    from support.sandbox import Sandbox

WISH = {"orderId": 100000001, "comments": "Key leaked."}
NAMES = ("calendar", "decimal", "filelock", "hmac", "idna", "msgspec", "requests", "stamina", "urllib3")
THEIRS = """\
from pulumi.dynamic import CreateResult, ResourceProvider

class Theirs(ResourceProvider):
    def create(self, props):
        import calendar
        from secrets import made
        return CreateResult("1", {"made": made(), "again": calendar.MADE})
"""
SECRETS = """\
import requests

def made():
    return requests.MADE
"""
BY_REFERENCE = base64.b64encode(b"\x80\x02ctheirs\nTheirs\n)R.").decode()
MADE = {"made": "by the program", "again": "by the program"}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text("MADE = 'by the program'\n")
    (folder / "secrets.py").write_text(SECRETS)
    (folder / "theirs.py").write_text(THEIRS)
    return folder


@pytest.fixture
def settings(sandbox: Sandbox) -> dict[str, str]:
    return {"digicert:apiKey": sandbox.user_key, "digicert:baseUrl": sandbox.base_url}


def revoke(provider: Provider) -> dict[str, Any]:
    inputs, failures = provider.check(WISH)
    assert failures == []
    return provider.create(inputs)


def test_the_provider_and_the_programs_own_live_in_one_process(
    program: Path, settings: dict[str, str]
) -> None:
    for theirs_first in (True, False):
        with Provider(settings, command=command(), folder=program) as provider:
            if theirs_first:
                assert provider.create({}, BY_REFERENCE) == MADE
            assert revoke(provider)["status"] == "pending"
            assert provider.create({}, BY_REFERENCE) == MADE


def test_an_internal_error_names_the_files_that_may_hide_a_module(
    program: Path, settings: dict[str, str]
) -> None:
    for name in NAMES:
        (program / f"{name}.py").unlink()
    (program / "calendar.py").write_text("MADE = 'by the program'\n")
    (program / "secrets.py").write_text("made = str\n")
    with Provider(settings, command=command(), folder=program) as provider:
        provider.check(WISH)
        with pytest.raises(ProviderError) as failure:
            provider.read("1", {"orderId": 1, "comments": [], "requestId": "x"})
    files = f"{program / 'calendar.py'} and {program / 'secrets.py'}"
    assert str(failure.value).endswith(f"; {files} may hide a module of Python or of a library; rename it")
