"""What the Pulumi CLI gives for its reason, in one line."""

from __future__ import annotations

import pytest

from digicert_pulumi.incident.stacks import _reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n code: 255\n stdout: \n stderr: error: unable to open the bucket", "unable to open the bucket"),
        ("\n code: 255\n stdout: Updating\nerror: one\nerror: two\n stderr: ", "one"),
        ("\n code: 1\n stdout: \n stderr: out of memory", "out of memory"),
        ("\n code: 137\n stdout: \n stderr: ", "pulumi failed"),
    ],
)
def test_the_reason_is_told_without_what_the_automation_api_puts_before_it(text: str, reason: str) -> None:
    assert _reason(text) == reason
