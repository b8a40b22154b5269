"""What fails while a dynamic provider takes its configuration is one line, as everywhere."""

from __future__ import annotations

import sys

import pytest
from support.provider import Provider, ProviderError

BROKEN = """\
import runpy
from digicert_pulumi.resources.lifecycle import Lifecycle

def configure(*_):
    raise ValueError("a text that nobody should read")

Lifecycle.configure = configure
runpy.run_module("pulumi.dynamic", run_name="__main__")
"""


def test_a_failure_of_our_own_is_one_line() -> None:
    with (
        Provider(command=[sys.executable, "-u", "-c", BROKEN]) as provider,
        pytest.raises(ProviderError) as failed,
    ):
        provider.check({"orderId": 5, "comments": "Key leaked."})
    assert str(failed.value) == (
        "internal error in digicert_pulumi (ValueError); please report it, with the debug log (DIGICERT_LOG=debug)"
    )
    assert "nobody should read" not in failed.value.raw
