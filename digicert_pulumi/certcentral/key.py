"""The API key, in a type that no message, `repr` or pickle can show."""

import re
from typing import NoReturn

from digicert_pulumi.certcentral.errors import InvalidApiKey
from digicert_pulumi.text.printable import printable

__all__ = ["ApiKey"]

_MASK = "[API key]"


class ApiKey:
    """An API key: it signs requests, and strikes itself out of any text that is to be shown.

    Args:
        value: The key, in visible ASCII characters.

    Raises:
        InvalidApiKey: It is empty, or holds a character that no key has, such as a line break.
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
        """Give the header that authenticates a request. Source: CertCentral Services API, "Authentication"."""
        return {"X-DC-DEVKEY": self._value}

    def quote(self, text: str) -> str:
        """Make foreign text fit to be shown: one line, printable, shortened, without the key."""
        # After the clean-up, which could join what stood apart, and before the cut, which could leave a part of it.
        return printable(self._echo.sub(_MASK, printable(text, longest=None)))

    def __repr__(self) -> str:
        return f"ApiKey({_MASK})"

    def __reduce__(self) -> NoReturn:
        msg = "an API key cannot be pickled"
        raise TypeError(msg)
