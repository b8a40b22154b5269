"""The dynamic provider of `CertificateRevocation`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digicert_pulumi.certificates import SerialNumber
from digicert_pulumi.dynamic.inputs import CERTIFICATE_FIELDS, Failure
from digicert_pulumi.dynamic.revocation import RevocationLifecycle
from digicert_pulumi.dynamic.state import certificate_properties, present, snapshot_properties
from digicert_pulumi.revocation import SingleCertificate, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.certificates import Located
    from digicert_pulumi.dynamic.inputs import Inputs
    from digicert_pulumi.revocation import Wish


class CertificateRevocationProvider(RevocationLifecycle):
    """Revokes a single certificate of an order."""

    fields = CERTIFICATE_FIELDS
    identity = ("certificateId", "serialNumber", "orderId")

    def contradictions(self, inputs: Inputs) -> list[Failure]:
        """A certificate is named by its id or by its serial number, by exactly one."""
        given = [name for name in ("certificateId", "serialNumber") if name in inputs.properties]
        if len(given) == 1:
            return []
        return [
            ("", f"takes exactly one of certificateId and serialNumber, not {'both' if given else 'neither'}")
        ]

    def name(self, inputs: Inputs) -> str:
        """The certificate."""
        if certificate_id := inputs.known("certificateId"):
            return f"certificate {certificate_id}"
        if serial_number := inputs.known("serialNumber"):
            return f"the certificate with serial number {serial_number}"
        return "the certificate"

    def wish(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> Wish:
        """The revocation that is declared. Where no snapshot tells the certificate's order, it is looked for."""
        if shown and "certificateId" in shown:
            return inputs.wish(SingleCertificate(int(shown["certificateId"])), int(shown["orderId"]))
        return inputs.wish(*self._locate(inputs).identity)

    def id_of(self, wish: Wish) -> str:
        """The certificate's id."""
        if not isinstance(wish.scope, SingleCertificate):
            raise TypeError(wish.scope)
        return str(wish.scope.id)

    def is_the_same(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """A certificate is the same whether its id, its serial number or its order as well names it."""
        known, declared = (properties.get(self.shown, {}) for properties in (olds, news))
        return known.get("certificateId") is not None and known["certificateId"] == declared.get(
            "certificateId"
        )

    def preview(self, inputs: Inputs) -> dict[str, Any]:
        """Read the certificate with its order, and show what else the order holds."""
        located = self._locate(inputs)
        wish = inputs.wish(*located.identity)
        self.permit(located.order, wish)
        return snapshot_properties(snapshot(located.order, wish)) | present(
            orderId=located.order.id,
            certificateId=located.order.certificate.id,
            serialNumber=located.order.certificate.serial_number,
            otherCertificates=certificate_properties(located.others) or None,
        )

    def _locate(self, inputs: Inputs) -> Located:
        id_ = inputs.known("certificateId")
        certificate = SerialNumber(inputs.known("serialNumber")) if id_ is None else SingleCertificate(id_)
        return self.connection.locate(certificate, inputs.order_id)
