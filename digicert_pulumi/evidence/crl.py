"""Verify a CRL and find a certificate in it (RFC 5280, sections 5 and 6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from digicert_pulumi.evidence.issuer import UNREADABLE, extension, require_crl_signer, require_valid
from digicert_pulumi.evidence.signatures import require_strong
from digicert_pulumi.evidence.verdicts import (
    CLOCK_SKEW,
    Answer,
    Good,
    Revoked,
    Unknown,
    UnverifiedError,
    Verdict,
    moment,
    require_in_time,
)

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.x509 import IssuingDistributionPoint

_UNDERSTOOD = (
    x509.AuthorityKeyIdentifier,
    x509.CRLNumber,
    x509.IssuingDistributionPoint,
    x509.AuthorityInformationAccess,
    x509.IssuerAlternativeName,
    x509.FreshestCRL,
)
"""The extensions of a CRL that this module handles, or that don't change its meaning."""


@dataclass(frozen=True)
class VerifiedCrl:
    """A CRL with a valid signature of its issuer."""

    issuer: x509.Certificate
    this_update: datetime
    next_update: datetime | None
    number: int | None
    _crl: x509.CertificateRevocationList
    _scope: IssuingDistributionPoint | None
    _repeated: frozenset[int]

    def answer_for(self, certificate: x509.Certificate, now: datetime) -> Answer:
        """Return the CRL's answer about a certificate of its issuer.

        Raises:
            UnverifiedError: The CRL doesn't cover the certificate, or isn't current.
        """
        require_valid("issuer", self.issuer, now)
        next_update = require_in_time("CRL", self.this_update, self.next_update, now)
        if certificate.issuer != self.issuer.subject:
            raise UnverifiedError("the CRL is from another issuer")
        if self._scope is not None:
            _require_scope(self._scope, certificate)
        return Answer(self._verdict(certificate, now), self.this_update, next_update, number=self.number)

    def _verdict(self, certificate: x509.Certificate, now: datetime) -> Verdict:
        entry = self._crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is None:
            return self._absent(certificate)
        if certificate.serial_number in self._repeated:
            raise UnverifiedError("the CRL lists the certificate more than once")
        reason = _reason(entry)
        if reason is x509.ReasonFlags.remove_from_crl:
            raise UnverifiedError(
                "the CRL lists the certificate with the reason removeFromCRL, which is for delta CRLs only"
            )
        if reason is x509.ReasonFlags.certificate_hold:
            raise UnverifiedError("the CRL lists the certificate as on hold, which can be undone")
        if entry.revocation_date_utc > now + CLOCK_SKEW:
            raise UnverifiedError(
                f"the CRL's revocation date is in the future: {moment(entry.revocation_date_utc)}"
            )
        return Revoked(entry.revocation_date_utc, reason.value if reason else None)

    def _absent(self, certificate: x509.Certificate) -> Verdict:
        if certificate.not_valid_after_utc < self.this_update:
            return Unknown(
                "the certificate expired before the CRL was issued, and CRLs may omit expired certificates"
            )
        return Good()


def verified_crl(raw: bytes, issuer: x509.Certificate) -> VerifiedCrl:
    """Read a CRL in DER or PEM, and verify that the issuer signed it.

    Args:
        raw: The CRL.
        issuer: The certificate of the issuer.

    Raises:
        UnverifiedError: The CRL can't be verified.
    """
    try:
        return _verified(raw, issuer)
    except UNREADABLE:
        raise UnverifiedError("the CRL can't be read") from None


def _verified(raw: bytes, issuer: x509.Certificate) -> VerifiedCrl:
    crl = x509.load_pem_x509_crl(raw) if raw.startswith(b"-----BEGIN") else x509.load_der_x509_crl(raw)
    if crl.issuer != issuer.subject:
        raise UnverifiedError("the CRL is from another issuer")
    require_crl_signer(issuer)
    require_strong("CRL", crl.signature_algorithm_oid, crl.signature_hash_algorithm)
    if not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]  # other kinds of keys raise
        raise UnverifiedError("the CRL isn't signed with the issuer's key")
    _require_understood(crl.extensions)
    return VerifiedCrl(
        issuer=issuer,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        number=_number(crl),
        _crl=crl,
        _scope=_scope(crl),
        _repeated=_repeated(crl),
    )


