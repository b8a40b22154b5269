"""The declared inputs: validated offline, in one canonical form."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown

from digicert_pulumi.revocation import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REVOCATION_REASONS = (
    "unspecified",
    "keyCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
)
"""The reasons that CertCentral takes ("Revoke order certificates"), RFC 5280 names."""

MAX_ORDER_ID = 2**53 - 1
"""The largest whole number that survives the way through the engine, whose numbers are doubles."""

Failure = tuple[str, str]
"""A property and what is wrong with it."""


@dataclass(frozen=True)
class Inputs:
    """A property map as declared, checked offline.

    Attributes:
        properties: The canonical property map; values that are not known yet stay as they came.
        failures: What is wrong, a property at a time.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    @property
    def order_id(self) -> int | None:
        """The order's id; None while it is not known."""
        order_id = self.properties.get("orderId")
        return order_id if isinstance(order_id, int) else None

    def wish(self) -> Wish:
        """The revocation that the inputs declare. Inputs that are not known yet count as not given."""
        known = {name: value for name, value in self.properties.items() if not isinstance(value, Unknown)}
        return Wish(
            order_id=known["orderId"],
            comments=known.get("comments", ""),
            revocation_reason=known.get("revocationReason"),
            skip_approval=known.get("skipApproval", False),
            expected_common_name=known.get("expectedCommonName"),
            expected_organization=known.get("expectedOrganization"),
            expected_product=known.get("expectedProduct"),
        )


def parse(properties: Mapping[str, Any]) -> Inputs:
    """Validate declared inputs and bring them into canonical form."""
    inputs = Inputs()
    for name, (required, canonical) in _FIELDS.items():
        value = properties.get(name)
        if isinstance(value, Unknown):
            inputs.properties[name] = value
        elif value is None:
            if required:
                inputs.failures.append((name, "is required"))
        else:
            try:
                value = canonical(value)
            except ValueError as error:
                inputs.failures.append((name, str(error)))
            else:
                if value is not None:
                    inputs.properties[name] = value
    return inputs


def _order_id(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii():
        value = int(value)
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise ValueError(f"must be the order's id, a whole number such as 123456789, not {value!r}")
    if not 0 < value <= MAX_ORDER_ID:
        raise ValueError(f"must be the order's id, a positive whole number, not {value!r}")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {value!r}")  # noqa: TRY004  # one kind of error for every bad input
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _reason(value: Any) -> str:
    if value in REVOCATION_REASONS:
        return str(value)
    guess = difflib.get_close_matches(str(value).replace("_", ""), REVOCATION_REASONS, n=1)
    meant = f" (did you mean {guess[0]!r}?)" if guess else ""
    raise ValueError(f"must be one of {', '.join(REVOCATION_REASONS)}, not {value!r}{meant}")


def _flag(value: Any) -> bool | None:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")  # noqa: TRY004  # as above
    return value or None


_FIELDS: dict[str, tuple[bool, Callable[[Any], Any]]] = {
    "orderId": (True, _order_id),
    "comments": (True, _text),
    "revocationReason": (False, _reason),
    "skipApproval": (False, _flag),
    "expectedCommonName": (False, _text),
    "expectedOrganization": (False, _text),
    "expectedProduct": (False, _text),
}

NAMES = tuple(_FIELDS)
"""The names of the declared inputs, as they stand in the state."""
