"""Every form in which a certificate or a key lies in a file, and what no error quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from support.x509_files import der, new_certificate, new_csr, new_key, pem, private_bytes

from digicert_pulumi.x509.files import UnusableFileError, certificates_at, contents, key_at
from digicert_pulumi.x509.identity import identity, key_digest

if TYPE_CHECKING:
    from pathlib import Path

KEY = new_key()
OTHER = new_key()
CERTIFICATE = new_certificate(KEY)
AUTHORITY = new_certificate(OTHER, authority=True)
PUBLIC = KEY.public_key()

FORMS = {
    "pkcs8": private_bytes(KEY),
    "sec1": private_bytes(KEY, form=PrivateFormat.TraditionalOpenSSL),
    "openssh": private_bytes(KEY, form=PrivateFormat.OpenSSH),
    "der": private_bytes(KEY, Encoding.DER),
    "public pem": PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "public der": PUBLIC.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "csr pem": pem(new_csr(KEY)),
    "csr der": der(new_csr(KEY)),
    "certificate": pem(CERTIFICATE),
    "in a text": b"# staging\nTLS_KEY='" + private_bytes(KEY) + b"'\nDEBUG=1\n",
    "with its chain": private_bytes(KEY) + pem(CERTIFICATE) + pem(AUTHORITY),
    "windows": private_bytes(KEY).replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_the_same_key(form: str, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(FORMS[form])
    assert key_at(file) == key_digest(PUBLIC) == identity(CERTIFICATE).key


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_key_is_called_so(form: PrivateFormat, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(private_bytes(KEY, form=form, passphrase=b"secret"))
    with pytest.raises(UnusableFileError, match="is encrypted"):
        key_at(file)


def test_two_keys_are_not_one(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(private_bytes(KEY) + private_bytes(OTHER))
    with pytest.raises(UnusableFileError, match="2 different keys"):
        key_at(file)


def test_a_folder_gives_its_certificates_once_without_the_authorities(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    (tmp_path / "chain.pem").write_bytes(pem(CERTIFICATE) + pem(AUTHORITY))
    (tmp_path / "sites" / "a.der").write_bytes(der(CERTIFICATE))
    (tmp_path / "sites" / "b.crt").write_bytes(pem(new_certificate(OTHER)))
    (tmp_path / "notes.txt").write_text("nothing")
    found = certificates_at(tmp_path)
    assert len(found) == 2
    assert identity(CERTIFICATE) in found


@pytest.mark.parametrize(
    ("data", "reason"), [(b"", "no certificate"), (pem(AUTHORITY), "only certificates of authorities")]
)
def test_a_file_without_a_certificate_is_named(data: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "site.pem"
    file.write_bytes(data)
    with pytest.raises(UnusableFileError, match=reason):
        certificates_at(file)


def test_no_error_quotes_a_broken_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    lines = private_bytes(KEY).splitlines()
    file.write_bytes(b"\n".join([lines[0], lines[1], lines[3]]))
    with pytest.raises(UnusableFileError) as caught:
        key_at(file)
    assert lines[1][:10].decode() not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.binary(max_size=200), st.integers(0, 400))
def test_whatever_a_file_holds_nothing_else_is_raised(noise: bytes, place: int) -> None:
    data = pem(CERTIFICATE)
    contents(data[:place] + noise + data[place:])
    contents(noise)
