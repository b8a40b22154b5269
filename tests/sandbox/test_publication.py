"""CRLs and OCSP answers show what is revoked, as OpenSSL and anybody else reads them."""

import sqlite3
import time
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from sandbox.published import (
    access_url,
    chain_of,
    crl_of,
    fetch,
    ocsp_of,
    one_of_each_authority,
    openssl,
    write_chain,
)
from support.sandbox import Sandbox

LONG = 86400.0


def revoke(sandbox: Sandbox, order_id: int, reason: str | None = None) -> None:
    body = {"skip_approval": True, "revocation_reason": reason}
    sandbox.call("PUT", f"/services/v2/order/certificate/{order_id}/revoke", body)


def is_listed(certificate: x509.Certificate) -> bool:
    return crl_of(certificate).get_revoked_certificate_by_serial_number(certificate.serial_number) is not None


def reason_of(entry: x509.RevokedCertificate) -> x509.ReasonFlags | None:
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return None


@pytest.mark.parametrize(
    ("reason", "flag"),
    [
        ("keyCompromise", x509.ReasonFlags.key_compromise),
        ("affiliationChanged", x509.ReasonFlags.affiliation_changed),
        ("superseded", x509.ReasonFlags.superseded),
        ("cessationOfOperation", x509.ReasonFlags.cessation_of_operation),
        ("unspecified", None),
    ],
)
def test_a_revocation_shows_at_once_with_its_date_and_reason(
    shared: Sandbox, reason: str, flag: x509.ReasonFlags | None
) -> None:
    order_id = shared.plain(1)[0]
    leaf, issuer, _ = chain_of(shared, shared.certificate_ids(order_id)[0])
    number = crl_of(leaf).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    assert not is_listed(leaf)
    assert ocsp_of(leaf, issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    before = datetime.now(timezone.utc).replace(microsecond=0)
    revoke(shared, order_id, reason)
    crl, answer = crl_of(leaf), ocsp_of(leaf, issuer)
    entry = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert entry is not None
    assert before <= entry.revocation_date_utc <= datetime.now(timezone.utc)
    assert reason_of(entry) == flag
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number > number
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_time_utc == entry.revocation_date_utc
    assert answer.revocation_reason == flag


def test_the_reason_of_what_is_no_tls_certificate_is_ignored(shared: Sandbox) -> None:
    order_id = shared.find("code_signing")
    revoke(shared, order_id, "keyCompromise")
    leaf, issuer, _ = chain_of(shared, shared.certificate_ids(order_id)[0])
    answer = ocsp_of(leaf, issuer)
    assert (answer.certificate_status, answer.revocation_reason) == (ocsp.OCSPCertStatus.REVOKED, None)


@pytest.mark.parametrize("authority", [0, 1])
def test_both_authorities_sign_what_they_publish(shared: Sandbox, authority: int) -> None:
    leaf, issuer, root = one_of_each_authority(shared)[authority]
    key = issuer.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert crl_of(leaf).is_signature_valid(key)
    assert crl_of(leaf).issuer == issuer.subject
    answer = ocsp_of(leaf, issuer)
    if answer.certificates:
        (delegate,) = answer.certificates
        delegate.verify_directly_issued_by(issuer)
        uses = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(uses) == [ExtendedKeyUsageOID.OCSP_SIGNING]
        key = delegate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
    assert answer.signature_hash_algorithm is not None
    key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm))
    assert crl_of(issuer).issuer == root.subject


def test_one_authority_signs_ocsp_answers_itself_and_the_other_has_a_delegate(shared: Sandbox) -> None:
    chains = one_of_each_authority(shared)
    assert sorted(len(ocsp_of(leaf, issuer).certificates) for leaf, issuer, _ in chains) == [0, 1]


def test_all_the_certificates_of_a_revoked_order_are_listed(shared: Sandbox) -> None:
    order_id = shared.find("duplicates")
    shared.revoke_now(order_id)
    leaves = [chain_of(shared, certificate_id)[0] for certificate_id in shared.certificate_ids(order_id)]
    assert len(leaves) == 4
    assert all(is_listed(leaf) for leaf in leaves)


def test_a_single_revoked_certificate_leaves_the_others_good(shared: Sandbox) -> None:
    chains = [
        chain_of(shared, certificate_id)
        for certificate_id in shared.certificate_ids(shared.find("certificate_revoked"))
    ]
    statuses = [ocsp_of(leaf, issuer).certificate_status for leaf, issuer, _ in chains]
    assert statuses == [ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.GOOD]


