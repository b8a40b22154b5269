"""Certificates, keys and requests for a test: real ones, of example.com."""

from __future__ import annotations

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "www.example.com")])


def new_key() -> ec.EllipticCurvePrivateKey:
    """Make a private key."""
    return ec.generate_private_key(ec.SECP256R1())


def new_certificate(key: ec.EllipticCurvePrivateKey, *, authority: bool = False) -> x509.Certificate:
    """Make a certificate that signs itself."""
    now = dt.datetime.now(dt.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )


def new_csr(key: ec.EllipticCurvePrivateKey) -> x509.CertificateSigningRequest:
    """Make a request."""
    return x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, hashes.SHA256())


def private_bytes(
    key: ec.EllipticCurvePrivateKey,
    encoding: serialization.Encoding = serialization.Encoding.PEM,
    form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8,
    passphrase: bytes | None = None,
) -> bytes:
    """Write a private key."""
    kind: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        kind = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(encoding, form, kind)


def pem(of: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Write as PEM."""
    return of.public_bytes(serialization.Encoding.PEM)


def der(of: x509.Certificate | x509.CertificateSigningRequest) -> bytes:
    """Write as DER."""
    return of.public_bytes(serialization.Encoding.DER)
