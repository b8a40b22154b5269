"""Which CRLs count, and what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from support.authority import (
    CRL_URL,
    DAY,
    NOW,
    UNKNOWN_CRITICAL,
    Authority,
    Entry,
    Extensions,
    ec_key,
    name,
    published_at,
    usage,
)
from support.der import INTEGER, SEQUENCE, Change, crl_changed, crl_signed_with_sha1, parts, twice, value

from digicert_pulumi.evidence.crl import crl_urls, verified_crl
from digicert_pulumi.evidence.verdicts import Answer, Good, Revoked, Unknown, UnverifiedError

if TYPE_CHECKING:
    from collections.abc import Callable

OURS_KEY = ec_key()
OURS = Authority(key=OURS_KEY)
LEAF = OURS.issue()
LISTED = Entry(LEAF.serial_number)


def answer(raw: bytes, certificate: x509.Certificate = LEAF, issuer: Authority = OURS) -> Answer:
    return verified_crl(raw, issuer.certificate).answer_for(certificate, NOW)


def scope(**said: Any) -> Extensions:
    given = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return ((x509.IssuingDistributionPoint(**{**given, **said}), True),)


def point(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]


def test_a_listed_certificate_is_revoked() -> None:
    said = answer(OURS.crl(LISTED))
    assert said.verdict == Revoked(NOW - DAY, "keyCompromise")
    assert (said.number, said.this_update, said.next_update) == (42, NOW - DAY, NOW + 7 * DAY)


def test_an_entry_without_a_reason_has_none() -> None:
    assert answer(OURS.crl(Entry(LEAF.serial_number, None))).verdict == Revoked(NOW - DAY, None)


def test_a_certificate_that_is_not_listed_is_good() -> None:
    assert answer(OURS.crl(Entry(LEAF.serial_number + 1))).verdict == Good()


def test_a_crl_says_nothing_of_a_certificate_that_expired_before_it() -> None:
    expired = OURS.issue(end=NOW - 2 * DAY)
    assert isinstance(answer(OURS.crl(), expired).verdict, Unknown)
    assert isinstance(answer(OURS.crl(Entry(expired.serial_number)), expired).verdict, Revoked)


@pytest.mark.parametrize("scheme", [padding.PKCS1v15(), padding.PSS(padding.MGF1(hashes.SHA256()), 32)])
def test_a_crl_signed_with_rsa_counts(scheme: padding.PKCS1v15 | padding.PSS) -> None:
    authority = Authority(key=rsa.generate_private_key(65537, 2048))
    leaf = authority.issue()
    raw = authority.crl(Entry(leaf.serial_number), scheme=scheme)
    assert isinstance(answer(raw, leaf, authority).verdict, Revoked)
    forged = authority.crl(key=rsa.generate_private_key(65537, 2048), scheme=scheme)
    with pytest.raises(UnverifiedError, match="isn't signed with the issuer's key"):
        answer(forged, leaf, authority)


@pytest.mark.parametrize(
    "extensions",
    [
        scope(full_name=point(CRL_URL)),
        scope(full_name=[*point("http://mirror.example.com/issuing.crl"), *point(CRL_URL)]),
        scope(only_contains_user_certs=True),
        scope(full_name=point(CRL_URL), only_contains_user_certs=True),
    ],
    ids=["its point", "one of its points", "user certificates", "both"],
)
def test_a_crl_whose_scope_covers_the_certificate_counts(extensions: Extensions) -> None:
    assert isinstance(answer(OURS.crl(LISTED, extensions=extensions)).verdict, Revoked)


@pytest.mark.parametrize(
    ("extensions", "why"),
    [
        (scope(full_name=point("http://crl.example.com/other.crl")), "distribution point"),
        (scope(only_contains_ca_certs=True), "CA certificates only"),
        (scope(only_contains_attribute_certs=True), "attribute certificates"),
        (scope(full_name=point(CRL_URL), indirect_crl=True), "indirect"),
        (
            scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise}), full_name=point(CRL_URL)),
            "some reasons",
        ),
        (scope(relative_name=name("x").rdns[0]), "relative name"),
        (((x509.DeltaCRLIndicator(1), True),), "delta CRL"),
        (((x509.DeltaCRLIndicator(1), False),), "delta CRL"),
        (tuple((each, False) for each, _ in scope(only_contains_ca_certs=True)), "CA certificates only"),
        ((UNKNOWN_CRITICAL,), "1.3.6.1.4.1.99999.1"),
    ],
    ids=[
        "other point",
        "authorities",
        "attributes",
        "indirect",
        "reasons",
        "relative",
        "delta",
        "delta, not critical",
        "authorities, not critical",
        "unknown",
    ],
)
@pytest.mark.parametrize("entries", [(LISTED,), ()], ids=["listed", "not listed"])
def test_a_crl_with_another_scope_does_not_count(
    extensions: Extensions, why: str, entries: tuple[Entry, ...]
) -> None:
    with pytest.raises(UnverifiedError, match=why):
        answer(OURS.crl(*entries, extensions=extensions))


def test_a_crl_for_users_says_nothing_of_an_authority() -> None:
    authority = OURS.issue(
        9, ((x509.BasicConstraints(ca=True, path_length=0), True), *published_at()), common_name="Sub CA"
    )
    crl = OURS.crl(Entry(9), extensions=scope(only_contains_user_certs=True))
    with pytest.raises(UnverifiedError, match="does not cover CA certificates"):
        answer(crl, authority)


SAME_NAME = Authority()
OTHER = Authority("Example Other CA")
ELSE = (x509.CertificateIssuer([x509.DirectoryName(name("Else"))]), True)


def changed(change: Change) -> bytes:
    return crl_changed(OURS.crl(LISTED), OURS_KEY, change)


def relabeled(raw: bytes, other: bytes) -> bytes:
    """A CRL that says outside of what is signed that another algorithm signed it."""
    tbs, _, signature = parts(raw)
    return value(SEQUENCE, tbs, parts(other)[1], signature)


@pytest.mark.parametrize(
    ("crl", "why"),
    [
        (lambda: SAME_NAME.crl(LISTED), "isn't signed with the issuer's key"),
        (lambda: OURS.crl(LISTED, key=OTHER.key), "isn't signed with the issuer's key"),
        (
            lambda: OURS.crl(LISTED, key=rsa.generate_private_key(65537, 2048)),
            "isn't signed with the issuer's key|can't be read",
        ),
        (lambda: OTHER.crl(LISTED), "from another issuer"),
        (lambda: OURS.crl(LISTED, this_update=NOW - 9 * DAY, next_update=NOW - DAY), "stale"),
        (
            lambda: OURS.crl(LISTED, this_update=NOW + DAY, next_update=NOW + 2 * DAY),
            "thisUpdate is in the future",
        ),
        (lambda: OURS.crl(Entry(LEAF.serial_number, date=NOW + DAY)), "revocation date is in the future"),
        (lambda: OURS.crl(Entry(LEAF.serial_number, x509.ReasonFlags.certificate_hold)), "on hold"),
        (
            lambda: OURS.crl(
                Entry(LEAF.serial_number, extensions=(ELSE,)),
            ),
            "changes its meaning",
        ),
        (
            lambda: OURS.crl(Entry(LEAF.serial_number, x509.ReasonFlags.remove_from_crl)),
            "the reason removeFromCRL",
        ),
        (lambda: OURS.crl(LISTED, LISTED), "more than once"),
        (lambda: OURS.crl(LISTED, Entry(5, extensions=(UNKNOWN_CRITICAL,))), "changes its meaning"),
        (lambda: OURS.crl(Entry(5, extensions=(UNKNOWN_CRITICAL,))), "changes its meaning"),
        (lambda: OURS.crl(Entry(5, extensions=(ELSE,)), LISTED), "changes its meaning"),
        (lambda: changed(lambda given: [*given[:4], *given[5:]]), "has no nextUpdate"),
        (lambda: changed(lambda given: [*given[:-1], twice(given[-1])]), "can't be read"),
        (lambda: changed(lambda given: [value(INTEGER, b"\x02"), *given[1:]]), "can't be read"),
        (lambda: crl_signed_with_sha1(OURS.crl(LISTED), OURS_KEY), "is signed with sha1"),
        (
            lambda: relabeled(OURS.crl(LISTED), OURS.crl(algorithm=hashes.SHA384())),
            "can't be read|isn't signed",
        ),
        (lambda: OURS.crl(LISTED)[:-20], "can't be read"),
        (lambda: b"", "can't be read"),
        (lambda: b"<html>502 Bad Gateway</html>", "can't be read"),
        (lambda: b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "can't be read"),
    ],
    ids=[
        "same name",
        "other key",
        "other kind of key",
        "other issuer",
        "stale",
        "future",
        "future entry",
        "hold",
        "entry of another issuer",
        "removed",
        "listed twice",
        "unknown critical extension of another entry",
        "the same, not listed",
        "entry before it of another issuer",
        "endless",
        "extensions twice",
        "version 3",
        "sha1",
        "another algorithm in the signed part",
        "cut off",
        "empty",
        "a page",
        "broken PEM",
    ],
)
def test_a_crl_that_is_not_the_issuer_s_now_does_not_count(crl: Callable[[], bytes], why: str) -> None:
    with pytest.raises(UnverifiedError, match=why):
        answer(crl())


def test_a_crl_signed_with_a_weak_hash_does_not_count() -> None:
    crl = OURS.crl(LISTED, algorithm=hashes.SHA224())
    with pytest.raises(UnverifiedError, match="is signed with sha224"):
        answer(crl)


def test_an_issuer_that_may_not_sign_crls_does_not_count() -> None:
    extensions = ((x509.BasicConstraints(ca=True, path_length=None), True), (usage(key_cert_sign=True), True))
    authority = Authority(extensions=extensions)
    with pytest.raises(UnverifiedError, match="doesn't allow it to sign CRLs"):
        answer(authority.crl(LISTED), authority.issue(), authority)


@pytest.mark.parametrize(
    ("validity", "why"),
    [({"end": NOW - timedelta(seconds=1)}, "expired"), ({"begin": NOW + DAY}, "isn't valid before")],
    ids=["expired", "not yet valid"],
)
def test_an_issuer_that_is_not_valid_does_not_count(validity: dict[str, Any], why: str) -> None:
    authority = Authority(**validity)
    with pytest.raises(UnverifiedError, match=f"issuer's certificate {why}"):
        answer(authority.crl(LISTED), authority.issue(), authority)


def test_a_crl_that_was_verified_counts_only_until_it_is_stale() -> None:
    crl = verified_crl(OURS.crl(LISTED), OURS.certificate)
    assert isinstance(crl.answer_for(LEAF, NOW + 7 * DAY).verdict, Revoked)
    with pytest.raises(UnverifiedError, match="stale"):
        crl.answer_for(LEAF, NOW + 8 * DAY)


def test_a_certificate_of_another_issuer_is_not_spoken_of() -> None:
    with pytest.raises(UnverifiedError, match="from another issuer"):
        answer(OURS.crl(LISTED), OTHER.issue(LEAF.serial_number))


def test_distribution_points_of_others_or_of_some_reasons_are_not_asked() -> None:
    points = [
        x509.DistributionPoint(point("http://a.example.com"), None, None, [x509.DirectoryName(name("Else"))]),
        x509.DistributionPoint(
            point("http://b.example.com"), None, frozenset({x509.ReasonFlags.superseded}), None
        ),
        x509.DistributionPoint(point("http://c.example.com") * 2, None, None, None),
    ]
    leaf = OURS.issue(5, ((x509.CRLDistributionPoints(points), False),))
    assert crl_urls(leaf) == ["http://c.example.com"]
    assert crl_urls(OURS.issue(5, ())) == []
