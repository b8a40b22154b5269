"""Derive key pairs from a secret of the state. They are deterministic and aren't stored."""

import hmac

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

_CURVE = ec.SECP256R1()
_GROUP_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

PrivateKey = ec.EllipticCurvePrivateKey


def derive(secret: bytes, name: str) -> PrivateKey:
    """Return the key pair with a name."""
    number = int.from_bytes(hmac.digest(secret, name.encode(), "sha512"), "big")
    return ec.derive_private_key(number % (_GROUP_ORDER - 1) + 1, _CURVE)


def pem(key: PrivateKey) -> bytes:
    """Return the private key as PEM (PKCS #8), unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
