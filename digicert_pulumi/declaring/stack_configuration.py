"""Check the keys of the stack's configuration that this package reads."""

from __future__ import annotations

import os

import pulumi
from pulumi.runtime.config import CONFIG

from digicert_pulumi.runtime.masking import hide
from digicert_pulumi.runtime.setting_names import unknown_settings

_warned: set[tuple[str, str]] = set()


def review_configuration() -> None:
    """Check the stack's configuration, and show each warning once for a program.

    Raises:
        pulumi.RunError: A key is misspelt. Without its setting, the program could use another account.
    """
    for key, right in unknown_settings(CONFIG.get()).items():
        if right:
            raise pulumi.RunError(
                f"{key} in the stack's configuration is not a setting; did you mean {right}?"
            )
        _warn_once(f"{key} in the stack's configuration is not a setting of digicert_pulumi and is ignored")
    key = "digicert:apiKey"
    hide(each for each in (CONFIG.get().get(key), os.environ.get("DIGICERT_API_KEY")) if each)
    if key in CONFIG.get() and not pulumi.runtime.is_config_secret(key):
        _warn_once(
            f"the API key is in plaintext in the stack's configuration; run `pulumi config set --secret {key}`, and "
            "replace the key if others could read it"
        )


def _warn_once(line: str) -> None:
    program = pulumi.get_stack(), line
    if program not in _warned:
        _warned.add(program)
        pulumi.log.warn(line)
