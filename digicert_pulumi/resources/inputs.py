"""The declared inputs: validated offline, in one canonical form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from digicert_pulumi.orders import serial_number
from digicert_pulumi.revoking.rules import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digicert_pulumi.resources.problem import Problem
    from digicert_pulumi.revoking.rules import Scope

REVOCATION_REASONS = (
    "unspecified",
    "keyCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
)
"""The reasons that CertCentral takes ("Revoke order certificates"), RFC 5280 names."""

MAX_ID = 2**53 - 1
"""The largest whole number that survives the way through the engine, whose numbers are doubles."""

DECISIONS = ("approved", "rejected")
"""What an administrator may decide on a revoke request ("Update request status")."""

MAX_WAIT = 86_400
"""The longest wait for a decision, in seconds: a day."""


class Unknown:
    """The value of an input that is not known yet, as in the preview of what it comes from."""


UNKNOWN = Unknown()


class Failure(NamedTuple):
    """What is wrong with an input.

    Attributes:
        name: The input; empty where it is not one of them.
        reason: What is wrong with it.
        problem: The same as data; None for an invalid input.
    """

    name: str
    reason: str
    problem: Problem | None = None


Field = tuple[bool, "Callable[[Any], Any]"]
"""Whether an input is required, and what brings its value into canonical form or raises a ValueError."""


@dataclass(frozen=True)
class Inputs:
    """A property map as declared, checked offline.

    Attributes:
        properties: The canonical property map; values that are not known yet stay as they came.
        declared: The property map as it came.
        failures: What is wrong, a property at a time.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict, compare=False)
    failures: list[Failure] = field(default_factory=list)

    def known(self, name: str) -> Any:
        """The value of an input; None where it is not given or not known yet."""
        value = self.properties.get(name)
        return None if isinstance(value, Unknown) else value

    @property
    def order_id(self) -> int | None:
        """The order's id; None while it is not known."""
        order_id: int | None = self.known("orderId")
        return order_id

    def wish(self, scope: Scope, order_id: int | None = None) -> Wish:
        """The revocation that the inputs declare. Inputs that are not known yet count as not given.

        Args:
            scope: What of the order is to be revoked.
            order_id: The order, where the inputs do not declare it.
        """
        return Wish(
            order_id=order_id or self.known("orderId"),
            scope=scope,
            comments=self.known("comments") or "",
            revocation_reason=self.known("revocationReason"),
            skip_approval=self.known("skipApproval") or False,
            expected_common_name=self.known("expectedCommonName"),
            expected_organization=self.known("expectedOrganization"),
            expected_product=self.known("expectedProduct"),
        )


def parse(properties: Mapping[str, Any], fields: Mapping[str, Field] | None = None) -> Inputs:
    """Validate declared inputs and bring them into canonical form. A failure never quotes a value: it can be a secret.

    Args:
        properties: The inputs.
        fields: The inputs that there are; those of `OrderRevocation` by default.
    """
    inputs = Inputs(declared=properties)
    for name, (required, canonical) in (ORDER_FIELDS if fields is None else fields).items():
        value = properties.get(name)
        if isinstance(value, Unknown):
            inputs.properties[name] = value
        elif value is None:
            if required:
                inputs.failures.append(Failure(name, "is required"))
        else:
            try:
                value = canonical(value)
            except ValueError as error:
                inputs.failures.append(Failure(name, str(error)))
            else:
                if value is not None:
                    inputs.properties[name] = value
    return inputs


def _number(what: str) -> Callable[[Any], int]:
    def canonical(value: Any) -> int:
        if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
            value = int(value.strip().lstrip("0")[:20] or 0)  # more digits are too many either way
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole:
            raise ValueError(f"must be {what}'s id, a whole number such as 123456789")
        if not 0 < value <= MAX_ID:
            raise ValueError(f"must be {what}'s id, a whole number from 1 to {MAX_ID}")
        return int(value)

    return canonical


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")  # noqa: TRY004  # one kind of error for every bad input
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _reason(value: Any) -> str:
    if value in REVOCATION_REASONS:
        return str(value)
    import difflib  # noqa: PLC0415  # only who errs needs it

    guess = difflib.get_close_matches(str(value).replace("_", ""), REVOCATION_REASONS, n=1)
    meant = f"; did you mean {guess[0]}?" if guess else ""
    raise ValueError(f"must be one of {', '.join(REVOCATION_REASONS)}{meant}")


def _flag(value: Any) -> bool | None:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004  # as above
    return value or None


def _serial_number(value: Any) -> str:
    return serial_number.canonical(_text(value))


def _decision(value: Any) -> str:
    if value in DECISIONS:
        return str(value)
    raise ValueError(f"must be one of {', '.join(DECISIONS)}")


def _seconds(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_WAIT:
        raise ValueError(f"must be a number of seconds from 0 to {MAX_WAIT}")
    return int(value) or None


_REVOCATION_FIELDS: dict[str, Field] = {
    "comments": (True, _text),
    "revocationReason": (False, _reason),
    "skipApproval": (False, _flag),
    "expectedCommonName": (False, _text),
    "expectedOrganization": (False, _text),
    "expectedProduct": (False, _text),
    "waitForDecision": (False, _seconds),
}

ORDER_FIELDS: dict[str, Field] = {"orderId": (True, _number("the order")), **_REVOCATION_FIELDS}
"""The inputs of `OrderRevocation`, by the names that they have in the state."""

CERTIFICATE_FIELDS: dict[str, Field] = {
    "certificateId": (False, _number("the certificate")),
    "serialNumber": (False, _serial_number),
    "orderId": (False, _number("the order")),
    **_REVOCATION_FIELDS,
}
"""The inputs of `CertificateRevocation`."""

DECISION_FIELDS: dict[str, Field] = {
    "requestId": (True, _number("the request")),
    "decision": (True, _decision),
    "processorComment": (False, _text),
    "allowOwnRequest": (False, _flag),
    "expectedOrderId": (False, _number("the order")),
}
"""The inputs of `RevocationDecision`."""
