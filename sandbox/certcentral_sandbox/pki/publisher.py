"""Publish the authorities' CRLs, OCSP answers and certificates."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from certcentral_sandbox.account.clock import now
from certcentral_sandbox.pki import answers
from certcentral_sandbox.pki.authorities import Authorities, Authority, Delegate
from certcentral_sandbox.pki.faults import Fault, SameName, Stale, Undelegated, Unknown, WrongSigner
from certcentral_sandbox.pki.keys import PrivateKey
from certcentral_sandbox.pki.publication import Publication

_CRL_PERIOD = timedelta(days=7)
_CRL_AGE = timedelta(hours=1)
_OCSP_PERIOD = timedelta(days=1)
_LONG_AGO = timedelta(days=60)


@dataclass(frozen=True)
class _Issued:
    """A cached CRL. It is replaced if it is old or incomplete."""

    der: bytes
    made: datetime
    mark: tuple[int, float]


class Publisher:
    """Returns CRLs, OCSP answers and the authorities' certificates, all in DER."""

    def __init__(
        self, authorities: Authorities, publication: Publication, clock: Callable[[], datetime] = now
    ) -> None:
        self.authorities = authorities
        self._publication = publication
        self._clock = clock
        self._crls: dict[str, _Issued] = {}

    def certificate(self, authority: Authority) -> bytes:
        """Return the authority's certificate."""
        return authority.certificate.public_bytes(serialization.Encoding.DER)

    def crl(self, authority: Authority, fault: Fault | None = None) -> bytes:
        """Return the authority's CRL. It is renewed after an hour, and if the published revocations change.

        Args:
            authority: The authority.
            fault: A fault to build into the CRL. Such a CRL isn't cached.
        """
        if isinstance(fault, Stale):
            return self._new_crl(authority, authority.key, self._clock() - _LONG_AGO)
        if isinstance(fault, WrongSigner):
            return self._new_crl(authority, self.authorities.other_than(authority).key, self._clock())
        if isinstance(fault, SameName):
            impostor = self.authorities.impostor_of(authority)
            return self._new_crl(impostor, impostor.key, self._clock())
        moment, mark = self._clock(), self._publication.mark(authority.name)
        last = self._crls.get(authority.name)
        if last is None or last.mark != mark or moment - last.made > _CRL_AGE:
            last = _Issued(self._new_crl(authority, authority.key, moment), moment, mark)
            self._crls[authority.name] = last
        return last.der

    def _new_crl(self, authority: Authority, key: PrivateKey, moment: datetime) -> bytes:
        entries = self._publication.revoked(authority.name)
        period = answers.Period.beginning(moment, _CRL_PERIOD)
        return answers.crl(authority, key, entries, period, _number(moment))

    def ocsp(self, authority: Authority, request: bytes, fault: Fault | None = None) -> bytes:
        """Return the authority's answer to an OCSP request.

        Args:
            authority: The authority.
            request: The request in DER.
            fault: A fault to build into the answer.
        """
        try:
            question = ocsp.load_der_ocsp_request(request)
        except (ValueError, NotImplementedError):
            return answers.ocsp_failure(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if not _is_about(authority, question):
            return answers.ocsp_failure(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        status = self._publication.status(authority.name, f"{question.serial_number:032X}")
        if isinstance(fault, Unknown):
            status = False
        moment = self._clock() - (_LONG_AGO if isinstance(fault, Stale) else timedelta(0))
        signer = self._signer(authority, fault)
        return answers.ocsp_answer(
            question,
            status,
            signer,
            answers.Period.beginning(moment, _OCSP_PERIOD),
            enclose=signer.certificate != authority.certificate,
        )

    def _signer(self, authority: Authority, fault: Fault | None) -> Delegate:
        if isinstance(fault, Undelegated):
            return self.authorities.undelegated(authority)
        if isinstance(fault, WrongSigner):
            other = self.authorities.other_than(authority)
            return Delegate(other.certificate, other.key)
        if isinstance(fault, SameName):
            impostor = self.authorities.impostor_of(authority)
            return Delegate(impostor.certificate, impostor.key)
        return self.authorities.signer_of_ocsp(authority)


def _number(moment: datetime) -> int:
    """Return the number of a CRL. It increases with time, also across restarts."""
    return int(moment.timestamp() * 1000)


def _is_about(authority: Authority, question: ocsp.OCSPRequest) -> bool:
    """Return whether the request names the authority, by its name and its key."""
    name = _hash(question.hash_algorithm, authority.certificate.subject.public_bytes())
    key = _hash(question.hash_algorithm, _point(authority.key.public_key()))
    return (question.issuer_name_hash, question.issuer_key_hash) == (name, key)


def _hash(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the bit string of the key's SubjectPublicKeyInfo."""
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
