"""Verify the signatures of OCSP answers, for which `cryptography` has no method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import SignatureAlgorithmOID

from digicert_pulumi.evidence.verdicts import UnverifiedError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import ocsp

_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
"""The accepted hashes. SHA-1 and MD5 can be forged, and CAs must not sign with them (TLS BR, section 7.1.3.2)."""

_WITHOUT_HASH = (SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448)


def require_strong(what: str, oid: x509.ObjectIdentifier, algorithm: hashes.HashAlgorithm | None) -> None:
    """Check that the algorithm of a signature is strong.

    Raises:
        UnverifiedError: The algorithm is weak.
    """
    if oid not in _WITHOUT_HASH and not isinstance(algorithm, _HASHES):
        raise UnverifiedError(
            f"the {what} is signed with {algorithm.name if algorithm else 'an unknown hash'}"
        )


def is_signed_by(answer: ocsp.OCSPResponse, key: PublicKeyTypes) -> bool:
    """Return whether an OCSP answer is signed with a key.

    For RSA, only PKCS #1 v1.5 is supported: `cryptography` doesn't expose the parameters of RSASSA-PSS here, and no public
    CA signs OCSP answers with it.
    """
    signature, signed = answer.signature, answer.tbs_response_bytes
    try:
        algorithm = answer.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, signed, ec.ECDSA(algorithm))
        elif isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)) and algorithm is None:
            key.verify(signature, signed)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
