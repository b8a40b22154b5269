"""Translate messages of DigiCert, the provider and the engine for users of the command."""

from __future__ import annotations

import re

from digicert_pulumi.incident.rows import COLUMNS
from digicert_pulumi.runtime.masking import masked
from digicert_pulumi.text.printable import printable

_LONGEST = 1000
"""Characters of a line that are shown."""

_COMMANDS = {
    "run `pulumi config set --secret digicert:apiKey`, or set DIGICERT_API_KEY": "set DIGICERT_API_KEY",
    "`pulumi up`": "`digicert-pulumi incident run`",
    "`pulumi preview`": "`digicert-pulumi incident plan`",
    "`pulumi refresh`": "`digicert-pulumi incident report --refresh`",
    "say allow_own_request=True": "give --allow-own-requests",
}
"""What the provider tells the users of Pulumi's command line to do, and what it is here."""

_PROPERTY = re.compile(rf"\b({'|'.join(COLUMNS.values())})\b")

_COLUMN_OF = {name: column for column, name in COLUMNS.items()}


def told(text: str, order_id: int | None = None) -> str:
    """Return a text as one line, without an API key, with the incident's commands and the file's columns.

    Args:
        text: What was said.
        order_id: The order that it is about, which the line then names.
    """
    line = printable(masked(text), _LONGEST)
    for theirs, ours in _COMMANDS.items():
        line = line.replace(theirs, ours)
    line = _PROPERTY.sub(lambda name: _COLUMN_OF[name[0]], line)
    if order_id is None or re.search(rf"\border {order_id}\b", line):
        return line
    return f"order {order_id}: {line}"
