"""The certificate of an issuer: whether it issued a certificate, and what it may sign."""

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
"""What `cryptography` raises for what isn't as it should be."""

_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def issuer_of(certificate: x509.Certificate, chain: Iterable[x509.Certificate]) -> x509.Certificate:
    """Return the certificate of a chain that issued another one: its name and its key are the issuer's.

    Raises:
        UnverifiedError: None did.
    """
    for candidate in chain:
        if candidate != certificate and issued(certificate, candidate) and _is_named(certificate, candidate):
            if not _is_authority(candidate):
                raise UnverifiedError("the issuer's certificate isn't that of a certification authority")
            return candidate
    raise UnverifiedError("the certificate of its issuer isn't in the chain")


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether a certificate names an issuer and is signed with the issuer's key."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def require_crl_signer(issuer: x509.Certificate) -> None:
    """Accept an issuer as the signer of CRLs (RFC 5280, section 6.3.3 (f)).

    Raises:
        UnverifiedError: Its key isn't for that.
    """
    usage = extension(issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        raise UnverifiedError("the issuer's certificate isn't for signing CRLs")


def require_valid(what: str, certificate: x509.Certificate, now: datetime) -> None:
    """Accept a signer's certificate at a time.

    Raises:
        UnverifiedError: It isn't valid then.
    """
    if now < certificate.not_valid_before_utc:
        begin = moment(certificate.not_valid_before_utc)
        raise UnverifiedError(f"the {what}'s certificate isn't valid before {begin}")
    if now > certificate.not_valid_after_utc:
        raise UnverifiedError(
            f"the {what}'s certificate expired on {moment(certificate.not_valid_after_utc)}"
        )


def extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """Return an extension of a certificate; None if it has none of this kind.

    Raises:
        UnverifiedError: The extensions can't be read.
    """
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
    except UNREADABLE:
        raise UnverifiedError("the extensions of a certificate can't be read") from None


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    return constraints is not None and constraints.ca and (usage is None or usage.key_cert_sign)


def _is_named(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether the certificate names the issuer's key, or none (RFC 5280, section 4.2.1.1)."""
    named, own = (
        extension(certificate, x509.AuthorityKeyIdentifier),
        extension(issuer, x509.SubjectKeyIdentifier),
    )
    return named is None or own is None or named.key_identifier in (None, own.digest)
