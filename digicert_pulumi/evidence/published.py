"""Read what is published about certificates: one CRL for all certificates of an issuer, one OCSP answer for each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from digicert_pulumi.evidence import ocsp
from digicert_pulumi.evidence.crl import VerifiedCrl, crl_urls, verified_crl
from digicert_pulumi.evidence.issuer import extension, issuer_of
from digicert_pulumi.evidence.verdicts import (
    Answer,
    Good,
    Revoked,
    Unknown,
    Unverified,
    UnverifiedError,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

CRL, OCSP = "CRL", "OCSP"

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Fetches(Protocol):
    """Fetches what CAs publish; raises UnverifiedError if that fails."""

    def crl(self, url: str) -> bytes:
        """Fetch a CRL."""

    def ocsp(self, url: str, question: bytes) -> bytes:
        """Ask an OCSP responder."""


@dataclass(frozen=True)
class Source:
    """The answer of one source about a certificate.

    Attributes:
        kind: `CRL` or `OCSP`.
        url: The address of the source.
        answer: The answer.
        raw: The raw bytes of the answer; None if it couldn't be fetched.
    """

    kind: str
    url: str
    answer: Answer
    raw: bytes | None = None

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the raw answer."""
        return None if self.raw is None else hashlib.sha256(self.raw).hexdigest()


def combined_verdict(sources: Sequence[Source]) -> Verdict:
    """Return the combined verdict of all sources of a certificate. It is revoked only if every source says so."""
    verdicts = [source.answer.verdict for source in sources]
    for kind in (Good, Unknown, Unverified, Revoked):
        for verdict in verdicts:
            if isinstance(verdict, kind):
                return verdict
    return Unverified("the certificate names neither a CRL nor an OCSP responder")


class Publications:
    """Reads what is published now. Each CRL is fetched once.

    Args:
        fetch: Fetches CRLs and OCSP answers.
        now: Returns the current time.
    """

    def __init__(self, fetch: Fetches, now: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._now = now
        self._crls: dict[str, bytes | UnverifiedError] = {}
        self._verified: dict[tuple[str, bytes], VerifiedCrl | UnverifiedError] = {}

    def of(self, certificate: x509.Certificate, chain: Iterable[x509.Certificate]) -> tuple[Source, ...]:
        """Return the answers of a certificate's sources, one for each kind that the certificate names.

        Raises:
            UnverifiedError: The chain doesn't contain the issuer, or the extensions can't be parsed.
        """
        issuer = issuer_of(certificate, chain)
        found = []
        if urls := crl_urls(certificate):
            found.append(_first(CRL, urls, lambda url: self._by_crl(url, certificate, issuer)))
        elif extension(certificate, x509.CRLDistributionPoints) is not None:
            unusable = Unverified("the certificate doesn't name a CRL of its issuer that covers all reasons")
            found.append(Source(CRL, "", Answer(unusable)))
        if urls := ocsp.ocsp_urls(certificate):
            found.append(_first(OCSP, urls, lambda url: self._by_ocsp(url, certificate, issuer)))
        return tuple(found)

    def _by_crl(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Source:
        raw = _cached(self._crls, url, lambda: self._fetch.crl(url))
        try:
            key = (url, issuer.fingerprint(hashes.SHA256()))
            crl = _cached(self._verified, key, lambda: verified_crl(raw, issuer))
            answer = crl.answer_for(certificate, self._now())
        except UnverifiedError as error:
            answer = Answer(Unverified(str(error)))
        return Source(CRL, url, answer, raw)

    def _by_ocsp(self, url: str, certificate: x509.Certificate, issuer: x509.Certificate) -> Source:
        raw = self._fetch.ocsp(url, ocsp.question(certificate, issuer))
        try:
            answer = ocsp.answer_for(raw, certificate, issuer, self._now())
        except UnverifiedError as error:
            answer = Answer(Unverified(str(error)))
        return Source(OCSP, url, answer, raw)


def _first(kind: str, urls: Sequence[str], ask: Callable[[str], Source]) -> Source:
    """Return the first mirror whose answer is verified; the first mirror if no answer is."""
    asked = []
    for url in urls:
        try:
            source = ask(url)
        except UnverifiedError as error:
            source = Source(kind, url, Answer(Unverified(str(error))))
        if not isinstance(source.answer.verdict, Unverified):
            return source
        asked.append(source)
    return asked[0]


def _cached(cache: dict[_Key, _Value | UnverifiedError], key: _Key, make: Callable[[], _Value]) -> _Value:
    """Return the cached value of a key, or make it. Errors are cached too.

    Raises:
        UnverifiedError: The value couldn't be made.
    """
    if key not in cache:
        try:
            cache[key] = make()
        except UnverifiedError as error:
            cache[key] = error
    found = cache[key]
    if isinstance(found, UnverifiedError):
        raise found
    return found