def _repeated(crl: x509.CertificateRevocationList) -> frozenset[int]:
    """Read every entry, and return the serial numbers with several entries.

    Raises:
        UnverifiedError: An entry has an extension that changes its meaning: then the CRL must not be used to determine
            the status of any certificate (RFC 5280, section 5.3).
    """
    seen: set[int] = set()
    repeated: set[int] = set()
    for entry in crl:
        _require_plain(entry)
        (repeated if entry.serial_number in seen else seen).add(entry.serial_number)
    return frozenset(repeated)


def _require_plain(entry: x509.RevokedCertificate) -> None:
    for each in entry.extensions:
        if isinstance(each.value, x509.CertificateIssuer) or (
            each.critical and not isinstance(each.value, (x509.CRLReason, x509.InvalidityDate))
        ):
            raise UnverifiedError(
                f"an entry in the CRL has an extension that changes its meaning: {each.oid.dotted_string}"
            )


def _require_understood(extensions: x509.Extensions) -> None:
    """Check the extensions of a CRL.

    Raises:
        UnverifiedError: It is a delta CRL, or has an unknown critical extension.
    """
    for each in extensions:
        if isinstance(each.value, x509.DeltaCRLIndicator):
            raise UnverifiedError("the CRL is a delta CRL, which lists changes only")
        if each.critical and not isinstance(each.value, _UNDERSTOOD):
            raise UnverifiedError(f"the CRL has an unknown critical extension: {each.oid.dotted_string}")


def _number(crl: x509.CertificateRevocationList) -> int | None:
    try:
        return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except x509.ExtensionNotFound:
        return None


def _scope(crl: x509.CertificateRevocationList) -> IssuingDistributionPoint | None:
    try:
        return crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return None


def _require_scope(scope: IssuingDistributionPoint, certificate: x509.Certificate) -> None:
    """Check that a CRL's scope covers a certificate (RFC 5280, section 6.3.3 (b)).

    Raises:
        UnverifiedError: The CRL doesn't cover the certificate for all reasons.
    """
    constraints = extension(certificate, x509.BasicConstraints)
    is_authority = constraints is not None and constraints.ca
    if scope.indirect_crl:
        raise UnverifiedError("the CRL is an indirect CRL, which lists certificates of other issuers")
    if scope.only_some_reasons:
        raise UnverifiedError("the CRL covers only some reasons")
    if scope.only_contains_attribute_certs:
        raise UnverifiedError("the CRL covers attribute certificates only")
    if scope.only_contains_ca_certs and not is_authority:
        raise UnverifiedError("the CRL covers CA certificates only")
    if scope.only_contains_user_certs and is_authority:
        raise UnverifiedError("the CRL does not cover CA certificates")
    if scope.relative_name is not None:
        raise UnverifiedError("the CRL's distribution point has a relative name")
    if scope.full_name is not None and not {*scope.full_name} & {*_points(certificate)}:
        raise UnverifiedError("the CRL is for a distribution point that the certificate doesn't name")


def _points(certificate: x509.Certificate) -> list[x509.GeneralName]:
    """Return the names of the certificate's distribution points of its own issuer and for all reasons."""
    points = extension(certificate, x509.CRLDistributionPoints) or ()
    return [
        name
        for point in points
        if point.crl_issuer is None and point.reasons is None
        for name in point.full_name or ()
    ]


def crl_urls(certificate: x509.Certificate) -> list[str]:
    """Return the addresses of the certificate's CRL. All of them publish the same CRL."""
    names = [each for each in _points(certificate) if isinstance(each, x509.UniformResourceIdentifier)]
    return list(dict.fromkeys(each.value for each in names))


def _reason(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None
