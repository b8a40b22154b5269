"""The authorities of a state: a root and two issuing authorities, with the addresses at which they publish."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certcentral_sandbox.pki.keys import PrivateKey, derive

ROOT = "root"
ISSUING = ("issuing-1", "issuing-2")
NAMES = (ROOT, *ISSUING)

CRL_PATH = "/crl/{authority}.crl"
OCSP_PATH = "/ocsp/{authority}"
CERTIFICATE_PATH = "/certificates/{authority}.crt"

_COMMON_NAMES = {
    ROOT: "Example Root CA",
    "issuing-1": "Example Issuing CA 1",
    "issuing-2": "Example Issuing CA 2",
}
_VALIDITY = {
    ROOT: (datetime(2015, 1, 1, tzinfo=timezone.utc), datetime(2055, 1, 1, tzinfo=timezone.utc)),
    **dict.fromkeys(
        ISSUING, (datetime(2020, 1, 1, tzinfo=timezone.utc), datetime(2050, 1, 1, tzinfo=timezone.utc))
    ),
}

Keep = Callable[[str, Callable[[], bytes]], bytes]
"""Returns the bytes stored under a name. If there are none, creates and stores them."""


@dataclass(frozen=True)
class Authority:
    """A certification authority.

    Attributes:
        name: One of `NAMES`.
        certificate: Its certificate. The root's is self-signed.
        key: Its private key.
    """

    name: str
    certificate: x509.Certificate
    key: PrivateKey

    @property
    def certcentral_id(self) -> str:
        """CertCentral's id of an issuing authority."""
        return f"{self.name.replace('-', '0')}s2wr3"

    @property
    def common_name(self) -> str:
        """The common name of its subject."""
        return _COMMON_NAMES[self.name]


@dataclass(frozen=True)
class Delegate:
    """The signer of an authority's OCSP answers: the authority, or a responder with a certificate from it."""

    certificate: x509.Certificate
    key: PrivateKey


def issuing_authority_of(order_id: int) -> str:
    """Return the name of the authority that issues an order's certificates."""
    return ISSUING[order_id % 2]


def subject(common_name: str, organization: str | None) -> x509.Name:
    """Return a subject with or without an organization."""
    named = [] if organization is None else [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)]
    return x509.Name([*named, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def sign(builder: x509.CertificateBuilder, key: PrivateKey) -> bytes:
    """Sign a certificate, and return it in DER."""
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Authorities:
    """The authorities of one state."""

    def __init__(self, secret: bytes, origin: str, keep: Keep) -> None:
        """Create the certificates, or load the stored ones.

        Args:
            secret: The secret from which the private keys are derived.
            origin: The address at which the authorities publish, such as `http://127.0.0.1:8080`.
            keep: Stores a certificate.
        """
        self._secret = secret
        self._origin = origin
        self._all: dict[str, Authority] = {}
        for name in NAMES:
            certificate = keep(f"authority/{name}", lambda name=name: self._certificate(name))  # type: ignore[misc]
            self._all[name] = Authority(name, x509.load_der_x509_certificate(certificate), self._key(name))
        delegating = self._all["issuing-2"]
        responder = keep("responder/issuing-2", lambda: self._responder(delegating, may_sign=True))
        self._delegates = {
            delegating.name: Delegate(x509.load_der_x509_certificate(responder), self._responder_key)
        }

    def __getitem__(self, name: str) -> Authority:
        """Return the authority with a name."""
        return self._all[name]

    def get(self, name: str) -> Authority | None:
        """Return the authority with a name; None if there is none."""
        return self._all.get(name)

    def signer_of_ocsp(self, authority: Authority) -> Delegate:
        """Return the signer of an authority's OCSP answers. Only the second issuing authority has a delegate."""
        return self._delegates.get(authority.name) or Delegate(authority.certificate, authority.key)

    def other_than(self, authority: Authority) -> Authority:
        """Return another issuing authority, which isn't responsible for this one's certificates."""
        return next(self._all[name] for name in ISSUING if name != authority.name)

    def impostor_of(self, authority: Authority) -> Authority:
        """Return an authority with the same name and another key, which the root hasn't certified."""
        key = derive(self._secret, f"impostor/{authority.name}")
        name = authority.certificate.subject
        certificate = sign(_authority(name, name, _VALIDITY[authority.name], key.public_key()), key)
        return Authority(authority.name, x509.load_der_x509_certificate(certificate), key)

    def undelegated(self, authority: Authority) -> Delegate:
        """Return a responder whose certificate doesn't allow it to sign OCSP answers."""
        certificate = self._responder(authority, may_sign=False)
        return Delegate(x509.load_der_x509_certificate(certificate), self._responder_key)

    @property
    def _responder_key(self) -> PrivateKey:
        return derive(self._secret, "responder")

    def _key(self, name: str) -> PrivateKey:
        return derive(self._secret, f"authority/{name}")

    def _certificate(self, name: str) -> bytes:
        builder = _authority(
            subject(_COMMON_NAMES[name], "Example, Inc."),
            subject(_COMMON_NAMES[ROOT], "Example, Inc."),
            _VALIDITY[name],
            self._key(name).public_key(),
        )
        if name != ROOT:
            builder = self.with_addresses(builder, self._all[ROOT], ocsp=False)
        return sign(builder, self._key(ROOT))

    def _responder(self, authority: Authority, *, may_sign: bool) -> bytes:
        begin, end = _VALIDITY[authority.name]
        use = ExtendedKeyUsageOID.OCSP_SIGNING if may_sign else ExtendedKeyUsageOID.SERVER_AUTH
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject("Example OCSP Responder", "Example, Inc."))
            .issuer_name(authority.certificate.subject)
            .public_key(self._responder_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.OCSPNoCheck(), critical=False)
            .add_extension(_key_identifier(authority), critical=False)
        )
        return sign(builder, authority.key)

    def with_addresses(
        self, builder: x509.CertificateBuilder, issuer: Authority, *, ocsp: bool = True
    ) -> x509.CertificateBuilder:
        """Add the extensions that name the issuer's key, CRL, OCSP responder and certificate."""
        access = [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, self._url(CERTIFICATE_PATH, issuer)
            )
        ]
        if ocsp:
            access.insert(
                0, x509.AccessDescription(AuthorityInformationAccessOID.OCSP, self._url(OCSP_PATH, issuer))
            )
        point = x509.DistributionPoint([self._url(CRL_PATH, issuer)], None, None, None)
        return (
            builder.add_extension(_key_identifier(issuer), critical=False)
            .add_extension(x509.CRLDistributionPoints([point]), critical=False)
            .add_extension(x509.AuthorityInformationAccess(access), critical=False)
        )

    def _url(self, path: str, authority: Authority) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(self._origin + path.format(authority=authority.name))


def _authority(
    name: x509.Name, issuer: x509.Name, validity: tuple[datetime, datetime], key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """Return a builder for an authority's certificate."""
    begin, end = validity
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_identifier(issuer: Authority) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())


def _usage(*, certificates: bool) -> x509.KeyUsage:
    """Return a key usage: sign certificates and CRLs, or sign data only."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def end_entity_usage() -> x509.KeyUsage:
    """Return the key usage of an end-entity certificate."""
    return _usage(certificates=False)
