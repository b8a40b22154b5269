"""A small certification authority for tests of X.509: it issues, publishes, and forges."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
"""When an answer is looked at: after it was produced, however slow a test is."""

DAY = timedelta(days=1)
CRL_URL = "http://crl.example.com/issuing.crl"
OCSP_URL = "http://ocsp.example.com"

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Extensions = tuple[tuple[x509.ExtensionType, bool], ...]


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def usage(**said: bool) -> x509.KeyUsage:
    """A key usage; what isn't said is false."""
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: said.get(each, False) for each in names})


AUTHORITY: Extensions = (
    (x509.BasicConstraints(ca=True, path_length=None), True),
    (usage(key_cert_sign=True, crl_sign=True, digital_signature=True), True),
)

RESPONDER = "Example OCSP Responder"

UNKNOWN_CRITICAL = (
    x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"),
    True,
)

NUMBERED: Extensions = ((x509.CRLNumber(42), False),)

DELEGATE: Extensions = (
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
    (x509.OCSPNoCheck(), False),
)


def published_at(crl_urls: Iterable[str] = (CRL_URL,), ocsp_urls: Iterable[str] = (OCSP_URL,)) -> Extensions:
    """The extensions that say where a certificate's CRL and OCSP answers are."""
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None) for url in crl_urls
    ]
    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))
        for url in ocsp_urls
    ]
    found: Extensions = ()
    if points:
        found += ((x509.CRLDistributionPoints(points), False),)
    if access:
        found += ((x509.AuthorityInformationAccess(access), False),)
    return found


@dataclass
class Signer:
    """A key and its certificate."""

    key: Key
    certificate: x509.Certificate


@dataclass
class Entry:
    """A revoked certificate of a CRL."""

    serial_number: int
    reason: x509.ReasonFlags | None = x509.ReasonFlags.key_compromise
    date: datetime = NOW - DAY
    extensions: Extensions = ()


@dataclass
class Authority:
    """An authority with a self-signed certificate."""

    common_name: str = "Example Issuing CA"
    key: Key = field(default_factory=ec_key)
    extensions: Extensions = AUTHORITY
    begin: datetime = NOW - 1000 * DAY
    end: datetime = NOW + 1000 * DAY

    def __post_init__(self) -> None:
        self.certificate = self._certificate(
            name(self.common_name), self.key.public_key(), self.extensions, (self.begin, self.end), serial=1
        )

    @property
    def signer(self) -> Signer:
        return Signer(self.key, self.certificate)

    def _certificate(
        self,
        subject: x509.Name,
        key: Any,
        extensions: Extensions,
        validity: tuple[datetime, datetime],
        *,
        serial: int,
        algorithm: Any = None,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name(self.common_name))
            .public_key(key)
            .serial_number(serial)
            .not_valid_before(validity[0])
            .not_valid_after(validity[1])
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self.key, algorithm or hashes.SHA256())

    def issue(
        self,
        serial_number: int = 0x1234567890ABCDEF,
        extensions: Extensions | None = None,
        *,
        common_name: str = "www.example.com",
        end: datetime = NOW + 100 * DAY,
    ) -> x509.Certificate:
        given = published_at() if extensions is None else extensions
        key = ec_key().public_key()
        return self._certificate(name(common_name), key, given, (NOW - 100 * DAY, end), serial=serial_number)

    def delegate(
        self,
        extensions: Extensions = DELEGATE,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        begin: datetime = NOW - 100 * DAY,
        end: datetime = NOW + 100 * DAY,
        algorithm: Any = None,
    ) -> Signer:
        own = key or ec_key()
        certificate = self._certificate(
            name(RESPONDER), own.public_key(), extensions, (begin, end), serial=7777, algorithm=algorithm
        )
        return Signer(own, certificate)

    def crl(
        self,
        *entries: Entry,
        extensions: Extensions = NUMBERED,
        this_update: datetime = NOW - DAY,
        next_update: datetime = NOW + 7 * DAY,
        key: Key | None = None,
        algorithm: Any = None,
        scheme: Any = None,
    ) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(this_update)
            .next_update(next_update)
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        for entry in entries:
            revoked = x509.RevokedCertificateBuilder(entry.serial_number, entry.date)
            if entry.reason is not None:
                revoked = revoked.add_extension(x509.CRLReason(entry.reason), critical=False)
            for extension, critical in entry.extensions:
                revoked = revoked.add_extension(extension, critical=critical)
            builder = builder.add_revoked_certificate(revoked.build())
        signed = builder.sign(key or self.key, algorithm or hashes.SHA256(), rsa_padding=scheme)
        return signed.public_bytes(Encoding.DER)

    def ocsp(
        self,
        certificate: x509.Certificate,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.REVOKED,
        *,
        signer: Signer | None = None,
        enclosed: tuple[x509.Certificate, ...] | None = None,
        reason: x509.ReasonFlags | None = x509.ReasonFlags.key_compromise,
        date: datetime = NOW - DAY,
        this_update: datetime = NOW - DAY,
        next_update: datetime | None = NOW + 7 * DAY,
        by_name: bool = False,
        algorithm: Any = None,
        extensions: Extensions = (),
    ) -> bytes:
        signs = signer or self.signer
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                certificate,
                self.certificate,
                algorithm or hashes.SHA1(),  # noqa: S303
                status,
                this_update,
                next_update,
                date if revoked else None,
                reason if revoked else None,
            )
            .responder_id(
                ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH,
                signs.certificate,
            )
        )
        given = enclosed if enclosed is not None else ((signs.certificate,) if signer else ())
        if given:
            builder = builder.certificates(list(given))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(signs.key, hashes.SHA256()).public_bytes(Encoding.DER)


def signed_by_another(answer: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """An OCSP answer with another key's signature in the place of the genuine one, and no other change."""
    genuine = ocsp.load_der_ocsp_response(answer)
    while True:
        signature = key.sign(genuine.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
        if len(signature) == len(genuine.signature):
            return answer.replace(genuine.signature, signature)
