"""Which OCSP answers count, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from support.authority import (
    DAY,
    DELEGATE,
    NOW,
    OCSP_URL,
    RESPONDER,
    UNKNOWN_CRITICAL,
    Authority,
    Signer,
    ec_key,
    signed_by_another,
    usage,
)
from support.der import (
    BOOLEAN,
    CONTEXT_0,
    CONTEXT_1,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    SUCCESSFUL,
    Change,
    basic_of,
    bits,
    content,
    ocsp_changed,
    ocsp_of,
    ocsp_signed_with_sha1,
    parts,
    value,
)

from digicert_pulumi.evidence.ocsp import answer_for, ocsp_urls, question
from digicert_pulumi.evidence.verdicts import Answer, Good, Revoked, Unknown, UnverifiedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.hashes import HashAlgorithm

OURS_KEY = ec_key()
OURS = Authority(key=OURS_KEY)
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
ANY = ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), False), DELEGATE[1])
MIDDLE_KEY = ec_key()
MIDDLE = OURS.delegate(key=MIDDLE_KEY)
DELEGATES_OWN = Authority(RESPONDER, key=MIDDLE_KEY).delegate()
"""A delegate of a delegate."""


@pytest.mark.parametrize(
    ("signer", "why"),
    [
        (lambda: OURS.delegate(SERVER), "the extended key usage OCSPSigning"),
        (lambda: OURS.delegate(()), "the extended key usage OCSPSigning"),
        (lambda: OURS.delegate(DELEGATE[:1]), "may itself be revoked"),
        (lambda: OURS.delegate((*DELEGATE, (usage(key_agreement=True), True))), "doesn't allow signatures"),
        (lambda: OURS.delegate((*DELEGATE, UNKNOWN_CRITICAL)), "unknown critical extension"),
        (lambda: OURS.delegate(end=NOW - DAY), "expired"),
        (lambda: OURS.delegate(begin=NOW + DAY), "isn't valid before"),
        (lambda: OURS.delegate(algorithm=hashes.SHA224()), "is signed with sha224"),
        (lambda: OURS.delegate(ANY), "the extended key usage OCSPSigning"),
        (lambda: DELEGATES_OWN, "isn't signed by the certificate's issuer"),
        (SAME_NAME.delegate, "isn't signed by the certificate's issuer"),
        (OTHER.delegate, "isn't signed by the certificate's issuer"),
        (lambda: SAME_NAME.signer, "isn't signed by the certificate's issuer"),
        (lambda: OTHER.signer, "isn't signed by the certificate's issuer"),
    ],
    ids=[
        "server",
        "no use",
        "no check",
        "usage",
        "critical",
        "expired",
        "not yet valid",
        "weakly signed",
        "any use",
        "delegate of a delegate",
        "delegate of the same name",
        "delegate of another",
        "same name",
        "another",
    ],
)
def test_nobody_else_may_sign(signer: Callable[[], Signer], why: str) -> None:
    signs = signer()
    with pytest.raises(UnverifiedError, match=why):
        answer(OURS.ocsp(LEAF, signer=signs, enclosed=(MIDDLE.certificate, signs.certificate)))


CRITICAL = value(
    SEQUENCE, bytes.fromhex("06032a0304"), value(BOOLEAN, b"\xff"), value(OCTET_STRING, b"\x05\x00")
)
HARMLESS = value(SEQUENCE, bytes.fromhex("06032a0304"), value(OCTET_STRING, b"\x05\x00"))
OF_ANOTHER_KIND = bytes.fromhex("06092b0601050507300102")
DELEGATED = OURS.ocsp(LEAF, signer=MIDDLE)
OF_ANOTHER = parts(parts(basic_of(OURS.ocsp(OURS.issue(99), ocsp.OCSPCertStatus.GOOD)))[0])[2]
"""What is said of another certificate of the issuer."""


def changed(change: Change, raw: bytes | None = None, key: ec.EllipticCurvePrivateKey = OURS_KEY) -> bytes:
    return ocsp_changed(raw or OURS.ocsp(LEAF), key, change)


def joined(*responses: bytes) -> bytes:
    return value(SEQUENCE, *map(content, responses))


def tagged(*extensions: bytes) -> bytes:
    return value(CONTEXT_1, value(SEQUENCE, *extensions))


def with_single_extensions(*extensions: bytes) -> Change:
    def change(given: list[bytes]) -> list[bytes]:
        [single] = parts(given[2])
        return [*given[:2], value(SEQUENCE, value(SEQUENCE, content(single), tagged(*extensions)))]

    return change


def about(name_hash: bytes | None = None, key_hash: bytes | None = None) -> bytes:
    """An answer about another issuer's certificate with the same serial number."""

    def change(given: list[bytes]) -> list[bytes]:
        [single] = parts(given[2])
        named, *rest = parts(single)
        algorithm, name, key, number = parts(named)
        other = [
            value(OCTET_STRING, each) if each else own for own, each in ((name, name_hash), (key, key_hash))
        ]
        return [
            *given[:2],
            value(SEQUENCE, value(SEQUENCE, value(SEQUENCE, algorithm, *other, number), *rest)),
        ]

    return changed(change)


