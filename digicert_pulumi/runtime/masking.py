"""Mask API keys in every text that leaves the process, except in calls to DigiCert.

No text should contain a key. This protects users who put one in the wrong place, and against servers that repeat it.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import threading
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "[API key]"

MISPLACED = "contains the API key, which would be stored in the state and at DigiCert; remove it"
"""The failure of an input that contains a key."""

_SHORTEST = 8
"""The smallest length of a masked key: a shorter one could be part of any text."""


class _Mask:
    """All the encodings of all the keys, as one pattern."""

    def __init__(self) -> None:
        self._spellings: set[str] = set()
        self._pattern = re.compile("(?!)")
        self._lock = threading.Lock()

    def add(self, key: str) -> None:
        with self._lock:
            # Bytes of the environment that are not UTF-8 are surrogates here.
            raw = key.encode(errors="surrogatepass")
            self._spellings |= {key, repr(key)[1:-1], json.dumps(key)[1:-1], quote(raw, safe="")}
            self._spellings.add(base64.b64encode(raw).decode().rstrip("="))
            longest_first = sorted(self._spellings, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def put_on(self, text: str) -> str:
        return self._pattern.sub(MASK, text)


_mask = _Mask()


def hide(keys: Iterable[str]) -> None:
    """Mask these keys from now on: as they are, and encoded for Python, JSON, URLs and base64."""
    for key in keys:
        if len(bare := key.strip()) >= _SHORTEST:
            _mask.add(bare)


_Value = TypeVar("_Value")


def masked(value: _Value) -> _Value:
    """Return a string, property map or result with the keys masked in all its strings."""
    return cast("_Value", _masked(value))


def _masked(value: Any) -> Any:
    match value:
        case str():
            return _mask.put_on(value)
        case dict():
            return {name: _masked(each) for name, each in value.items()}
        case list():
            return [_masked(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **_masked(vars(value)))
    return value


def one_line(message: str) -> str:
    """Return a message as one line, without control characters and with the keys masked."""
    return masked(printable(message, longest=None))


def holds_a_key(value: Any) -> bool:
    """Return whether a string, or a string in a list or property map, contains a key."""
    match value:
        case str():
            return masked(value) != value
        case dict():
            return any(map(holds_a_key, value.values()))
        case list() | tuple():
            return any(map(holds_a_key, value))
    return False
