"""The identity of a certificate: its serial number, thumbprints and key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes


@dataclass(frozen=True)
class Identity:
    """The identity of a certificate.

    Attributes:
        serial_number: The serial number in whole bytes, in uppercase hexadecimal.
        sha1: The SHA-1 thumbprint, in uppercase hexadecimal.
        sha256: The SHA-256 thumbprint, in the same form.
        key: The SHA-256 of its SubjectPublicKeyInfo, in the same form.
        common_name: The subject's common name; None if it has none.
        is_authority: Whether it may issue certificates (RFC 5280, section 4.2.1.9).
    """

    serial_number: str
    sha1: str
    sha256: str
    key: str
    common_name: str | None
    is_authority: bool


def identity(certificate: x509.Certificate) -> Identity:
    """Return the identity of a certificate.

    Raises:
        ValueError: Its key or its extensions can't be read.
    """
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return Identity(
        serial_number=hexadecimal(certificate.serial_number),
        sha1=certificate.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 - DigiCert's thumbprint
        sha256=certificate.fingerprint(hashes.SHA256()).hex().upper(),
        key=key_digest(certificate.public_key()),
        common_name=str(names[0].value) if names else None,
        is_authority=_is_authority(certificate),
    )


def hexadecimal(number: int) -> str:
    """Return a serial number in whole bytes, in DigiCert's form."""
    digits = f"{number:X}"
    return digits if len(digits) % 2 == 0 else f"0{digits}"


def key_digest(key: PublicKeyTypes) -> str:
    """Return the SHA-256 of a public key's SubjectPublicKeyInfo (RFC 5280, section 4.1), hexadecimal."""
    return (
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest().upper()
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
