"""The two API keys: given by options or the environment, or generated into a file that only its owner can read."""

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from certcentral_sandbox.account.catalogue import ADMINISTRATOR, STANDARD_USER, User

ADMIN_VARIABLE = "CERTCENTRAL_SANDBOX_ADMIN_KEY"
USER_VARIABLE = "CERTCENTRAL_SANDBOX_USER_KEY"


@dataclass(frozen=True)
class Keys:
    """An administrator's key and a standard user's."""

    admin: str = field(repr=False)
    user: str = field(repr=False)

    def owner(self, key: str | None) -> User | None:
        """Return the user of a key; None if the key is unknown."""
        presented = (key or "").encode()
        if hmac.compare_digest(presented, self.admin.encode()):
            return ADMINISTRATOR
        if hmac.compare_digest(presented, self.user.encode()):
            return STANDARD_USER
        return None


class _KeyFile(msgspec.Struct):
    admin_key: str
    user_key: str


def resolve(
    admin: str | None, user: str | None, environment: Mapping[str, str], path: Path
) -> tuple[Keys, Path | None]:
    """Resolve the keys: from the options, the environment, or the file, in this order. A missing file is generated.

    Returns:
        The keys, and the file if one of them comes from it.

    Raises:
        ValueError: A key is empty or isn't a valid header value, the keys are equal, or the file isn't a key file.
        OSError: The file can't be read or written.
    """
    admin = environment.get(ADMIN_VARIABLE) if admin is None else admin
    user = environment.get(USER_VARIABLE) if user is None else user
    file = None
    if admin is None or user is None:
        file = path
        stored = _stored(path)
        admin = stored.admin_key if admin is None else admin
        user = stored.user_key if user is None else user
    for name, key in (("administrator's", admin), ("user's", user)):
        if not key.isascii() or not key.isprintable() or key != key.strip() or not key:
            raise ValueError(f"the {name} key must be printable ASCII text without surrounding spaces")
    if admin == user:
        raise ValueError("the administrator's key and the user's key are the same")
    return Keys(admin, user), file


def _stored(path: Path) -> _KeyFile:
    """Read the keys from the file. If it is missing, generate keys and write it, readable by its owner only."""
    if path.exists():
        try:
            return msgspec.json.decode(path.read_bytes(), type=_KeyFile)
        except msgspec.DecodeError:
            raise ValueError(f"{path} is not a key file of the sandbox") from None
    keys = _KeyFile(secrets.token_hex(24), secrets.token_hex(24))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(keys))
    return keys
