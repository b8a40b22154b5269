"""The provider's configuration, as the engine hands it over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.resources.inputs import Unknown
from digicert_pulumi.runtime.setting_names import SETTINGS, unknown_settings
from digicert_pulumi.runtime.settings import NoApiKeyError, SettingsError, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_THE_ENGINE = {"version", "pluginDownloadURL", "pluginChecksums"}
"""What the engine puts beside the settings of a provider."""


def read(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings by key, such as `digicert:apiKey`. What is not known yet is left out."""
    return {
        f"digicert:{name}": _text(value)
        for name, value in given.items()
        if name in SETTINGS and not isinstance(value, Unknown)
    }


def check(given: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the settings, a line each. That there is no key is said where it is needed."""
    unknown = unknown_settings(f"digicert:{name}" for name in given if name not in _OF_THE_ENGINE)
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
