"""Read certificates, keys and requests from files: PEM anywhere in a text, or DER.

A private key is read only for its public key. No error quotes the content of a file.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from digicert_pulumi.x509.identity import Identity, identity, key_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BLOCK = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----.{1,200000}?-----END (?P=label)-----", re.DOTALL
)

_LARGEST = 16 * 2**20
"""The largest file that is read, in bytes."""

_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)
"""The errors that cryptography raises for unreadable data; TypeError for an encrypted key."""


class UnusableFileError(Exception):
    """A file contains nothing usable, or can't be read. The message is one line and doesn't quote the file."""


@dataclass
class Contents:
    """The content of a file.

    Attributes:
        certificates: Its certificates.
        keys: The SHA-256 of the SubjectPublicKeyInfo of each of its keys and requests.
        encrypted: How many of its keys are encrypted.
        unreadable: How many of its blocks can't be read.
    """

    certificates: list[Identity] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    encrypted: int = 0
    unreadable: int = 0


def certificates_at(path: Path) -> list[Identity]:
    """Read the certificates of a file, or of all the files of a folder, except those of authorities.

    Raises:
        UnusableFileError: There is no certificate.
        OSError: The path can't be read.
    """
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    found: dict[str, Identity] = {}
    for file in files:
        if file.stat().st_size <= _LARGEST:
            found |= {each.sha256: each for each in contents(file.read_bytes()).certificates}
    leaves = [each for each in found.values() if not each.is_authority]
    if leaves:
        return leaves
    what = "only certificates of authorities" if found else "no certificate (PEM or DER)"
    raise UnusableFileError(f"{path}: contains {what}")


def key_at(path: Path) -> str:
    """Read the key of a file: a private key, a public key, a request (CSR) or a certificate.

    Returns:
        The SHA-256 of its SubjectPublicKeyInfo, hexadecimal.

    Raises:
        UnusableFileError: There is no key, there are several, or the key is encrypted.
        OSError: The file can't be read.
    """
    if path.stat().st_size > _LARGEST:
        raise UnusableFileError(f"{path}: is too large for a key")
    inside = contents(path.read_bytes())
    keys = set(inside.keys) or {each.key for each in inside.certificates if not each.is_authority}
    if len(keys) == 1:
        return keys.pop()
    if keys:
        raise UnusableFileError(f"{path}: contains {len(keys)} different keys; give each in its own file")
    if inside.encrypted:
        raise UnusableFileError(
            f"{path}: the key is encrypted; write its public key to a file (openssl pkey -pubout) and give that file"
        )
    raise UnusableFileError(f"{path}: contains no key (PEM or DER)")


def contents(data: bytes) -> Contents:
    """Read the certificates and keys in some bytes."""
    found = Contents()
    blocks = list(_BLOCK.finditer(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about invalid serial numbers and encodings
        for block in blocks:
            _read_block(found, block["label"], block[0])
        if not blocks:
            _read_der(found, data)
    return found


def csr_key(text: str | None) -> str | None:
    """Return the key of a request in PEM, in the form of `key_at`; None if it can't be read."""
    return next(iter(contents(text.encode()).keys), None) if text else None


def _read_block(found: Contents, label: bytes, pem: bytes) -> None:
    try:
        if label in (b"CERTIFICATE", b"X509 CERTIFICATE"):
            pem = pem.replace(b"X509 CERTIFICATE", b"CERTIFICATE")
            found.certificates.append(identity(x509.load_pem_x509_certificate(pem)))
        elif label.endswith(b"CERTIFICATE REQUEST"):
            found.keys.append(key_digest(x509.load_pem_x509_csr(pem).public_key()))
        elif label == b"OPENSSH PRIVATE KEY":
            found.keys.append(key_digest(serialization.load_ssh_private_key(pem, None).public_key()))
        elif label.endswith(b"PRIVATE KEY"):
            found.keys.append(key_digest(serialization.load_pem_private_key(pem, None).public_key()))
        elif label.endswith(b"PUBLIC KEY"):
            found.keys.append(key_digest(serialization.load_pem_public_key(pem)))
    except _UNREADABLE as error:
        # cryptography raises TypeError if a key needs a passphrase.
        found.encrypted += isinstance(error, TypeError) or label.startswith(b"ENCRYPTED")
        found.unreadable += 1


def _read_der(found: Contents, data: bytes) -> None:
    for read in _der_readers(found):
        try:
            read(data)
        except TypeError:
            found.encrypted += 1
        except _UNREADABLE:
            continue
        return
    found.unreadable += 1


def _der_readers(found: Contents) -> Iterator[Callable[[bytes], None]]:
    yield lambda data: found.certificates.append(identity(x509.load_der_x509_certificate(data)))
    yield lambda data: found.keys.append(key_digest(x509.load_der_x509_csr(data).public_key()))
    yield lambda data: found.keys.append(
        key_digest(serialization.load_der_private_key(data, None).public_key())
    )
    yield lambda data: found.keys.append(key_digest(serialization.load_der_public_key(data)))
