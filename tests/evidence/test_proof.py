"""What the sources say together, and waiting for the publication."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from cryptography import x509
from evidence.documents import ISSUER, LEAVES, Publisher, evidence
from support.authority import DAY, NOW, Authority, name, published_at
from support.digicert import DigiCert, client
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import Certificate
from digicert_pulumi.evidence.proof import POLL_SECONDS, Evidence, Prover, wait
from digicert_pulumi.evidence.published import Publications, Source, combined_verdict
from digicert_pulumi.evidence.subjects import Claim, case
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
    from collections.abc import Sequence

DEAD = Revoked(NOW)
URL = [x509.UniformResourceIdentifier("http://crl.example.com/else.crl")]


def source(verdict: Verdict) -> Source:
    return Source("CRL", "http://crl.example.com", Answer(verdict))


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ([DEAD, DEAD], "revoked"),
        ([DEAD], "revoked"),
        ([DEAD, Good()], "good"),
        ([DEAD, Unknown()], "unknown"),
        ([DEAD, Unverified("stale")], "could not be verified"),
        ([Good(), Unverified("stale")], "good"),
        ([], "could not be verified"),
    ],
)
def test_it_is_revoked_only_if_every_source_says_so(verdicts: Sequence[Verdict], word: str) -> None:
    for order in (verdicts, verdicts[::-1]):
        assert combined_verdict([source(each) for each in order]).word == word


def test_all_is_published_only_if_nothing_is_left() -> None:
    assert evidence(1, 2).is_complete
    assert not evidence(1, 2, 3).is_complete
    assert not evidence().is_complete
    done = evidence(1)
    unread = replace(done.cases[0], problems=("order 1: its duplicates could not be read",))
    assert not replace(done, cases=(unread,)).is_complete


def test_an_expired_certificate_is_said_to_be_expired() -> None:
    [proof] = evidence(1).proofs
    assert proof.expired_at is None
    assert replace(proof, looked_at=NOW + 101 * DAY).expired_at == proof.chain[0].not_valid_after_utc


@pytest.mark.parametrize(
    "point",
    [
        x509.DistributionPoint(URL, None, None, [x509.DirectoryName(name("Else"))]),
        x509.DistributionPoint(URL, None, frozenset({x509.ReasonFlags.key_compromise}), None),
    ],
    ids=["of another issuer", "for some reasons"],
)
def test_a_certificate_whose_crl_can_t_count_is_not_revoked_by_ocsp_alone(
    point: x509.DistributionPoint,
) -> None:
    extensions = (*published_at(crl_urls=()), (x509.CRLDistributionPoints([point]), False))
    leaf = ISSUER.issue(LEAVES[1].serial_number, extensions)
    crl, ocsp = Publications(Publisher(), lambda: NOW).of(leaf, [ISSUER.certificate])
    assert isinstance(ocsp.answer.verdict, Revoked)
    assert combined_verdict([crl, ocsp]) == Unverified(
        "the certificate doesn't name a CRL of its issuer that covers all reasons"
    )


@pytest.mark.parametrize(
    ("chain", "why"),
    [
        ([], "doesn't contain the issuer's certificate"),
        ([LEAVES[1]], "doesn't contain the issuer's certificate"),
        ([Authority().certificate], "doesn't contain the issuer's certificate"),
        ([Authority(key=ISSUER.key, extensions=()).certificate], "isn't a CA certificate"),
    ],
    ids=["none", "itself", "the same name", "the same name and key, no authority"],
)
def test_nobody_but_the_issuer_speaks_of_a_certificate(chain: list[x509.Certificate], why: str) -> None:
    with pytest.raises(UnverifiedError, match=why):
        Publications(Publisher(), lambda: NOW).of(LEAVES[1], chain)


def test_an_issued_certificate_without_a_serial_number_is_not_left_out() -> None:
    account = DigiCert(VirtualTime().now)
    account.add(1)
    account.every_duplicate = (
        Certificate(id=77, serial_number="1111", status="issued"),
        Certificate(id=78, serial_number=None, status="issued"),
        Certificate(id=79, serial_number=None, status="pending"),
    )
    found = case(client(account), Claim(1))
    assert [(each.role, each.certificate_id) for each in found.subjects] == [
        ("primary", None),
        ("duplicate", 77),
        ("duplicate", 78),
    ]


class Time:
    """A clock that goes on only while somebody sleeps, and what is seen meanwhile."""

    def __init__(self, *seen: Evidence) -> None:
        self.now = 100.0
        self.slept: list[float] = []
        self._seen = iter(seen)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def poll(self, earlier: Evidence) -> Evidence:
        return next(self._seen, earlier)


def waited(time: Time, seconds: float) -> Evidence:
    return wait(cast("Prover", time), evidence(3), seconds, clock=time.clock, sleep=time.sleep)


def test_waiting_ends_with_the_publication() -> None:
    time = Time(evidence(3), evidence(1))
    assert waited(time, 3600).is_complete
    assert time.slept == [POLL_SECONDS, POLL_SECONDS]


def test_waiting_ends_with_the_time() -> None:
    time = Time()
    assert not waited(time, POLL_SECONDS + 1).is_complete
    assert time.slept == [POLL_SECONDS, 1]
