"""`OrderRevocation`: the revocation of all the certificates of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.orders.certificates import Siblings
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
        """The order."""
        order_id = parse(properties).order_id
        return f"order {order_id}" if order_id else "the order id"

    def claims(self, properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """The order, and all of it: no single certificate beside."""
        order = self.name(properties)
        return [(order, None), (f"all of {order}", f"a certificate of {order}")]

    def spec(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> RevocationSpec:  # noqa: ARG002  # all is in the inputs
        """The revocation that is declared."""
        return inputs.spec(WholeOrder())

    def id_of(self, spec: RevocationSpec) -> str:
        """The order's id."""
        return str(spec.order_id)

    def target(self, inputs: Inputs) -> Target:
        """Read the order, and the duplicates and reissues that it tells of."""
        order = self.connection.order(self.spec(inputs, None).order_id)
        return Target(order, siblings=self.connection.siblings(order))

    def snapshot(self, target: Target) -> dict[str, Any]:
        """The order, with all its certificates."""
        others = target.siblings or Siblings()
        return target_properties(target) | present(
            duplicates=certificate_properties(others.duplicates, "duplicate") or None,
            reissues=certificate_properties(others.reissues, "reissue") or None,
        )

    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:
        """Read what became of the revocation; the id alone is enough to read an order."""
        order_id = self._by_id(id_).order_id
        return super().observe(id_, {**stored, "orderId": order_id})
