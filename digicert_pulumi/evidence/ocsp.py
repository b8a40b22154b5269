"""Verify an OCSP answer about a certificate (RFC 6960; RFC 5019)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import SignatureAlgorithmOID, ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from digicert_pulumi.evidence.issuer import UNREADABLE, extension, issued, require_valid
from digicert_pulumi.evidence.signatures import is_signed_by, require_strong
from digicert_pulumi.evidence.verdicts import (
    CLOCK_SKEW,
    Answer,
    Good,
    Revoked,
    Unknown,
    UnverifiedError,
    Verdict,
    moment,
    require_in_time,
)

if TYPE_CHECKING:
    from datetime import datetime

_STATUS = {
    ocsp.OCSPResponseStatus.MALFORMED_REQUEST: "malformedRequest",
    ocsp.OCSPResponseStatus.INTERNAL_ERROR: "internalError",
    ocsp.OCSPResponseStatus.TRY_LATER: "tryLater",
    ocsp.OCSPResponseStatus.SIG_REQUIRED: "sigRequired",
    ocsp.OCSPResponseStatus.UNAUTHORIZED: "unauthorized",
}

_DELEGATE_UNDERSTOOD = (x509.BasicConstraints, x509.KeyUsage, x509.ExtendedKeyUsage)


def ocsp_urls(certificate: x509.Certificate) -> list[str]:
    """Return the addresses of the certificate's OCSP responders."""
    access = extension(certificate, x509.AuthorityInformationAccess) or ()
    return [
        each.access_location.value
        for each in access
        if each.access_method == AuthorityInformationAccessOID.OCSP
        and isinstance(each.access_location, x509.UniformResourceIdentifier)
    ]


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return the OCSP request for a certificate, in DER. It has no nonce: CAs sign answers in advance."""
    # SHA-1 only identifies the issuer here, and every responder supports it (RFC 5019, section 2.1.1).
    return _request(certificate, issuer, hashes.SHA1()).public_bytes(Encoding.DER)  # noqa: S303


def answer_for(raw: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Answer:
    """Read an OCSP answer in DER, and verify its signature, that it is about the certificate, and that it is current.

    Args:
        raw: The answer.
        certificate: The certificate.
        issuer: The certificate of its issuer.
        now: The current time.

    Raises:
        UnverifiedError: The answer can't be verified.
    """
    try:
        return _answer(ocsp.load_der_ocsp_response(raw), certificate, issuer, now)
    except UNREADABLE:
        raise UnverifiedError("the OCSP answer can't be read") from None


def _answer(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
) -> Answer:
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise UnverifiedError(f"the OCSP responder returned {_STATUS[response.response_status]}")
    require_valid("issuer", issuer, now)
    _require_signature(response, issuer, now)
    single = _single(response)
    _require_about(single, certificate, issuer)
    next_update = require_in_time("OCSP answer", single.this_update_utc, single.next_update_utc, now)
    if response.produced_at_utc > now + CLOCK_SKEW:
        raise UnverifiedError(
            f"the OCSP answer's producedAt is in the future: {moment(response.produced_at_utc)}"
        )
    return Answer(
        _verdict(single, now), single.this_update_utc, next_update, produced_at=response.produced_at_utc
    )


def _single(response: ocsp.OCSPResponse) -> ocsp.OCSPSingleResponse:
    """Return the single response in an answer.

    Raises:
        UnverifiedError: There isn't exactly one, or the answer has an unknown critical extension.
    """
    singles = list(response.responses)
    if len(singles) != 1:
        raise UnverifiedError(f"the OCSP answer is about {len(singles)} certificates, not one")
    for each in (*response.extensions, *response.single_extensions):
        if each.critical:
            raise UnverifiedError(
                f"the OCSP answer has an unknown critical extension: {each.oid.dotted_string}"
            )
    return singles[0]


def _require_about(
    single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> None:
    """Check that the answer is about a certificate: its serial number, and its issuer's name and key.

    Raises:
        UnverifiedError: The answer is about another certificate.
    """
    asked = _request(certificate, issuer, single.hash_algorithm)
    if single.serial_number != certificate.serial_number:
        raise UnverifiedError("the OCSP answer is about another serial number")
    if (single.issuer_name_hash, single.issuer_key_hash) != (asked.issuer_name_hash, asked.issuer_key_hash):
        raise UnverifiedError("the OCSP answer is about a certificate of another issuer")


def _request(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: hashes.HashAlgorithm
) -> ocsp.OCSPRequest:
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm).build()


def _verdict(single: ocsp.OCSPSingleResponse, now: datetime) -> Verdict:
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Good()
    if single.certificate_status is not ocsp.OCSPCertStatus.REVOKED or single.revocation_time_utc is None:
        return Unknown()
    reason = single.revocation_reason
    if reason is x509.ReasonFlags.remove_from_crl:
        raise UnverifiedError("the OCSP answer says revoked, but with the reason removeFromCRL")
    if reason is x509.ReasonFlags.certificate_hold:
        raise UnverifiedError("the OCSP answer says on hold, which can be undone")
    if single.revocation_time_utc > now + CLOCK_SKEW:
        raise UnverifiedError(
            f"the OCSP answer's revocation date is in the future: {moment(single.revocation_time_utc)}"
        )
    return Revoked(single.revocation_time_utc, reason.value if reason else None)


def _require_signature(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """Check that the issuer, or a delegate of the issuer, signed the answer.

    Raises:
        UnverifiedError: The signature isn't theirs, or its algorithm is weak.
    """
    if response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        raise UnverifiedError("the OCSP answer is signed with RSASSA-PSS, which isn't supported")
    require_strong("OCSP answer", response.signature_algorithm_oid, response.signature_hash_algorithm)
    if _names(response, issuer) and is_signed_by(response, issuer.public_key()):
        return
    why = "the OCSP answer isn't signed with the issuer's key or by its delegate"
    for signer in response.certificates:
        if _names(response, signer) and is_signed_by(response, signer.public_key()):
            _require_delegate(signer, issuer, now)
            return
    raise UnverifiedError(why)


def _names(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    """Return whether the answer names a certificate as its signer's."""
    key = x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest
    return response.responder_name == signer.subject or response.responder_key_hash == key


def _require_delegate(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    """Check that a certificate is that of the issuer's delegate (RFC 6960, section 4.2.2.2).

    Raises:
        UnverifiedError: It may not sign the issuer's answers.
    """
    if not issued(signer, issuer):
        raise UnverifiedError("the OCSP responder's certificate isn't signed by the certificate's issuer")
    require_strong(
        "OCSP responder's certificate", signer.signature_algorithm_oid, signer.signature_hash_algorithm
    )
    uses = extension(signer, x509.ExtendedKeyUsage)
    if uses is None or ExtendedKeyUsageOID.OCSP_SIGNING not in uses:
        raise UnverifiedError(
            "the OCSP responder's certificate doesn't have the extended key usage OCSPSigning"
        )
    usage = extension(signer, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        raise UnverifiedError("the key usage of the OCSP responder's certificate doesn't allow signatures")
    if extension(signer, x509.OCSPNoCheck) is None:
        # CAs must set it (TLS BR, section 4.9.9). Without it, we would have to check the delegate's own revocation.
        raise UnverifiedError(
            "the OCSP responder's certificate may itself be revoked: it lacks the extension id-pkix-ocsp-nocheck"
        )
    if any(each.critical and not isinstance(each.value, _DELEGATE_UNDERSTOOD) for each in signer.extensions):
        raise UnverifiedError("the OCSP responder's certificate has an unknown critical extension")
    require_valid("OCSP responder", signer, now)
