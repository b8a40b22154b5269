"""Build CRLs and OCSP answers, signed by a signer of the caller's choice."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from certcentral_sandbox.pki.authorities import Authority, Delegate
from certcentral_sandbox.pki.keys import PrivateKey
from certcentral_sandbox.pki.publication import Entry

_REASONS = {
    "keyCompromise": x509.ReasonFlags.key_compromise,
    "affiliationChanged": x509.ReasonFlags.affiliation_changed,
    "superseded": x509.ReasonFlags.superseded,
    "cessationOfOperation": x509.ReasonFlags.cessation_of_operation,
}
"""The reason `unspecified` is omitted in CRLs and OCSP answers (RFC 5280, section 5.3.1)."""


@dataclass(frozen=True)
class Period:
    """The validity of an answer."""

    this_update: datetime
    next_update: datetime

    @classmethod
    def beginning(cls, moment: datetime, length: timedelta) -> "Period":
        """Return the period that starts at a moment and has a length, in whole seconds."""
        begin = moment.replace(microsecond=0)
        return cls(begin, begin + length)


def crl(issuer: Authority, key: PrivateKey, entries: list[Entry], period: Period, number: int) -> bytes:
    """Return a CRL in DER that names the issuer and its key, and is signed with the given key."""
    builder = (
        x509.CertificateRevocationListBuilder(
            issuer.certificate.subject, revoked_certificates=[_listed(entry) for entry in entries]
        )
        .last_update(period.this_update)
        .next_update(period.next_update)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _listed(entry: Entry) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(int(entry.serial_number, 16))
        .revocation_date(_moment(entry.revoked_at))
    )
    reason = _REASONS.get(entry.reason)
    if reason is not None:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()


def ocsp_answer(
    question: ocsp.OCSPRequest, status: Entry | bool, signer: Delegate, period: Period, *, enclose: bool
) -> bytes:
    """Return an OCSP answer in DER.

    Args:
        question: The request. The answer is about the same issuer and serial number.
        status: The entry of a revoked certificate, True for a good one, False for an unknown one.
        signer: The signer.
        period: The validity of the answer.
        enclose: Whether to include the signer's certificate.
    """
    revoked = status if isinstance(status, Entry) else None
    known = ocsp.OCSPCertStatus.GOOD if status else ocsp.OCSPCertStatus.UNKNOWN
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            question.issuer_name_hash,
            question.issuer_key_hash,
            question.serial_number,
            question.hash_algorithm,
            ocsp.OCSPCertStatus.REVOKED if revoked else known,
            period.this_update,
            period.next_update,
            _moment(revoked.revoked_at) if revoked else None,
            _REASONS.get(revoked.reason) if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    )
    if enclose:
        builder = builder.certificates([signer.certificate])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def ocsp_failure(status: ocsp.OCSPResponseStatus) -> bytes:
    """Return an unsuccessful OCSP response with a status."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), timezone.utc)
