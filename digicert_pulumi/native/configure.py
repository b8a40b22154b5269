"""The provider's configuration, as the engine passes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.resources.inputs import Unknown
from digicert_pulumi.runtime.setting_names import SETTINGS, unknown_settings
from digicert_pulumi.runtime.settings import NoApiKeyError, SettingsError, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENGINE_KEYS = {"version", "pluginDownloadURL", "pluginChecksums"}
"""The keys that the engine adds to the settings of a provider."""


def read(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings by key, such as `digicert:apiKey`, without those that are not known yet."""
    return {
        f"digicert:{name}": _text(value)
        for name, value in given.items()
        if name in SETTINGS and not isinstance(value, Unknown)
    }


def check(given: Mapping[str, Any]) -> list[str]:
    """Return the failures of the settings, one line each. A missing key is reported when it is needed."""
    unknown = unknown_settings(f"digicert:{name}" for name in given if name not in _ENGINE_KEYS)
    lines = [
        f"{key} is not a setting of the provider" + (f"; did you mean {right}?" if right else "")
        for key, right in unknown.items()
    ]
    if not lines and not any(isinstance(value, Unknown) for value in given.values()):
        try:
            resolve(read(given).get)
        except NoApiKeyError:
            pass
        except SettingsError as error:
            lines = [str(error)]
    return lines


def _text(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
