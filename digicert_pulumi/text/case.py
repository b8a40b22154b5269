"""Convert names between snake_case, for Python, and camelCase, for Pulumi's other languages."""

from __future__ import annotations

import re


def camel_case(name: str) -> str:
    """Convert `order_id` to `orderId`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake_case(name: str) -> str:
    """Convert `orderId` to `order_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
