"""`CertificateRevocation`: the revocation of a single certificate of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from digicert_pulumi.orders import serial_number
from digicert_pulumi.orders.certificates import (
    DECLARED_SERIAL_NUMBER,
    Siblings,
    is_the_same,
    locate,
    siblings,
)
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS
from digicert_pulumi.resources.inputs import Failure, Unknown, parse
from digicert_pulumi.resources.lifecycle import FailureError
from digicert_pulumi.resources.revocation import RevocationLifecycle
from digicert_pulumi.resources.state import (
    certificate_properties,
    identity_properties,
    present,
    target_properties,
)
from digicert_pulumi.revoking.spec import SingleCertificate
from digicert_pulumi.revoking.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.orders.certificates import Located
    from digicert_pulumi.resources.inputs import Inputs
    from digicert_pulumi.revoking.spec import RevocationSpec


class CertificateLifecycle(RevocationLifecycle):
    """Revokes a single certificate of an order."""

    fields = CERTIFICATE_FIELDS
    identity = ("certificateId", "serialNumber", "orderId")

    def contradictions(self, inputs: Inputs) -> list[Failure]:
        """Return a failure unless exactly one of the id and the serial number is set."""
        given = [name for name in ("certificateId", "serialNumber") if name in inputs.properties]
        if len(given) == 1:
            return []
        return [
            Failure(
                "",
                f"set exactly one of certificateId and serialNumber; {'both are' if given else 'neither is'} set",
            )
        ]

    def name(self, properties: Mapping[str, Any]) -> str:
        """Return the certificate's name: its id, if that is known."""
        shown = properties.get(self.shown) or properties.get(self.format.reviewed) or {}
        declared = parse(properties, self.fields)
        if certificate_id := declared.known("certificateId") or shown.get("certificateId"):
            return f"certificate {certificate_id:.0f}"
        return DECLARED_SERIAL_NUMBER if declared.known("serialNumber") else "the certificate"

    def claims(self, properties: Mapping[str, Any]) -> list[tuple[str, str | None]]:
        """Claim the certificate, by its id once it was read, and a part of its order.

        The rival of the second claim is a revocation of the whole order.
        """
        shown, declared = properties.get(self.shown, {}), parse(properties, self.fields)
        certificate_id = declared.known("certificateId") or shown.get("certificateId")
        order_id = declared.order_id or shown.get("orderId")
        named = f"certificate {certificate_id:.0f}" if certificate_id else declared.known("serialNumber")
        claims: list[tuple[str, str | None]] = [(named, None)]
        if order_id:
            claims.append((f"a certificate of order {order_id:.0f}", f"all of order {order_id:.0f}"))
        return claims

    def spec(self, inputs: Inputs, shown: Mapping[str, Any] | None) -> RevocationSpec:
        """Return the declared revocation. Without a snapshot, find the certificate and its order first."""
        if shown and "certificateId" in shown:
            return inputs.spec(SingleCertificate(int(shown["certificateId"])), int(shown["orderId"]))
        located = self._locate(inputs)
        return inputs.spec(SingleCertificate(located.id), located.order.id)

    def id_of(self, spec: RevocationSpec) -> str:
        """Return the certificate's id."""
        match spec.scope:
            case SingleCertificate(id=certificate_id):
                return str(certificate_id)
        raise TypeError(spec.scope)

    def identity_of(self, spec: RevocationSpec) -> dict[str, Any]:
        """Return the ids of the certificate and its order."""
        return {"certificateId": int(self.id_of(spec)), "orderId": spec.order_id}

    def is_unfinished(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether a declared wait is unfinished. An approval ends it, too.

        CertCentral doesn't document how it shows a revoked duplicate or reissue.
        """
        return super().is_unfinished(olds, news) and olds["status"] != "approved"

    def observe(self, id_: str, stored: Mapping[str, Any]) -> dict[str, Any] | None:
        """Read the outcome of the revocation. The id alone is enough to find the certificate."""
        if "certificateId" not in stored.get(self.shown, {}):
            declared, named = parse(stored, self.fields), self._by_id(id_).known("certificateId")
            located = locate(
                self.connection.client, order_id=declared.order_id, certificate_id=named, serial_number=None
            )
            number = declared.known("serialNumber")
            if number and not serial_number.same(number, located.certificate.serial_number):
                raise FailureError(
                    f"certificate {located.id}: the resource's id and its serialNumber name different certificates"
                )
            shown = {"orderId": located.order.id, **identity_properties(located.certificate)}
            stored = {**stored, self.shown: shown}
            if self.contradictions(declared):
                stored["certificateId"] = located.id
        return super().observe(id_, stored)

    def is_the_same(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Whether both property maps are about one certificate, whichever inputs identify it."""
        known, declared = olds.get(self.shown, {}), news.get(self.shown, {})
        if isinstance(declared, Unknown):
            return False
        return "certificateId" in known and known["certificateId"] == declared.get("certificateId")

    def target(self, inputs: Inputs) -> Target:
        """Read the certificate, its order and the order's other certificates."""
        located = self._locate(inputs)
        return Target(
            located.order,
            located.certificate,
            located.siblings or siblings(self.connection.client, located.order),
        )

    def snapshot(self, target: Target) -> dict[str, Any]:
        """Return the snapshot: the certificate, its order and the order's other certificates."""
        return target_properties(target) | present(
            orderId=target.order.id, otherCertificates=_others(target) or None
        )

    def remember(self, olds: Mapping[str, Any]) -> None:
        """Remember the request and the certificate that it is for."""
        super().remember(olds)
        shown = olds.get(self.shown) or olds.get(self.format.reviewed) or {}
        if "requestId" in olds and "certificateId" in shown:
            self._record(int(olds["requestId"]), self.spec(parse(olds, self.fields), shown))

    def permit(self, target: Target, spec: RevocationSpec) -> None:
        """Check that the revocation may be sent, after reading comments that the order doesn't show."""
        super().permit(replace(target, order=self.connection.reader.with_comments(target.order)), spec)

    def _locate(self, inputs: Inputs) -> Located:
        return locate(
            self.connection.client,
            order_id=inputs.order_id,
            certificate_id=inputs.known("certificateId"),
            serial_number=inputs.declared.get("serialNumber"),
        )


def _others(target: Target) -> list[dict[str, Any]]:
    """Return the other certificates of the order.

    CertCentral's lists repeat certificates under other ids, so serial numbers tell which ones are the same.
    """
    found: list[dict[str, Any]] = []
    seen = [target.certificate]
    others = target.siblings or Siblings()
    roles = (
        ("primary", (target.order.certificate,)),
        ("reissue", others.reissues),
        ("duplicate", others.duplicates),
    )
    for role, certificates in roles:
        for each in certificates:
            if not any(is_the_same(each, known) for known in seen):
                seen.append(each)
                found += certificate_properties([each], role)
    return found