def test_an_unchanged_answer_signed_again_counts() -> None:
    assert answer(changed(lambda given: given)).verdict == Revoked(NOW - DAY, "keyCompromise")
    named = changed(with_single_extensions(HARMLESS))
    assert isinstance(answer(named).verdict, Revoked)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), None], ids=["another key", "own key"])
def test_an_answer_signed_with_rsassa_pss_does_not_count(key: rsa.RSAPrivateKey | None) -> None:
    own = rsa.generate_private_key(65537, 2048)
    authority = Authority(key=own)
    leaf = authority.issue()
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    algorithm = parts(authority.crl(scheme=scheme))[1]
    tbs = parts(basic_of(authority.ocsp(leaf)))[0]
    signature = (key or own).sign(tbs, scheme, hashes.SHA256())
    with pytest.raises(UnverifiedError, match="signed with RSASSA-PSS"):
        answer(ocsp_of(value(SEQUENCE, tbs, algorithm, bits(signature))), leaf, authority)


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
        (
            lambda: OURS.ocsp(LEAF, this_update=NOW + DAY, next_update=NOW + 2 * DAY),
            "thisUpdate is in the future",
        ),
        (lambda: OURS.ocsp(LEAF, next_update=None), "has no nextUpdate"),
        (lambda: OURS.ocsp(LEAF, reason=x509.ReasonFlags.certificate_hold), "on hold"),
        (lambda: OURS.ocsp(LEAF, reason=x509.ReasonFlags.remove_from_crl), "the reason removeFromCRL"),
        (lambda: OURS.ocsp(LEAF, date=NOW + DAY), "revocation date is in the future"),
        (lambda: OURS.ocsp(LEAF, extensions=(UNKNOWN_CRITICAL,)), "unknown critical extension"),
        (lambda: about(name_hash=bytes(20)), "a certificate of another issuer"),
        (lambda: about(key_hash=bytes(20)), "a certificate of another issuer"),
        (lambda: changed(lambda given: [*given[:2], joined(given[2], OF_ANOTHER)]), "about 2 certificates"),
        (lambda: changed(lambda given: [*given[:2], joined(OF_ANOTHER, given[2])]), "about 2 certificates"),
        (lambda: changed(lambda given: [*given[:2], value(SEQUENCE)]), "about 0 certificates"),
        (lambda: changed(with_single_extensions(CRITICAL)), "unknown critical extension"),
        (lambda: changed(with_single_extensions(HARMLESS, HARMLESS)), "can't be read"),
        (lambda: changed(lambda given: [*given, tagged(HARMLESS, HARMLESS)]), "can't be read"),
        (lambda: changed(lambda given: [value(CONTEXT_0, value(INTEGER, b"\x01")), *given]), "can't be read"),
        (lambda: changed(lambda given: given, DELEGATED, OURS_KEY), "isn't signed"),
        (
            lambda: changed(lambda given: given, OURS.ocsp(LEAF, enclosed=(MIDDLE.certificate,)), MIDDLE_KEY),
            "isn't signed",
        ),
        (lambda: OURS.ocsp(LEAF, signer=MIDDLE, enclosed=()), "isn't signed"),
        (lambda: ocsp_signed_with_sha1(OURS.ocsp(LEAF), OURS_KEY), "is signed with sha1"),
        (lambda: ocsp_of(basic_of(OURS.ocsp(LEAF)), OF_ANOTHER_KIND), "can't be read"),
        (lambda: value(SEQUENCE, SUCCESSFUL), "can't be read"),
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
        "removed",
        "revoked in the future",
        "critical",
        "another name",
        "another key",
        "several, this one first",
        "several, this one last",
        "none",
        "critical, of the certificate",
        "twice, of the certificate",
        "twice",
        "version 2",
        "names the delegate, signed by the issuer",
        "names the issuer, signed by the delegate",
        "delegate not enclosed",
        "sha1",
        "another kind of answer",
        "nothing in it",
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
    with pytest.raises(UnverifiedError, match=f"returned {word}"):
        answer(raw.public_bytes(Encoding.DER))


def test_the_question_is_about_the_certificate_and_has_no_nonce() -> None:
    asked = ocsp.load_der_ocsp_request(question(LEAF, OURS.certificate))
    assert asked.serial_number == LEAF.serial_number
    assert list(asked.extensions) == []
    assert ocsp_urls(LEAF) == [OCSP_URL]
    assert ocsp_urls(OURS.issue(5, ())) == []
