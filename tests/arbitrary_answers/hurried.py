"""`python -m MODULE`, a front end, with short pauses: what is waited for here has happened long before."""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

import stamina

import digicert_pulumi.certcentral.pacer
import digicert_pulumi.resources.decision
import digicert_pulumi.revoking.approval
import digicert_pulumi.revoking.submission
import digicert_pulumi.revoking.waiting

_PAUSES = {
    digicert_pulumi.certcentral.pacer: ("_PAUSE",),
    digicert_pulumi.revoking.approval: ("_PAUSES", "_PAUSES_AFTER_SUCCESS"),
    digicert_pulumi.resources.decision: ("_SETTLE_PAUSES",),
    digicert_pulumi.revoking.submission: ("_LONGEST_PAUSE",),
    digicert_pulumi.revoking.waiting: ("POLL_SECONDS", "SETTLE_PAUSES"),
}

_SHARE = 200
"""By how much the pauses are shorter."""

_retry_context = stamina.retry_context


def _soon(*arguments: Any, **options: Any) -> Any:
    return _retry_context(
        *arguments, **{**options, "wait_initial": 0.005, "wait_max": 0.01, "wait_jitter": 0.005}
    )


def hurry() -> None:
    """Make the pauses short."""
    for module, names in _PAUSES.items():
        for name in names:
            pause = getattr(module, name)
            short = tuple(each / _SHARE for each in pause) if isinstance(pause, tuple) else pause / _SHARE
            setattr(module, name, short)
    stamina.retry_context = _soon  # takes what it is given
    submission = digicert_pulumi.revoking.submission
    submission.DOUBT = int(os.environ.get("DOUBT", submission.DOUBT))


if __name__ == "__main__":
    hurry()
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
