"""Events for programs: JSON lines in the file that `DIGICERT_EVENTS` names.

Every event has the key `event`:

- `call`: a call to DigiCert ended. `method`, `path`, `status` (null if there was no answer), `order`, `request`.
- `failed`: an operation of a resource failed. `urn`, `operation` (`check`, `create`, ...), `code`, `order`, `request`,
  `fate` (`not processed`, `refused`, `unknown`), `line` (the message for the user).

- `warned`: the user was warned. `urn`, `code`, `line`. Only `not-shown` has an event: the preview has no snapshot.

Keys and codes are stable; lines are for people and may be reworded in any release.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

from digicert_pulumi.runtime.masking import masked

if TYPE_CHECKING:
    from digicert_pulumi.certcentral.call import Call

VARIABLE = "DIGICERT_EVENTS"


def call(done: Call, status: int | None) -> None:
    """Write the event of a call that ended.

    Args:
        done: The call.
        status: The HTTP status; None if there was no answer.
    """
    emit(
        "call",
        method=done.method,
        path=done.path,
        status=status,
        order=done.order_id,
        request=done.request_id,
    )


def emit(event: str, **data: Any) -> None:
    """Append an event if `DIGICERT_EVENTS` is set. If the file can't be written, only the event is lost."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    line = f"{json.dumps(masked({'event': event, **data}))}\n".encode()
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_NONBLOCK", 0), 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)
