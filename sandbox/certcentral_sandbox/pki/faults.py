"""Fault rules for CRLs and OCSP answers.

A rule is a JSON object. `fault` names the fault. `service` (`crl` or `ocsp`) and `authority` (`root`, `issuing-1` or
`issuing-2`) select the answers, and `count` limits their number. Fields that aren't set match every answer.

================ ==========================================================================================
fault            result
================ ==========================================================================================
stale            a genuine answer that expired long ago
wrong_signer     an answer with the authority's name, signed with another authority's key
same_name        an answer of another authority that has the same name and its own key
undelegated      an OCSP answer signed by a responder whose certificate doesn't allow it
unknown          404 instead of the CRL; the OCSP status `unknown`
malformed        half of the genuine answer
huge             `bytes` bytes, without a Content-Length
late             the genuine answer, `seconds` late
================ ==========================================================================================
"""

from collections.abc import Sequence
from itertools import count
from typing import Annotated, Any, Literal

import msgspec

from certcentral_sandbox.pki.authorities import NAMES

Service = Literal["crl", "ocsp"]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="fault"):
    """Selects the answers of a fault.

    Attributes:
        service: The kind of answer.
        authority: The authority, one of `authorities.NAMES`.
        count: The maximum number of answers that get the fault.
    """

    service: Service | None = None
    authority: str | None = None
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        """Check the authority's name.

        Raises:
            ValueError: The authority doesn't exist.
        """
        if self.authority is not None and self.authority not in NAMES:
            raise ValueError(
                f"there is no authority {self.authority!r}; the authorities are {', '.join(NAMES)}"
            )


class Stale(Fault, tag="stale"):
    """A genuine answer that expired long ago."""


class WrongSigner(Fault, tag="wrong_signer"):
    """An answer signed with another authority's key."""


class SameName(Fault, tag="same_name"):
    """An answer from another authority with the same name."""


class Undelegated(Fault, tag="undelegated"):
    """An OCSP answer from a responder that may not sign it."""


class Unknown(Fault, tag="unknown"):
    """No CRL, or the OCSP status `unknown`."""


class Malformed(Fault, tag="malformed"):
    """Half of an answer."""


class Huge(Fault, tag="huge"):
    """An answer that is larger than a client should read."""

    bytes: Annotated[int, msgspec.Meta(ge=1)] = 64 << 20


class Late(Fault, kw_only=True, tag="late"):
    """A late answer."""

    seconds: Annotated[float, msgspec.Meta(ge=0)]


AnyFault = Stale | WrongSigner | SameName | Undelegated | Unknown | Malformed | Huge | Late


def decode_faults(text: bytes) -> list[AnyFault]:
    """Decode a JSON array of rules.

    Raises:
        ValueError: The text isn't an array of valid rules.
    """
    try:
        return msgspec.json.decode(text, type=list[AnyFault])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None


class _Entry:
    """An active rule, with its counter."""

    def __init__(self, entry_id: int, fault: AnyFault) -> None:
        self.id = entry_id
        self.fault = fault
        self.injected = 0

    def applies(self, service: Service, authority: str) -> bool:
        """Return whether an answer gets the fault, and count it if so."""
        fault = self.fault
        if fault.service not in {None, service} or fault.authority not in {None, authority}:
            return False
        if self.injected == fault.count:
            return False
        self.injected += 1
        return True


class Faults:
    """The active rules. An answer gets the first fault that applies."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._entries: list[_Entry] = []

    def add(self, faults: Sequence[AnyFault]) -> None:
        """Append rules."""
        self._entries += [_Entry(next(self._ids), fault) for fault in faults]

    def remove(self) -> None:
        """Remove all rules."""
        self._entries = []

    def shown(self) -> list[dict[str, Any]]:
        """Return the rules with their counters."""
        return [{"id": each.id, "rule": each.fault, "injected": each.injected} for each in self._entries]

    def pick(self, service: Service, authority: str) -> AnyFault | None:
        """Return the rule whose fault the answer gets; None if there is none."""
        return next((each.fault for each in self._entries if each.applies(service, authority)), None)
