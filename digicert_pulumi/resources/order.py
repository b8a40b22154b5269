"""`OrderRevocation`: the revocation of all the certificates of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.orders.certificates import Siblings, siblings
from digicert_pulumi.resources.fields import ORDER_FIELDS
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.resources.revocation import RevocationLifecycle
from digicert_pulumi.resources.state import certificate_properties, present, target_properties
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.resources.inputs import Inputs
    from digicert_pulumi.revoking.spec import RevocationSpec


class OrderLifecycle(RevocationLifecycle):
    """Revokes all the certificates of an order."""

    fields = ORDER_FIELDS
    identity = ("orderId",)

    def name(self, properties: Mapping[str, Any]) -> str:
        """Return the order's name."""
        order_id = parse(properties).order_id
        return f"order {order_id}" if order_id else "the order id"

    def claims(self, properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """Claim the order. The rival of the second claim is a revocation of a single certificate of it."""
        order = self.name(properties)
        return [(order, None), (f"all of {order}", f"a certificate of {order}")]

    def spec(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> RevocationSpec:  # noqa: ARG002  # the inputs contain everything
        """Return the declared revocation."""
        return inputs.spec(WholeOrder())

    def id_of(self, spec: RevocationSpec) -> str:
        """Return the order's id."""
        return str(spec.order_id)

    def target(self, inputs: Inputs) -> Target:
        """Read the order, its duplicates and its reissues."""
        order = self.connection.reader.order_to_show(self.spec(inputs, None).order_id)
        return Target(order, siblings=siblings(self.connection.client, order))

    def snapshot(self, target: Target) -> dict[str, Any]:
        """Return the snapshot: the order and all its certificates."""
        others = target.siblings or Siblings()
        return target_properties(target) | present(
            duplicates=certificate_properties(others.duplicates, "duplicate") or None,
            reissues=certificate_properties(others.reissues, "reissue") or None,
        )

    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:
        """Read the outcome of the revocation. The id alone is enough to read an order."""
        order_id = self._by_id(id_).order_id
        return super().observe(id_, {**stored, "orderId": order_id})
