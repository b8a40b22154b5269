"""Which OCSP answers count, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from support.authority import (
    DAY,
    DELEGATE,
    NOW,
    OCSP_URL,
    Authority,
    Signer,
    ec_key,
    signed_by_another,
    usage,
)

from digicert_pulumi.evidence.ocsp import answer_for, ocsp_urls, question
from digicert_pulumi.evidence.verdicts import Answer, Good, Revoked, Unknown, UnverifiedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

OURS = Authority()
LEAF = OURS.issue()
SAME_NAME = Authority()
OTHER = Authority("Example Other CA")


def answer(raw: bytes, certificate: x509.Certificate = LEAF, issuer: Authority = OURS) -> Answer:
    return answer_for(raw, certificate, issuer.certificate, NOW)


def test_a_revoked_certificate_is_revoked() -> None:
    said = answer(OURS.ocsp(LEAF))
    assert said.verdict == Revoked(NOW - DAY, "keyCompromise")
    assert (said.this_update, said.next_update) == (NOW - DAY, NOW + 7 * DAY)
    assert said.produced_at is not None


def test_a_revocation_without_a_reason_has_none() -> None:
    assert answer(OURS.ocsp(LEAF, reason=None)).verdict == Revoked(NOW - DAY, None)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(ocsp.OCSPCertStatus.GOOD, Good()), (ocsp.OCSPCertStatus.UNKNOWN, Unknown())],
    ids=["good", "unknown"],
)
def test_the_other_statuses_have_their_own_words(
    status: ocsp.OCSPCertStatus, verdict: Good | Unknown
) -> None:
    assert answer(OURS.ocsp(LEAF, status)).verdict == verdict


def test_what_was_removed_is_not_revoked() -> None:
    assert answer(OURS.ocsp(LEAF, reason=x509.ReasonFlags.remove_from_crl)).verdict == Good()


@pytest.mark.parametrize("by_name", [True, False], ids=["by name", "by key"])
@pytest.mark.parametrize("enclosed", [(), (OURS.certificate,)], ids=["bare", "enclosed"])
@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256()], ids=["sha1", "sha256"])  # noqa: S303
def test_the_issuer_may_name_itself_in_any_way(
    *, by_name: bool, enclosed: tuple[x509.Certificate, ...], algorithm: HashAlgorithm
) -> None:
    raw = OURS.ocsp(LEAF, by_name=by_name, enclosed=enclosed, algorithm=algorithm)
    assert isinstance(answer(raw).verdict, Revoked)


def test_an_issuer_with_an_rsa_key_counts() -> None:
    authority = Authority(key=rsa.generate_private_key(65537, 2048))
    leaf = authority.issue()
    assert isinstance(answer(authority.ocsp(leaf), leaf, authority).verdict, Revoked)


@pytest.mark.parametrize("by_name", [True, False], ids=["by name", "by key"])
def test_a_delegate_of_the_issuer_counts(*, by_name: bool) -> None:
    delegate = OURS.delegate()
    assert isinstance(answer(OURS.ocsp(LEAF, signer=delegate, by_name=by_name)).verdict, Revoked)
    enclosed = (OTHER.certificate, delegate.certificate)
    assert isinstance(answer(OURS.ocsp(LEAF, signer=delegate, enclosed=enclosed)).verdict, Revoked)


SERVER = ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False), (x509.OCSPNoCheck(), False))
UNKNOWN_CRITICAL = (
    x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"),
    True,
)


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (lambda: OURS.delegate(SERVER), "isn't for signing OCSP answers"),
        (lambda: OURS.delegate(()), "isn't for signing OCSP answers"),
        (lambda: OURS.delegate(DELEGATE[:1]), "may be revoked itself"),
        (lambda: OURS.delegate((*DELEGATE, (usage(key_agreement=True), True))), "isn't for signatures"),
        (lambda: OURS.delegate((*DELEGATE, UNKNOWN_CRITICAL)), "unknown critical extension"),
        (lambda: OURS.delegate(end=NOW - DAY), "expired"),
        (SAME_NAME.delegate, "isn't from the certificate's issuer"),
        (OTHER.delegate, "isn't from the certificate's issuer"),
        (lambda: SAME_NAME.signer, "isn't from the certificate's issuer"),
        (lambda: OTHER.signer, "isn't from the certificate's issuer"),
    ],
    ids=[
        "server",
        "no use",
        "no check",
        "usage",
        "critical",
        "expired",
        "delegate of the same name",
        "delegate of another",
        "same name",
        "another",
    ],
)
def test_nobody_else_may_sign(signer: Callable[[], Signer], why: str) -> None:
    with pytest.raises(UnverifiedError, match=why):
        answer(OURS.ocsp(LEAF, signer=signer()))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda: OURS.ocsp(OURS.issue(99)), "another serial number"),
        (lambda: SAME_NAME.ocsp(LEAF, signer=OURS.signer), "a certificate of another issuer"),
        (lambda: OTHER.ocsp(LEAF, signer=OURS.signer), "a certificate of another issuer"),
        (lambda: SAME_NAME.ocsp(LEAF), "isn't signed"),
        (lambda: SAME_NAME.ocsp(LEAF, by_name=True), "isn't signed"),
        (lambda: signed_by_another(OURS.ocsp(LEAF), ec_key()), "isn't signed"),
        (lambda: signed_by_another(OURS.ocsp(LEAF, signer=OURS.delegate()), ec_key()), "isn't signed"),
        (lambda: OURS.ocsp(LEAF, this_update=NOW - 9 * DAY, next_update=NOW - DAY), "stale"),
        (lambda: OURS.ocsp(LEAF, this_update=NOW + DAY, next_update=NOW + 2 * DAY), "from the future"),
        (lambda: OURS.ocsp(LEAF, next_update=None), "doesn't say until when"),
        (lambda: OURS.ocsp(LEAF, reason=x509.ReasonFlags.certificate_hold), "on hold"),
        (lambda: OURS.ocsp(LEAF, extensions=(UNKNOWN_CRITICAL,)), "unknown critical extension"),
        (lambda: OURS.ocsp(LEAF)[:-20], "can't be read"),
        (lambda: b"", "can't be read"),
        (lambda: b"<html></html>", "can't be read"),
    ],
    ids=[
        "serial number",
        "same name",
        "another issuer",
        "signed by the same name",
        "signed by the same name, by name",
        "signed with another key",
        "signed with another key than the delegate's",
        "stale",
        "future",
        "endless",
        "hold",
        "critical",
        "cut off",
        "empty",
        "a page",
    ],
)
def test_an_answer_that_is_not_the_issuer_s_for_this_certificate_does_not_count(
    raw: Callable[[], bytes], why: str
) -> None:
    with pytest.raises(UnverifiedError, match=why):
        answer(raw())


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (ocsp.OCSPResponseStatus.TRY_LATER, "tryLater"),
        (ocsp.OCSPResponseStatus.UNAUTHORIZED, "unauthorized"),
        (ocsp.OCSPResponseStatus.MALFORMED_REQUEST, "malformedRequest"),
    ],
    ids=["later", "unauthorized", "malformed"],
)
def test_a_responder_that_does_not_answer_is_quoted(status: ocsp.OCSPResponseStatus, word: str) -> None:
    raw = ocsp.OCSPResponseBuilder.build_unsuccessful(status)
    with pytest.raises(UnverifiedError, match=f"answers {word}"):
        answer(raw.public_bytes(Encoding.DER))


def test_the_question_is_about_the_certificate_and_has_no_nonce() -> None:
    asked = ocsp.load_der_ocsp_request(question(LEAF, OURS.certificate))
    assert asked.serial_number == LEAF.serial_number
    assert list(asked.extensions) == []
    assert ocsp_urls(LEAF) == [OCSP_URL]
    assert ocsp_urls(OURS.issue(5, ())) == []
