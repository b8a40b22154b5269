"""Validate declared inputs offline, and convert them to canonical form."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as default
from typing import TYPE_CHECKING, Any, NamedTuple

from digicert_pulumi.resources.fields import ORDER_FIELDS
from digicert_pulumi.revoking.spec import RevocationSpec
from digicert_pulumi.x509 import hosts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.resources.fields import Field
    from digicert_pulumi.resources.problem import Problem
    from digicert_pulumi.revoking.spec import Scope


class Unknown:
    """The value of an input that is not known yet, as in a preview before its source exists."""


UNKNOWN = Unknown()


class Failure(NamedTuple):
    """A failed check of an input.

    Attributes:
        name: The input; empty if the failure is not about a single one.
        reason: The reason, which follows the name in the message.
        problem: The failure as data; None for an invalid input.
    """

    name: str
    reason: str
    problem: Problem | None = None


@dataclass(frozen=True)
class Inputs:
    """Declared inputs, validated offline.

    Attributes:
        properties: The inputs in canonical form; `UNKNOWN` for values that are not known yet.
        declared: The inputs as declared.
        failures: The failed checks, at most one for each input.
    """

    properties: dict[str, Any] = default(default_factory=dict)
    declared: Mapping[str, Any] = default(default_factory=dict, compare=False)
    failures: list[Failure] = default(default_factory=list)

    def known(self, name: str) -> Any:
        """Return the value of an input; None if it is not set or not known yet."""
        value = self.properties.get(name)
        return None if isinstance(value, Unknown) else value

    @property
    def order_id(self) -> int | None:
        """The order's id; None if it is not known yet."""
        order_id: int | None = self.known("orderId")
        return order_id

    def spec(self, scope: Scope, order_id: int | None = None) -> RevocationSpec:
        """Return the declared revocation. Inputs that are not known yet count as not set.

        Args:
            scope: The part of the order to revoke.
            order_id: The order, if the inputs don't declare it.
        """
        given = {
            field.python_name: value
            for field in ORDER_FIELDS.values()
            if field.asks and (value := self.known(field.name)) is not None
        }
        served_by = tuple(map(hosts.host, given.pop("must_not_be_served_by", ())))
        return RevocationSpec(
            order_id=order_id or self.known("orderId"),
            scope=scope,
            must_not_be_served_by=served_by,
            **{"comments": "", **given},
        )


def _is_unknown(value: Any) -> bool:
    """Whether a value, or an item of a list, is not known yet."""
    return isinstance(value, Unknown) or (isinstance(value, list) and any(map(_is_unknown, value)))


def parse(properties: Mapping[str, Any], fields: Mapping[str, Field] | None = None) -> Inputs:
    """Validate declared inputs and convert them to canonical form.

    A failure never quotes a value, because it can be a secret.

    Args:
        properties: The inputs.
        fields: The table of the resource's inputs; by default that of `OrderRevocation`.
    """
    inputs = Inputs(declared=properties)
    for name, field in (ORDER_FIELDS if fields is None else fields).items():
        value = properties.get(name)
        if _is_unknown(value):
            inputs.properties[name] = UNKNOWN
        elif value is None:
            if field.required:
                inputs.failures.append(Failure(name, "is required"))
        else:
            try:
                value = field.canonical(value)
            except ValueError as error:
                inputs.failures.append(Failure(name, str(error)))
            else:
                if value is not None:
                    inputs.properties[name] = value
    return inputs
