"""The certificates are real: what the API shows of one is what the X.509 certificate says."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from sandbox.published import (
    access_url,
    chain_of,
    crl_url,
    fetch,
    one_of_each_authority,
    openssl,
    write_chain,
)
from sandbox.talk import Caller
from support.sandbox import Sandbox


def thumbprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - as CertCentral shows it


@pytest.mark.parametrize("kind", ["ov", "dv", "ov_wildcard", "code_signing", "document_signing", "expired"])
def test_order_info_shows_the_numbers_of_the_certificate(ask: Caller, shared: Sandbox, kind: str) -> None:
    shown = ask("GET", f"/order/certificate/{shared.find(kind)}").json["certificate"]
    certificate = chain_of(shared, shown["id"])[0]
    (common_name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert common_name.value == shown["common_name"]
    assert f"{certificate.serial_number:032X}" == shown["serial_number"]
    assert thumbprint(certificate) == shown["thumbprint"]
    assert certificate.not_valid_before_utc.date().isoformat() == shown["valid_from"]
    assert certificate.not_valid_after_utc.date().isoformat() == shown["valid_till"]
    assert certificate.public_key().key_size == shown["key_size"]  # type: ignore[union-attr]


def test_a_tls_certificate_names_all_the_names_of_its_order(ask: Caller, shared: Sandbox) -> None:
    shown = ask("GET", f"/order/certificate/{shared.find('ov_multi_domain')}").json["certificate"]
    names = chain_of(shared, shown["id"])[0].extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == shown["dns_names"]


@pytest.mark.parametrize(("kind", "path"), [("duplicates", "duplicate"), ("reissued", "reissue")])
def test_the_other_certificates_of_an_order_are_real_too(
    ask: Caller, shared: Sandbox, kind: str, path: str
) -> None:
    rows = ask("GET", f"/order/certificate/{shared.find(kind)}/{path}").json["certificates"]
    assert len(rows) > 1
    for row in rows:
        certificate = chain_of(shared, row["id"])[0]
        assert f"{certificate.serial_number:032X}" == row["serial_number"]
        assert thumbprint(certificate) == row["thumbprint"]
        assert x509.load_pem_x509_csr(row["csr"].encode()).public_key() == certificate.public_key()


def test_the_csr_of_an_order_has_the_key_of_its_certificate(ask: Caller, shared: Sandbox) -> None:
    shown = ask("GET", f"/order/certificate/{shared.find('ov')}").json["certificate"]
    csr = x509.load_pem_x509_csr(shown["csr"].encode())
    assert csr.is_signature_valid
    assert csr.public_key() == chain_of(shared, shown["id"])[0].public_key()


def test_an_order_that_is_not_issued_has_a_csr_whose_key_its_certificate_gets(
    ask: Caller, shared: Sandbox
) -> None:
    order_id = shared.find("needs_approval")
    pending = ask("GET", f"/order/certificate/{order_id}").json
    shared.approve(pending["requests"][0]["id"])
    issued = ask("GET", f"/order/certificate/{order_id}").json["certificate"]
    assert issued["csr"] == pending["certificate"]["csr"]
    csr = x509.load_pem_x509_csr(issued["csr"].encode())
    assert csr.public_key() == chain_of(shared, issued["id"])[0].public_key()


def test_the_private_key_of_a_certificate_can_leak(shared: Sandbox) -> None:
    certificate_id, other = shared.certificate_ids(shared.find("duplicates"))[:2]
    key = serialization.load_pem_private_key(shared.private_key(certificate_id).encode(), None)
    assert key.public_key() == chain_of(shared, certificate_id)[0].public_key()
    assert key.public_key() != chain_of(shared, other)[0].public_key()


def test_a_standard_user_gets_no_private_key(ask: Caller, shared: Sandbox) -> None:
    certificate_id = shared.certificate_ids(shared.find("ov"))[0]
    reply = ask("GET", f"/certificates/{certificate_id}/key", prefix="/sandbox")
    assert (reply.status, b"PRIVATE" in reply.body) == (403, False)


def test_an_order_is_listed_by_the_serial_number_of_its_certificate(ask: Caller, shared: Sandbox) -> None:
    order_id = shared.find("reissued")
    serial_number = shared.order(order_id)["certificate"]["serial_number"]
    (row,) = ask("GET", f"/order/certificate?filters[serial_number]={serial_number}").json["orders"]
    assert row["id"] == order_id


def test_openssl_verifies_certificates_of_both_authorities(shared: Sandbox, tmp_path: Path) -> None:
    chains = one_of_each_authority(shared)
    assert len({issuer.subject for _, issuer, _ in chains}) == 2
    for chain in chains:
        write_chain(tmp_path, chain)
        verify = ["verify", "-x509_strict", "-CAfile", "root.pem", "-untrusted", "issuer.pem", "leaf.pem"]
        assert openssl(tmp_path, *verify) == "leaf.pem: OK\n"


def test_the_chain_has_the_authorities_of_the_download(ask: Caller, shared: Sandbox) -> None:
    certificate_id = shared.certificate_ids(shared.find("ov"))[0]
    rows = ask("GET", f"/certificate/{certificate_id}/chain").json["intermediates"]
    above = chain_of(shared, certificate_id)[1:]
    assert [x509.load_pem_x509_certificate(row["pem"].encode()) for row in rows] == above
    for row, certificate in zip(rows, above, strict=True):
        (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert row["subject_common_name"] == name.value
    order = shared.order(shared.find("ov"))
    assert order["certificate"]["ca_cert"]["name"] == rows[0]["subject_common_name"]


def test_a_download_is_no_json_and_other_formats_are_refused(ask: Caller, shared: Sandbox) -> None:
    certificate_id = shared.certificate_ids(shared.find("ov"))[0]
    reply = ask("GET", f"/certificate/{certificate_id}/download/format/pem_all", Accept="text/plain")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/x-pem-file")
    reply = ask("GET", f"/certificate/{certificate_id}/download/format/p7b")
    assert (reply.status, reply.code) == (404, "not_found|format")
    reply = ask("GET", "/certificate/1/download/format/pem_all")
    assert (reply.status, reply.code) == (404, "not_found|certificate")


def test_a_certificate_leads_to_its_issuer(shared: Sandbox) -> None:
    leaf, issuer, root = chain_of(shared, shared.certificate_ids(shared.find("ov"))[0])
    for certificate, parent in ((leaf, issuer), (issuer, root)):
        url = access_url(certificate, AuthorityInformationAccessOID.CA_ISSUERS)
        assert url.startswith(shared.publishing_url)
        assert x509.load_der_x509_certificate(fetch(url)) == parent
        assert crl_url(certificate).startswith(shared.publishing_url)


def test_certificates_outlive_a_restart(sandbox: Sandbox) -> None:
    order_id = sandbox.find("ov")
    before = sandbox.order(order_id)
    certificate_id = sandbox.certificate_ids(order_id)[0]
    pem, key = sandbox.pem_all(certificate_id), sandbox.private_key(certificate_id)
    sandbox.restart()
    assert (sandbox.pem_all(certificate_id), sandbox.private_key(certificate_id)) == (pem, key)
    assert sandbox.order(order_id)["certificate"] == before["certificate"]
    der = chain_of(sandbox, certificate_id)[0].public_bytes(serialization.Encoding.DER)
    digest = hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()
    assert json.dumps(before).count(digest) == 1
