"""The API key, in a type that no message, `repr` or pickle can show."""

import re
from typing import NoReturn

from digicert_pulumi.certcentral.errors import InvalidApiKey
from digicert_pulumi.text.printable import printable

__all__ = ["ApiKey"]

_MASK = "[API key]"


class ApiKey:
    """An API key. It authenticates requests, and masks itself in texts from outside.

    Args:
        value: The key, in visible ASCII characters.

    Raises:
        InvalidApiKey: The key is empty, or has an invalid character, such as a line break.
    """

    def __init__(self, value: str) -> None:
        if not value:
            objection = "the API key is empty"
        elif not re.fullmatch(r"[!-~]+", value):
            objection = "the API key holds a space, a line break or another character that no key has"
        else:
            self._value = value
            self._echo = re.compile(re.escape(value), re.IGNORECASE)
            return
        raise InvalidApiKey(objection)

    def headers(self) -> dict[str, str]:
        """Return the header that authenticates a request. Source: CertCentral Services API, "Authentication"."""
        return {"X-DC-DEVKEY": self._value}

    def quote(self, text: str) -> str:
        """Return foreign text as one printable line, shortened and without the key."""
        # Mask after the clean-up, which could join parts of the key, and before the cut, which could leave a part of it.
        return printable(self._echo.sub(_MASK, printable(text, longest=None)))

    def __repr__(self) -> str:
        return f"ApiKey({_MASK})"

    def __reduce__(self) -> NoReturn:
        msg = "an API key cannot be pickled"
        raise TypeError(msg)
