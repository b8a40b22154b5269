"""No changed, spliced or foreign answer is ever taken for the issuer's word on a certificate."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from properties.profile import search
from support.authority import DAY, NOW, UNKNOWN_CRITICAL, Authority, Entry, ec_key, signed_by_another

from digicert_pulumi.evidence import ocsp as ocsp_answers
from digicert_pulumi.evidence.crl import verified_crl
from digicert_pulumi.evidence.verdicts import Good, Revoked, UnverifiedError, Verdict

ISSUER = Authority()
IMPOSTOR = Authority()  # the same name, another key
STRANGER = Authority("Example Other CA")
LIVING, DEAD = ISSUER.issue(0x1111), ISSUER.issue(0x2222)
TRUTH = {LIVING: Good(), DEAD: Revoked(NOW - DAY, "keyCompromise")}

CRL = ISSUER.crl(Entry(0x2222))
CRLS = [
    CRL,
    IMPOSTOR.crl(Entry(0x1111)),
    STRANGER.crl(Entry(0x1111)),
    ISSUER.crl(Entry(0x1111), key=IMPOSTOR.key),
    ISSUER.crl(Entry(0x1111), this_update=NOW - 9 * DAY, next_update=NOW - DAY),
    ISSUER.crl(Entry(0x1111), extensions=(UNKNOWN_CRITICAL,)),
    ISSUER.crl(Entry(0x1111), Entry(0x3333, extensions=(UNKNOWN_CRITICAL,))),
]
"""Of all these, the first alone says what is true of the issuer's certificates."""

DELEGATE = ISSUER.delegate()
OCSP = {
    LIVING: [
        ISSUER.ocsp(LIVING, ocsp.OCSPCertStatus.GOOD),
        ISSUER.ocsp(LIVING, ocsp.OCSPCertStatus.GOOD, signer=DELEGATE),
    ],
    DEAD: [ISSUER.ocsp(DEAD), ISSUER.ocsp(DEAD, signer=DELEGATE)],
}
FOREIGN = [
    IMPOSTOR.ocsp(LIVING),
    IMPOSTOR.ocsp(DEAD, ocsp.OCSPCertStatus.GOOD),
    IMPOSTOR.ocsp(LIVING, signer=IMPOSTOR.delegate()),
    STRANGER.ocsp(LIVING),
    STRANGER.ocsp(DEAD, ocsp.OCSPCertStatus.GOOD, signer=DELEGATE),
    signed_by_another(ISSUER.ocsp(LIVING), ec_key()),
    ISSUER.ocsp(LIVING, signer=ISSUER.delegate(())),
    ISSUER.ocsp(LIVING, signer=ISSUER.delegate(end=NOW - DAY)),
    ISSUER.ocsp(LIVING, extensions=(UNKNOWN_CRITICAL,)),
    ISSUER.ocsp(LIVING, this_update=NOW - 9 * DAY, next_update=NOW - DAY),
    ISSUER.ocsp(DEAD, ocsp.OCSPCertStatus.GOOD, this_update=NOW - 9 * DAY, next_update=NOW - DAY),
]
ANSWERS = [*OCSP[LIVING], *OCSP[DEAD], *FOREIGN]


