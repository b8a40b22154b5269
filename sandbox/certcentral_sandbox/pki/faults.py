"""What goes wrong on purpose with CRLs and OCSP answers.

A rule is a JSON object. `fault` names the fault. `service` (`crl` or `ocsp`) and `authority` (`root`, `issuing-1` or
`issuing-2`) say which answers it hits, `count` how many at most. What is left out doesn't matter.

================ ==========================================================================================
fault            what whoever checks a certificate meets
================ ==========================================================================================
stale            a genuine answer that expired long ago
wrong_signer     an answer under the authority's name, signed with another authority's key
same_name        an answer of another authority that has the same name and a key of its own
undelegated      an OCSP answer signed with a certificate of the authority that doesn't allow this
unknown          404 instead of the CRL; the OCSP status `unknown`
malformed        half of the genuine answer
huge             `bytes` bytes, whose number isn't announced
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
    """Which answers a fault hits.

    Attributes:
        service: What is answered.
        authority: Whose answers, one of `authorities.NAMES`.
        count: So many answers are hit at most.
    """

    service: Service | None = None
    authority: str | None = None
    count: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        """Check the authority's name.

        Raises:
            ValueError: There is no such authority.
        """
        if self.authority is not None and self.authority not in NAMES:
            raise ValueError(f"no authority is called {self.authority!r}; those are {', '.join(NAMES)}")


class Stale(Fault, tag="stale"):
    """A genuine answer that expired long ago."""


class WrongSigner(Fault, tag="wrong_signer"):
    """Signed with another authority's key."""


class SameName(Fault, tag="same_name"):
    """From another authority of the same name."""


class Undelegated(Fault, tag="undelegated"):
    """Signed with a certificate that may not sign OCSP answers."""


class Unknown(Fault, tag="unknown"):
    """Nothing is known."""


class Malformed(Fault, tag="malformed"):
    """Half of an answer."""


class Huge(Fault, tag="huge"):
    """More than anybody should read."""

    bytes: Annotated[int, msgspec.Meta(ge=1)] = 64 << 20


class Late(Fault, kw_only=True, tag="late"):
    """A late answer."""

    seconds: Annotated[float, msgspec.Meta(ge=0)]


AnyFault = Stale | WrongSigner | SameName | Undelegated | Unknown | Malformed | Huge | Late


def decode_faults(text: bytes) -> list[AnyFault]:
    """The rules of a JSON array.

    Raises:
        ValueError: It is not an array of valid rules.
    """
    try:
        return msgspec.json.decode(text, type=list[AnyFault])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None


class _Entry:
    """A rule in force, with what it has hit so far."""

    def __init__(self, entry_id: int, fault: AnyFault) -> None:
        self.id = entry_id
        self.fault = fault
        self.injected = 0

    def strikes(self, service: Service, authority: str) -> bool:
        """Whether an answer is hit; counts it."""
        fault = self.fault
        if fault.service not in {None, service} or fault.authority not in {None, authority}:
            return False
        if self.injected == fault.count:
            return False
        self.injected += 1
        return True


class Faults:
    """The rules in force. An answer meets the first one that strikes."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._entries: list[_Entry] = []

    def add(self, faults: Sequence[AnyFault]) -> None:
        """Add rules behind the others."""
        self._entries += [_Entry(next(self._ids), fault) for fault in faults]

    def remove(self) -> None:
        """Remove all the rules."""
        self._entries = []

    def shown(self) -> list[dict[str, Any]]:
        """The rules and what they have hit so far."""
        return [{"id": each.id, "rule": each.fault, "injected": each.injected} for each in self._entries]

    def pick(self, service: Service, authority: str) -> AnyFault | None:
        """The rule that strikes this answer."""
        return next((each.fault for each in self._entries if each.strikes(service, authority)), None)
