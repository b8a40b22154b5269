"""The package's schema. tools/reference/schema.py generates it from the classes that Python programs import."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("schema.json")


def text() -> str:
    """Return the schema as JSON."""
    return _FILE.read_text(encoding="utf-8")


def outputs(type_: str) -> tuple[str, ...]:
    """Return the names of a resource's outputs.

    Args:
        type_: Its type, such as `digicert:index:OrderRevocation`.
    """
    return tuple(_schema()["resources"][type_]["properties"])


def inputs_of_function(token: str) -> tuple[str, ...]:
    """Return the names of a function's arguments.

    Args:
        token: Its token, such as `digicert:index:getOrder`.
    """
    return tuple(_schema()["functions"][token]["inputs"]["properties"])


@functools.cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(text())
    return schema