@st.composite
def mutants(draw: st.DrawFn, sources: list[bytes]) -> bytes:
    """An answer with flipped bits, with a part of another answer, or cut off; or as it is."""
    raw = bytearray(draw(st.sampled_from(sources)))
    for kind in draw(st.lists(st.sampled_from(["flip", "splice", "cut", "repeat"]), max_size=3)):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        if kind == "flip" and raw:
            raw[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "splice":
            other = draw(st.sampled_from(sources))
            length = draw(st.integers(1, 200))
            begin = draw(st.one_of(st.just(at), st.integers(0, len(other))))
            raw[at : at + length] = other[begin : begin + length]
        elif kind == "cut":
            del raw[at : at + draw(st.integers(1, 50))]
        else:
            raw[at:at] = raw[at : at + draw(st.integers(1, 50))]
    return bytes(raw)


Reader = Callable[[bytes, x509.Certificate, x509.Certificate], Verdict]


def by_crl(raw: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Verdict:
    return verified_crl(raw, issuer).answer_for(certificate, NOW).verdict


def by_ocsp(raw: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Verdict:
    return ocsp_answers.answer_for(raw, certificate, issuer, NOW).verdict


def said(
    read: Reader, raw: bytes, certificate: x509.Certificate, issuer: Authority = ISSUER
) -> Verdict | None:
    """What an answer says; None where it doesn't count."""
    try:
        return read(raw, certificate, issuer.certificate)
    except UnverifiedError:
        return None


@search(100)
@given(raw=mutants(CRLS), certificate=st.sampled_from([LIVING, DEAD]))
@example(raw=CRL, certificate=DEAD)
def test_a_mutated_crl_says_the_truth_or_nothing(raw: bytes, certificate: x509.Certificate) -> None:
    verdict = said(by_crl, raw, certificate)
    assert verdict in (None, TRUTH[certificate])
    # What counts is signed: the signed part is the genuine one, byte for byte.
    assert verdict is None or signed_of_crl(raw) == signed_of_crl(CRL)
    if raw == CRL:
        assert verdict == TRUTH[certificate]


@search(100)
@given(raw=mutants(ANSWERS), certificate=st.sampled_from([LIVING, DEAD]))
@example(raw=OCSP[DEAD][0], certificate=DEAD)
@example(raw=OCSP[LIVING][1], certificate=LIVING)
def test_a_mutated_ocsp_answer_says_the_truth_or_nothing(raw: bytes, certificate: x509.Certificate) -> None:
    verdict = said(by_ocsp, raw, certificate)
    assert verdict in (None, TRUTH[certificate])
    genuine = {signed_of_ocsp(each) for each in OCSP[certificate]}
    assert verdict is None or signed_of_ocsp(raw) in genuine
    if raw in OCSP[certificate]:
        assert verdict == TRUTH[certificate]


def signed_of_crl(raw: bytes) -> bytes:
    return x509.load_der_x509_crl(raw).tbs_certlist_bytes


def signed_of_ocsp(raw: bytes) -> bytes:
    return ocsp.load_der_ocsp_response(raw).tbs_response_bytes


@pytest.mark.parametrize(
    ("read", "genuine"),
    [(by_crl, CRL), (by_ocsp, OCSP[DEAD][0]), (by_ocsp, OCSP[DEAD][1])],
    ids=["crl", "ocsp", "delegate"],
)
def test_no_single_flipped_bit_changes_what_is_said(read: Reader, genuine: bytes) -> None:
    assert said(read, genuine, DEAD) == TRUTH[DEAD]
    for place, bit in product(range(len(genuine)), range(0, 8, 3)):
        raw = bytearray(genuine)
        raw[place] ^= 1 << bit
        assert said(read, bytes(raw), DEAD) in (None, TRUTH[DEAD])


STALE = {"this_update": NOW - 9 * DAY, "next_update": NOW - DAY}
FUTURE = {"this_update": NOW + DAY, "next_update": NOW + 9 * DAY}
CRL_FLAWS: list[dict[str, Any]] = [
    {"key": IMPOSTOR.key},
    {"algorithm": hashes.SHA224()},
    {"extensions": (UNKNOWN_CRITICAL,)},
    {"extensions": ((x509.DeltaCRLIndicator(1), True),)},
    STALE,
    FUTURE,
]
OCSP_FLAWS: list[dict[str, Any]] = [
    {"signer": IMPOSTOR.signer},
    {"signer": IMPOSTOR.delegate()},
    {"signer": ISSUER.delegate(())},
    {"signer": ISSUER.delegate(end=NOW - DAY)},
    {"signer": DELEGATE, "enclosed": ()},
    {"signer": DELEGATE, "enclosed": (ISSUER.certificate, IMPOSTOR.certificate)},
    {"next_update": None},
    {"extensions": (UNKNOWN_CRITICAL,)},
    STALE,
    FUTURE,
]


def merged(flaws: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for flaw in flaws for name, value in flaw.items()}


@settings(deadline=None)
@given(
    flaws=st.lists(st.sampled_from(CRL_FLAWS), max_size=3),
    certificate=st.sampled_from([LIVING, DEAD]),
    entries=st.lists(st.sampled_from([0x2222, 0x3333]), unique=True),
    by=st.sampled_from([ISSUER, IMPOSTOR, STRANGER]),
)
def test_a_crl_with_any_flaws_together_says_nothing(
    flaws: list[dict[str, Any]], certificate: x509.Certificate, entries: list[int], by: Authority
) -> None:
    raw = by.crl(*map(Entry, entries), **merged(flaws))
    truth = TRUTH[DEAD] if certificate.serial_number in entries else Good()
    assert said(by_crl, raw, certificate) == (None if flaws or by is not ISSUER else truth)


@settings(deadline=None)
@given(
    flaws=st.lists(st.sampled_from(OCSP_FLAWS), max_size=3),
    certificate=st.sampled_from([LIVING, DEAD]),
    about=st.sampled_from([LIVING, DEAD]),
    by=st.sampled_from([ISSUER, IMPOSTOR, STRANGER]),
    by_name=st.booleans(),
)
def test_an_ocsp_answer_with_any_flaws_together_says_nothing(
    flaws: list[dict[str, Any]],
    certificate: x509.Certificate,
    about: x509.Certificate,
    by: Authority,
    *,
    by_name: bool,
) -> None:
    status = ocsp.OCSPCertStatus.GOOD if about is LIVING else ocsp.OCSPCertStatus.REVOKED
    raw = by.ocsp(about, status, by_name=by_name, **merged(flaws))
    counts = not flaws and by is ISSUER and about is certificate
    assert said(by_ocsp, raw, certificate) == (TRUTH[certificate] if counts else None)


@pytest.mark.parametrize("issuer", [IMPOSTOR, STRANGER], ids=["same name", "another"])
def test_no_answer_counts_for_the_same_serial_number_of_another_issuer(issuer: Authority) -> None:
    certificate = issuer.issue(0x2222)
    assert all(said(by_ocsp, raw, certificate, issuer) is None for raw in (*OCSP[LIVING], *OCSP[DEAD]))
    assert said(by_crl, CRL, certificate, issuer) is None
