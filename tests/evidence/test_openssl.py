"""The `openssl` command agrees with what is said of certificates, revoked and not."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from support.authority import DAY, NOW, UNKNOWN_CRITICAL, Authority, Entry

from digicert_pulumi.evidence.crl import verified_crl
from digicert_pulumi.evidence.ocsp import answer_for, question
from digicert_pulumi.evidence.verdicts import UnverifiedError

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = Authority()
IMPOSTOR = Authority()
LIVING, DEAD = ISSUER.issue(0x1111), ISSUER.issue(0x2222)
CRLS = {
    "genuine": ISSUER.crl(Entry(0x2222)),
    "another key": ISSUER.crl(Entry(0x2222), key=IMPOSTOR.key),
    "stale": ISSUER.crl(Entry(0x2222), this_update=NOW - 9 * DAY, next_update=NOW - DAY),
    "unknown entry": ISSUER.crl(Entry(0x3333, extensions=(UNKNOWN_CRITICAL,)), Entry(0x2222)),
    "another point": ISSUER.crl(
        Entry(0x2222),
        extensions=(
            (
                x509.IssuingDistributionPoint(
                    [x509.UniformResourceIdentifier("http://crl.example.com/other.crl")],
                    None,
                    only_contains_user_certs=False,
                    only_contains_ca_certs=False,
                    only_some_reasons=None,
                    indirect_crl=False,
                    only_contains_attribute_certs=False,
                ),
                True,
            ),
        ),
    ),
}


def openssl(folder: Path, *arguments: str) -> tuple[bool, str]:
    done = subprocess.run(
        ["openssl", *arguments],  # noqa: S607 - the machine's own
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return done.returncode == 0, done.stdout + done.stderr


def write(folder: Path, certificate: x509.Certificate) -> None:
    (folder / "leaf.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "issuer.pem").write_bytes(ISSUER.certificate.public_bytes(Encoding.PEM))


@pytest.mark.parametrize("kind", CRLS)
@pytest.mark.parametrize("certificate", [LIVING, DEAD], ids=["living", "dead"])
def test_openssl_agrees_on_crls(tmp_path: Path, kind: str, certificate: x509.Certificate) -> None:
    write(tmp_path, certificate)
    crl = x509.load_der_x509_crl(CRLS[kind])
    (tmp_path / "crl.pem").write_bytes(crl.public_bytes(Encoding.PEM))
    accepted, output = openssl(
        tmp_path, "verify", "-crl_check", "-CAfile", "issuer.pem", "-CRLfile", "crl.pem", "leaf.pem"
    )
    try:
        now = datetime.now(timezone.utc)
        word = verified_crl(CRLS[kind], ISSUER.certificate).answer_for(certificate, now).verdict.word
    except UnverifiedError:
        assert not accepted
        assert "certificate revoked" not in output or kind == "stale"
    else:
        assert kind == "genuine"
        assert (word == "good") == accepted
        assert (word == "revoked") == ("certificate revoked" in output)


@pytest.mark.parametrize("signer", ["issuer", "delegate", "impostor", "wrong delegate"])
@pytest.mark.parametrize("certificate", [LIVING, DEAD], ids=["living", "dead"])
def test_openssl_agrees_on_ocsp(tmp_path: Path, signer: str, certificate: x509.Certificate) -> None:
    status = ocsp.OCSPCertStatus.GOOD if certificate is LIVING else ocsp.OCSPCertStatus.REVOKED
    raw = {
        "issuer": lambda: ISSUER.ocsp(certificate, status),
        "delegate": lambda: ISSUER.ocsp(certificate, status, signer=ISSUER.delegate()),
        "impostor": lambda: ISSUER.ocsp(certificate, status, signer=IMPOSTOR.signer),
        "wrong delegate": lambda: ISSUER.ocsp(certificate, status, signer=ISSUER.delegate(())),
    }[signer]()
    write(tmp_path, certificate)
    (tmp_path / "request.der").write_bytes(question(certificate, ISSUER.certificate))
    (tmp_path / "answer.der").write_bytes(raw)
    _, output = openssl(
        tmp_path,
        "ocsp",
        *("-reqin", "request.der", "-respin", "answer.der", "-CAfile", "issuer.pem"),
        *("-issuer", "issuer.pem", "-cert", "leaf.pem", "-no_nonce"),
    )
    try:
        word = answer_for(raw, certificate, ISSUER.certificate, datetime.now(timezone.utc)).verdict.word
    except UnverifiedError:
        assert signer in ("impostor", "wrong delegate")
        assert "Response verify OK" not in output
    else:
        assert signer in ("issuer", "delegate")
        assert "Response verify OK" in output
        assert f"leaf.pem: {word}" in output
