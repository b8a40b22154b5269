"""Names as Python spells them, and as every other language of Pulumi does."""

from __future__ import annotations

import re


def camel_case(name: str) -> str:
    """Spell `order_id` as `orderId`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def snake_case(name: str) -> str:
    """Spell `orderId` as `order_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
