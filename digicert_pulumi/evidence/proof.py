"""Prove revocations: combine what CertCentral reports with what is published, and wait for the publication."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from digicert_pulumi.certcentral import CertCentralError, Interrupted
from digicert_pulumi.evidence.issuer import UNREADABLE
from digicert_pulumi.evidence.published import Publications, Source, combined_verdict
from digicert_pulumi.evidence.subjects import Case, Claim, Subject, case
from digicert_pulumi.evidence.verdicts import Revoked, Unverified, UnverifiedError, Verdict
from digicert_pulumi.orders.serial_number import same
from digicert_pulumi.runtime.one_by_one import Failures
from digicert_pulumi.x509.identity import hexadecimal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from digicert_pulumi.certcentral import Client
    from digicert_pulumi.evidence.published import Fetches

POLL_SECONDS = 15.0
"""Interval between two polls. CRLs are published every few hours, OCSP answers every few minutes."""


@dataclass(frozen=True)
class Proof:
    """The published status of one certificate.

    Attributes:
        case: Its revocation.
        subject: The certificate, from CertCentral's lists.
        chain: The certificate and its chain; empty if they couldn't be read.
        sources: The published answers about it.
        problem: Why there are no answers; empty if there are.
        looked_at: When the sources were last read.
    """

    case: Case
    subject: Subject
    chain: tuple[x509.Certificate, ...]
    looked_at: datetime
    sources: tuple[Source, ...] = ()
    problem: str = ""

    @property
    def verdict(self) -> Verdict:
        """The combined verdict of all sources."""
        return Unverified(self.problem) if self.problem else combined_verdict(self.sources)

    @property
    def is_published(self) -> bool:
        """Whether every source shows it as revoked."""
        return isinstance(self.verdict, Revoked)

    @property
    def expired_at(self) -> datetime | None:
        """When it expired; None if it hasn't expired, or the certificate couldn't be read."""
        if not self.chain or self.chain[0].not_valid_after_utc > self.looked_at:
            return None
        return self.chain[0].not_valid_after_utc


@dataclass(frozen=True)
class Evidence:
    """Evidence of revocations.

    Attributes:
        cases: The revocations.
        proofs: Their certificates.
        made_at: When the evidence was collected.
    """

    cases: tuple[Case, ...]
    proofs: tuple[Proof, ...]
    made_at: datetime

    @property
    def is_complete(self) -> bool:
        """Whether every certificate of every revocation is published as revoked."""
        return (
            bool(self.proofs)
            and not any(each.problems for each in self.cases)
            and all(each.is_published for each in self.proofs)
        )


class Prover:
    """Proves revocations.

    Args:
        client: The account.
        fetch: Fetches CRLs and OCSP answers.
        files: The user's own certificates, which needn't be downloaded.
        now: Returns the current time.
        say: Receives one line for each revocation that can't be read.
    """

    def __init__(
        self,
        client: Client,
        fetch: Fetches,
        files: Sequence[x509.Certificate],
        now: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._client = client
        self._fetch = fetch
        self._files = tuple(files)
        self._now = now
        self._say = say

    def prove(self, claims: Iterable[Claim], step: Callable[[int], object]) -> Evidence:
        """Collect the evidence of all revocations once.

        Args:
            claims: The revocations.
            step: Called after each revocation with the number that are done.

        Raises:
            CertCentralError: Calls fail for every order.
        """
        publications = Publications(self._fetch, self._now)
        failures = Failures(self._client.get_user)
        cases, proofs = [], []
        for done, claim in enumerate(claims, 1):
            known = self._case(claim, failures)
            cases.append(known)
            proofs += [self._checked(publications, self._started(known, each)) for each in known.subjects]
            step(done)
        return Evidence(tuple(cases), tuple(proofs), self._now())

    def poll(self, evidence: Evidence) -> Evidence:
        """Read the published status again, and the requests, of certificates that aren't published as revoked yet."""
        publications = Publications(self._fetch, self._now)
        waiting = {each.case.claim for each in evidence.proofs if not each.is_published}
        waiting |= {each.claim for each in evidence.cases if each.problems}
        cases, proofs = [], []
        known_chains = {(each.case.claim, each.subject.serial_number): each.chain for each in evidence.proofs}
        for earlier in evidence.cases:
            claim = earlier.claim
            if claim not in waiting:
                cases.append(earlier)
                proofs += [each for each in evidence.proofs if each.case is earlier]
                continue
            known = self._case(claim)
            cases.append(known)
            for subject in known.subjects:
                chain = known_chains.get((claim, subject.serial_number), ())
                started = (
                    Proof(known, subject, chain, self._now()) if chain else self._started(known, subject)
                )
                proofs.append(self._checked(publications, started))
        return Evidence(tuple(cases), tuple(proofs), self._now())

    def _case(self, claim: Claim, failures: Failures | None = None) -> Case:
        """Read a revocation from CertCentral. If only this one fails, the error becomes a problem of the case."""
        try:
            known = case(self._client, claim)
        except Interrupted:
            raise
        except CertCentralError as error:
            self._say(str(error))
            if failures:
                failures.add(error)
            return Case(claim, problems=(str(error),))
        if failures:
            failures.end()
        return known

    def _started(self, known: Case, subject: Subject) -> Proof:
        """Return a proof with the certificate and its chain, but without sources."""
        proof = Proof(known, subject, (), self._now())
        try:
            return replace(proof, chain=self._chain(known.claim.order_id, subject))
        except Interrupted:
            raise
        except (CertCentralError, UnverifiedError) as error:
            return replace(proof, problem=f"the certificate couldn't be read: {error}")

    def _chain(self, order_id: int | None, subject: Subject) -> tuple[x509.Certificate, ...]:
        """Return the certificate of a subject, then the certificates that may be its issuer's."""
        for own in self._files:
            if _is_it(own, subject):
                return (own, *self._files)
        if subject.serial_number is None:
            raise UnverifiedError("CertCentral doesn't report its serial number")
        if subject.certificate_id is None:
            raise UnverifiedError("CertCentral doesn't report its id; set --chain to its file")
        text = self._client.get_certificates_in_pem(subject.certificate_id, order_id=order_id)
        try:
            found = x509.load_pem_x509_certificates(text.encode())
        except UNREADABLE:
            raise UnverifiedError("CertCentral's PEM can't be parsed") from None
        for each in found:
            if _is_it(each, subject):
                return (each, *found, *self._files)
        raise UnverifiedError("CertCentral's PEM contains another certificate")

    def _checked(self, publications: Publications, proof: Proof) -> Proof:
        """Return a proof with the published answers about its certificate."""
        if not proof.chain:
            return proof
        try:
            sources = publications.of(proof.chain[0], proof.chain[1:])
        except UnverifiedError as error:
            return replace(proof, problem=str(error), looked_at=self._now())
        return replace(proof, sources=sources, problem="", looked_at=self._now())


def wait(
    prover: Prover,
    evidence: Evidence,
    seconds: float,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
) -> Evidence:
    """Poll until every certificate is published as revoked, or until the timeout.

    Args:
        prover: Reads the published status.
        evidence: The evidence so far.
        seconds: The timeout.
        clock: Returns the time of a monotonic clock.
        sleep: Waits for a number of seconds.
    """
    end = clock() + seconds
    while not evidence.is_complete and (left := end - clock()) > 0:
        sleep(min(POLL_SECONDS, left))
        evidence = prover.poll(evidence)
    return evidence


def _is_it(certificate: x509.Certificate, subject: Subject) -> bool:
    """Return whether a certificate is the one that CertCentral lists."""
    if not same(subject.serial_number, hexadecimal(certificate.serial_number)):
        return False
    # CertCentral's SHA-1 thumbprint only identifies the certificate; it verifies nothing.
    own = certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303
    return subject.thumbprint is None or subject.thumbprint.replace(":", "").lower() == own
