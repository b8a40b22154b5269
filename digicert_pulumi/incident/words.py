"""Translate messages of CertCentral, the provider and the engine for users of the command."""

from __future__ import annotations

import re

from digicert_pulumi.incident.rows import COLUMNS
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.text.printable import printable

_LONGEST = 1000
"""Maximum length of a line, in characters."""

_COMMANDS = {
    "run `pulumi config set --secret digicert:apiKey`, or set DIGICERT_API_KEY": "set DIGICERT_API_KEY",
    "`pulumi up`": "`digicert-pulumi incident run`",
    "`pulumi preview`": "`digicert-pulumi incident plan`",
    "`pulumi refresh`": "`digicert-pulumi incident report --refresh`",
    "allow_own_request=True": "--allow-own-requests",
}
"""The commands in the provider's messages, and their replacements in an incident."""

_PROPERTY = re.compile(rf"\b({'|'.join(COLUMNS.values())})\b")

_COLUMN_OF = {name: column for column, name in COLUMNS.items()}


def listed(names: list[str], most: int) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def told(text: str, order_id: int | None = None) -> str:
    """Return a message as one line, without API keys, with the incident's commands and the file's column names.

    Args:
        text: The message.
        order_id: Its order. If the message doesn't name the order, the line does.
    """
    line = printable(masked(text), _LONGEST)
    for theirs, ours in _COMMANDS.items():
        line = line.replace(theirs, ours)
    line = _PROPERTY.sub(lambda name: _COLUMN_OF[name[0]], line)
    if order_id is None or re.search(rf"\border {order_id}\b", line):
        return line
    return f"order {order_id}: {line}"