def test_an_approved_request_shows_with_its_reason(shared: Sandbox) -> None:
    order_id = shared.plain(1)[0]
    body = {"comments": "Leaked.", "revocation_reason": "keyCompromise"}
    request = shared.call("PUT", f"/services/v2/order/certificate/{order_id}/revoke", body)
    leaf, issuer, _ = chain_of(shared, shared.certificate_ids(order_id)[0])
    assert ocsp_of(leaf, issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    shared.approve(request["id"])
    assert ocsp_of(leaf, issuer).revocation_reason is x509.ReasonFlags.key_compromise


def test_a_revocation_stays_hidden_until_its_delay_is_over(sandbox: Sandbox) -> None:
    order_id = sandbox.plain(1)[0]
    leaf, issuer, _ = chain_of(sandbox, sandbox.certificate_ids(order_id)[0])
    sandbox.publish_after(LONG)
    sandbox.revoke_now(order_id)
    assert sandbox.order(order_id)["status"] == "revoked"
    assert not is_listed(leaf)
    assert ocsp_of(leaf, issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    with closing(sqlite3.connect(sandbox.state)) as database, database:
        sql = "UPDATE certificates SET revoked_at = revoked_at - ? WHERE order_id = ?"
        database.execute(sql, [LONG, order_id])
    assert is_listed(leaf)
    assert ocsp_of(leaf, issuer).certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_the_delay_can_be_set_at_the_start_and_ended_later(tmp_path: Path) -> None:
    with Sandbox(tmp_path, "--publication-delay", "3600") as sandbox:
        order_id = sandbox.plain(1)[0]
        leaf = chain_of(sandbox, sandbox.certificate_ids(order_id)[0])[0]
        sandbox.revoke_now(order_id)
        assert not is_listed(leaf)
        sandbox.publish_after(0)
        assert is_listed(leaf)


def test_ocsp_answers_get_as_it_answers_post(shared: Sandbox) -> None:
    revoked = chain_of(shared, shared.certificate_ids(shared.find("revoked"))[0])
    for leaf, issuer, _ in [*one_of_each_authority(shared), revoked]:
        got, posted = ocsp_of(leaf, issuer, get=True), ocsp_of(leaf, issuer)
        assert got.serial_number == posted.serial_number == leaf.serial_number
        assert got.certificate_status is posted.certificate_status


def test_ocsp_knows_no_certificate_of_another_authority(shared: Sandbox) -> None:
    chains = one_of_each_authority(shared)
    other_leaf, other_issuer, _ = chains[1]
    theirs = ocsp.OCSPRequestBuilder().add_certificate(other_leaf, other_issuer, hashes.SHA256()).build()
    names = (theirs.issuer_name_hash, theirs.issuer_key_hash)
    question = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        *names, chains[0][0].serial_number, hashes.SHA256()
    )
    request = question.build().public_bytes(serialization.Encoding.DER)
    own, other = (access_url(chain[0], AuthorityInformationAccessOID.OCSP) for chain in chains)
    answer = ocsp.load_der_ocsp_response(fetch(other, request))
    assert answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    refused = ocsp.load_der_ocsp_response(fetch(own, request))
    assert refused.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize("body", [b"", b"no request", b"\x30\x00"])
def test_ocsp_says_that_a_request_is_malformed(shared: Sandbox, body: bytes) -> None:
    leaf = chain_of(shared, shared.certificate_ids(shared.find("ov"))[0])[0]
    answer = ocsp.load_der_ocsp_response(fetch(access_url(leaf, AuthorityInformationAccessOID.OCSP), body))
    assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_a_crl_keeps_its_number_while_nothing_changes(sandbox: Sandbox) -> None:
    leaf = chain_of(sandbox, sandbox.certificate_ids(sandbox.find("ov"))[0])[0]
    first = crl_of(leaf)
    time.sleep(0.01)
    assert crl_of(leaf) == first


@pytest.mark.parametrize("kind", ["revoked", "reissued", "renewed"])
def test_openssl_agrees(shared: Sandbox, tmp_path: Path, kind: str) -> None:
    leaf, issuer, root = chain_of(shared, shared.certificate_ids(shared.find(kind))[-1])
    write_chain(tmp_path, [leaf, issuer, root])
    (tmp_path / "crl.pem").write_bytes(crl_of(leaf).public_bytes(serialization.Encoding.PEM))
    trust = ["-CAfile", "root.pem", "-untrusted", "issuer.pem"]
    verified = openssl(tmp_path, "verify", "-crl_check", "-CRLfile", "crl.pem", *trust, "leaf.pem")
    url = access_url(leaf, AuthorityInformationAccessOID.OCSP)
    asked = ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-url", url]
    answered = openssl(tmp_path, *asked, "-verify_other", "issuer.pem", "-no_nonce")
    assert "Response verify OK" in answered
    if kind == "revoked":
        assert "certificate revoked" in verified
        assert "leaf.pem: revoked" in answered
        assert "Reason: cessationOfOperation" in answered
    else:
        assert verified == "leaf.pem: OK\n"
        assert "leaf.pem: good" in answered
