"""CRLs and OCSP answers, signed by whoever the caller names."""

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
"""Neither a CRL nor an OCSP answer states `unspecified` (RFC 5280, section 5.3.1)."""


@dataclass(frozen=True)
class Period:
    """When an answer was made, and until when it holds."""

    this_update: datetime
    next_update: datetime

    @classmethod
    def beginning(cls, moment: datetime, length: timedelta) -> "Period":
        """So long from this moment, in whole seconds."""
        begin = moment.replace(microsecond=0)
        return cls(begin, begin + length)


def crl(issuer: Authority, key: PrivateKey, entries: list[Entry], period: Period, number: int) -> bytes:
    """A CRL in DER that names the issuer and its key, and is signed with a key."""
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
    """An OCSP answer in DER.

    Args:
        question: What was asked; the answer is about the same issuer and serial number.
        status: The entry of a revoked certificate, True for a good one, False for an unknown one.
        signer: Who signs.
        period: When the answer holds.
        enclose: Whether the signer's certificate is part of the answer.
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
    """An OCSP answer that says why there is none."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), timezone.utc)
