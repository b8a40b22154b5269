"""Check an issuer's certificate: whether it issued a certificate, and what it may sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from digicert_pulumi.evidence.verdicts import UnverifiedError, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""The exceptions that `cryptography` raises for malformed input."""

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def issuer_of(certificate: x509.Certificate, chain: Iterable[x509.Certificate]) -> x509.Certificate:
    """Return the certificate in a chain that issued another one: both its name and its key match.

    Raises:
        UnverifiedError: The chain doesn't hold the issuer's certificate, or it isn't that of a CA.
    """
    for candidate in chain:
        if candidate != certificate and issued(certificate, candidate) and _is_named(certificate, candidate):
            if not _is_authority(candidate):
                raise UnverifiedError("the issuer's certificate isn't a CA certificate")
            return candidate
    raise UnverifiedError("the chain doesn't contain the issuer's certificate")


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether a certificate names an issuer and is signed with the issuer's key."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def require_crl_signer(issuer: x509.Certificate) -> None:
    """Check that an issuer may sign CRLs (RFC 5280, section 6.3.3 (f)).

    Raises:
        UnverifiedError: The key usage doesn't allow it.
    """
    usage = extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        raise UnverifiedError("the key usage of the issuer's certificate doesn't allow it to sign CRLs")


def require_valid(what: str, certificate: x509.Certificate, now: datetime) -> None:
    """Check that a signer's certificate is valid at a time.

    Raises:
        UnverifiedError: The certificate isn't valid then.
    """
    if now < certificate.not_valid_before_utc:
        begin = moment(certificate.not_valid_before_utc)
        raise UnverifiedError(f"the {what}'s certificate isn't valid before {begin}")
    if now > certificate.not_valid_after_utc:
        raise UnverifiedError(
            f"the {what}'s certificate expired on {moment(certificate.not_valid_after_utc)}"
        )


def extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """Return an extension of a certificate; None if the certificate doesn't have it.

    Raises:
        UnverifiedError: The extensions can't be read.
    """
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except UNREADABLE:
        raise UnverifiedError("the extensions of a certificate can't be parsed") from None


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


def _is_named(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Return whether the authority key identifier is missing or matches the issuer (RFC 5280, section 4.2.1.1)."""
    named, own = (
        extension(certificate, x509.AuthorityKeyIdentifier),
        extension(issuer, x509.SubjectKeyIdentifier),
    )
    return named is None or own is None or named.key_identifier in (None, own.digest)
