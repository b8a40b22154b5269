"""What goes wrong on purpose with CRLs and OCSP answers, as whoever checks a certificate meets it."""

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID
from sandbox.published import (
    access_url,
    chain_of,
    crl_of,
    crl_url,
    fetch,
    ocsp_of,
    one_of_each_authority,
    openssl,
    write_chain,
)
from sandbox.talk import Caller
from support.sandbox import Sandbox


@pytest.fixture(autouse=True)
def _nothing_stays(shared: Sandbox) -> Iterator[None]:
    yield
    shared.clear_publication_faults()


@pytest.fixture(params=[0, 1], ids=["issuing-1", "issuing-2"])
def chain(shared: Sandbox, request: pytest.FixtureRequest) -> list[x509.Certificate]:
    """A certificate of each authority in turn, with its chain."""
    return one_of_each_authority(shared)[request.param]


def key_of(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def is_signed_by(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    assert answer.signature_hash_algorithm is not None
    try:
        key_of(signer).verify(
            answer.signature, answer.tbs_response_bytes, ec.ECDSA(answer.signature_hash_algorithm)
        )
    except InvalidSignature:
        return False
    return True


def openssl_on_ocsp(folder: Path, chain: list[x509.Certificate]) -> str:
    write_chain(folder, chain)
    url = access_url(chain[0], AuthorityInformationAccessOID.OCSP)
    asked = ["ocsp", "-issuer", "issuer.pem", "-cert", "leaf.pem", "-CAfile", "root.pem", "-url", url]
    return openssl(folder, *asked, "-verify_other", "issuer.pem", "-no_nonce")


def openssl_on_crl(folder: Path, chain: list[x509.Certificate]) -> str:
    write_chain(folder, chain)
    (folder / "crl.pem").write_bytes(crl_of(chain[0]).public_bytes(serialization.Encoding.PEM))
    trust = ["-CAfile", "root.pem", "-untrusted", "issuer.pem"]
    return openssl(folder, "verify", "-crl_check", "-CRLfile", "crl.pem", *trust, "leaf.pem")


def test_without_a_fault_openssl_is_content(chain: list[x509.Certificate], tmp_path: Path) -> None:
    assert openssl_on_crl(tmp_path, chain) == "leaf.pem: OK\n"
    assert "Response verify OK" in openssl_on_ocsp(tmp_path, chain)


def test_a_stale_answer_is_genuine_and_expired(
    shared: Sandbox, chain: list[x509.Certificate], tmp_path: Path
) -> None:
    leaf, issuer, _ = chain
    shared.add_publication_faults({"fault": "stale"})
    crl, answer = crl_of(leaf), ocsp_of(leaf, issuer)
    assert crl.is_signature_valid(key_of(issuer))
    assert crl.next_update_utc is not None
    assert crl.next_update_utc < datetime.now(timezone.utc)
    assert is_signed_by(answer, answer.certificates[0] if answer.certificates else issuer)
    assert answer.next_update_utc is not None
    assert answer.next_update_utc < datetime.now(timezone.utc)
    assert "CRL has expired" in openssl_on_crl(tmp_path, chain)
    assert "status expired" in openssl_on_ocsp(tmp_path, chain)


def test_a_wrong_signer_uses_the_name_of_the_right_one(
    shared: Sandbox, chain: list[x509.Certificate], tmp_path: Path
) -> None:
    leaf, issuer, _ = chain
    shared.add_publication_faults({"fault": "wrong_signer"})
    crl, answer = crl_of(leaf), ocsp_of(leaf, issuer)
    assert crl.issuer == issuer.subject
    assert not crl.is_signature_valid(key_of(issuer))
    (signer,) = answer.certificates
    assert is_signed_by(answer, signer)
    assert signer.subject != issuer.subject
    assert "CRL signature failure" in openssl_on_crl(tmp_path, chain)
    assert "Response verify OK" not in openssl_on_ocsp(tmp_path, chain)


def test_another_authority_of_the_same_name_has_another_key(
    shared: Sandbox, chain: list[x509.Certificate], tmp_path: Path
) -> None:
    leaf, issuer, _ = chain
    genuine = crl_of(leaf).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    shared.add_publication_faults({"fault": "same_name"})
    crl, answer = crl_of(leaf), ocsp_of(leaf, issuer)
    assert crl.issuer == issuer.subject
    assert not crl.is_signature_valid(key_of(issuer))
    assert crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier) != genuine
    (signer,) = answer.certificates
    assert signer.subject == issuer.subject
    assert signer.public_key() != issuer.public_key()
    assert is_signed_by(answer, signer)
    assert "leaf.pem: OK" not in openssl_on_crl(tmp_path, chain)
    assert "Response verify OK" not in openssl_on_ocsp(tmp_path, chain)


def test_an_undelegated_signer_has_a_certificate_of_the_authority_for_something_else(
    shared: Sandbox, chain: list[x509.Certificate], tmp_path: Path
) -> None:
    leaf, issuer, _ = chain
    shared.add_publication_faults({"fault": "undelegated", "service": "ocsp"})
    answer = ocsp_of(leaf, issuer)
    (signer,) = answer.certificates
    signer.verify_directly_issued_by(issuer)
    uses = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.OCSP_SIGNING not in uses
    assert is_signed_by(answer, signer)
    assert "Response verify OK" not in openssl_on_ocsp(tmp_path, chain)


def test_unknown_is_404_and_a_status_that_is_signed(shared: Sandbox, chain: list[x509.Certificate]) -> None:
    leaf, issuer, _ = chain
    shared.add_publication_faults({"fault": "unknown"})
    with pytest.raises(HTTPError) as refused:
        crl_of(leaf)
    refused.value.close()
    assert refused.value.code == HTTPStatus.NOT_FOUND
    assert ocsp_of(leaf, issuer).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_a_malformed_answer_cannot_be_read(shared: Sandbox, chain: list[x509.Certificate]) -> None:
    leaf, issuer, _ = chain
    shared.add_publication_faults({"fault": "malformed"})
    with pytest.raises(ValueError, match="error parsing"):
        crl_of(leaf)
    with pytest.raises(ValueError, match="error parsing"):
        ocsp_of(leaf, issuer)


def test_a_huge_answer_has_as_many_bytes_as_asked_for(shared: Sandbox, chain: list[x509.Certificate]) -> None:
    shared.add_publication_faults({"fault": "huge", "bytes": 200_000})
    assert len(fetch(crl_url(chain[0]))) == 200_000
    assert len(fetch(access_url(chain[0], AuthorityInformationAccessOID.OCSP), b"x")) == 200_000


def test_a_late_answer_is_genuine(shared: Sandbox, chain: list[x509.Certificate]) -> None:
    leaf, issuer, _ = chain
    shared.add_publication_faults({"fault": "late", "seconds": 0.3})
    began = time.monotonic()
    assert crl_of(leaf).is_signature_valid(key_of(issuer))
    assert time.monotonic() - began >= 0.3
    assert ocsp_of(leaf, issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert time.monotonic() - began >= 0.6


def test_a_fault_hits_one_service_of_one_authority_so_many_times(shared: Sandbox) -> None:
    chains = one_of_each_authority(shared)
    authority = crl_url(chains[0][0]).rpartition("/")[2].removesuffix(".crl")
    rule = {"fault": "unknown", "service": "ocsp", "authority": authority, "count": 1}
    shared.add_publication_faults(rule)
    for leaf, _, _ in chains:
        crl_of(leaf)
    (first, issuer, _), (other, other_issuer, _) = chains
    assert ocsp_of(other, other_issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert ocsp_of(first, issuer).certificate_status is ocsp.OCSPCertStatus.UNKNOWN
    assert ocsp_of(first, issuer).certificate_status is ocsp.OCSPCertStatus.GOOD
    (shown,) = shared.call("GET", "/publication/faults")["faults"]
    assert (shown["rule"], shown["injected"]) == (rule, 1)


def test_what_is_true_comes_back(shared: Sandbox) -> None:
    leaf, issuer, _ = chain_of(shared, shared.certificate_ids(shared.find("revoked"))[0])
    shared.add_publication_faults({"fault": "same_name"})
    crl_of(leaf)
    shared.clear_publication_faults()
    assert crl_of(leaf).is_signature_valid(key_of(issuer))


@pytest.mark.parametrize(
    "rules", [[{"fault": "none"}], [{"fault": "stale", "authority": "nobody"}], [{"fault": "late"}], {}]
)
def test_a_rule_that_is_none_is_refused(ask: Caller, shared: Sandbox, rules: Any) -> None:
    reply = ask("POST", "/publication/faults", rules, key=shared.admin_key, prefix="/sandbox")
    assert (reply.status, reply.code) == (400, "invalid_input")
    assert shared.call("GET", "/publication/faults")["faults"] == []
