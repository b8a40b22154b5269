"""Create searches from serial numbers, thumbprints, files, hosts and CSV columns."""

from __future__ import annotations

import csv
import re
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digicert_pulumi.orders import serial_number as serial
from digicert_pulumi.text.printable import printable
from digicert_pulumi.x509 import hosts
from digicert_pulumi.x509.files import UnusableFileError, certificates_at, key_at
from digicert_pulumi.x509.handshake import served_certificate
from digicert_pulumi.x509.identity import Identity, hexadecimal, identity

if TYPE_CHECKING:
    from pathlib import Path

    from digicert_pulumi.certcentral import Certificate

_SHA1 = 40
_SHA256 = 64
"""Digits of a thumbprint."""

_LONGEST_SERIAL = 40
"""Digits of a serial number (RFC 5280, section 4.1.2.2: 20 octets)."""


class NotUsableError(Exception):
    """A search is invalid. The message is one line."""


@dataclass(frozen=True)
class Wanted:
    """A certificate or key to find. All the given attributes must match.

    Attributes:
        name: Its name in messages.
        serial_number: Its serial number, in the form of `orders.serial_number.canonical`.
        sha1: Its SHA-1 thumbprint, in uppercase hexadecimal.
        sha256: Its SHA-256 thumbprint, in the same form.
        key: The SHA-256 of its SubjectPublicKeyInfo, in the same form.
    """

    name: str
    serial_number: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    key: str | None = None

    @property
    def identifier(self) -> str | None:
        """The identifier by which CertCentral finds an order with this primary certificate; None if there is none."""
        return self.sha1 or self.serial_number

    @property
    def is_unknown_to_lists(self) -> bool:
        """Whether orders have to be compared, because CertCentral finds no keys and no SHA-256 thumbprints."""
        return self.identifier is None

    def matches(self, certificate: Certificate, key: str | None = None, sha256: str | None = None) -> bool:
        """Return whether a certificate matches.

        Args:
            certificate: The certificate.
            key: Its key, in the form of the attribute; None if it is not known.
            sha256: Its SHA-256 thumbprint; None if it is not known.
        """
        if self.key or self.sha256:
            return (self.key in (None, key)) and (self.sha256 in (None, sha256))
        if self.serial_number and not serial.same(self.serial_number, certificate.serial_number):
            return False
        return not self.sha1 or same_thumbprint(self.sha1, certificate.thumbprint)


def same_thumbprint(wanted: str, found: str | None) -> bool:
    """Return whether two strings are the same thumbprint, in any spelling."""
    return found is not None and re.sub(r"[^0-9A-F]", "", found.upper()) == wanted


def by_serial_number(text: str, *, decimal: bool = False) -> Wanted:
    """Find a serial number.

    Args:
        text: The number, in any spelling: `0x0a1b`, `0A:1B`.
        decimal: Whether it is in decimal.

    Raises:
        NotUsableError: It is not a serial number.
    """
    shown = printable(text.strip(), 80)
    try:
        number = hexadecimal(_decimal(text)) if decimal else serial.canonical(text)
    except ValueError as error:
        raise NotUsableError(f"serial number {shown!r}: {error}") from None
    if len(number) > _LONGEST_SERIAL:
        raise NotUsableError(f"serial number {shown!r}: must be at most 20 bytes long")
    return Wanted(f"serial number {number}", serial_number=number)


def by_thumbprint(text: str) -> Wanted:
    """Find a SHA-1 or SHA-256 thumbprint, in any spelling.

    Raises:
        NotUsableError: It is not a thumbprint.
    """
    digits = re.sub(r"[\s:-]", "", text.upper().removeprefix("SHA256:").removeprefix("SHA1:"))
    if re.fullmatch(r"[0-9A-F]+", digits) and len(digits) == _SHA1:
        return Wanted(f"SHA-1 thumbprint {digits}", sha1=digits)
    if re.fullmatch(r"[0-9A-F]+", digits) and len(digits) == _SHA256:
        return Wanted(f"SHA-256 thumbprint {digits}", sha256=digits)
    shown = printable(text.strip(), 80)
    raise NotUsableError(f"thumbprint {shown!r}: must be 40 (SHA-1) or 64 (SHA-256) hexadecimal digits")


def by_certificate_file(path: Path) -> list[Wanted]:
    """Find the certificates of a file (PEM, DER, a chain) or of a folder, except those of authorities.

    Raises:
        NotUsableError: There is no certificate, or the path can't be read.
    """
    try:
        return [_by_identity(each, f"{path}") for each in certificates_at(path)]
    except (UnusableFileError, OSError) as error:
        raise NotUsableError(_reason(path, error)) from None


def by_key_file(path: Path) -> Wanted:
    """Find the key of a private key, a public key, a request (CSR) or a certificate. The key is never sent or kept.

    Raises:
        NotUsableError: There is no key, or the file can't be read.
    """
    try:
        return Wanted(f"the key of {path}", key=key_at(path))
    except (UnusableFileError, OSError) as error:
        raise NotUsableError(_reason(path, error)) from None


def by_host(text: str, *, timeout: float = 10.0) -> Wanted:
    """Find the certificate that a host serves now.

    Args:
        text: The host, `www.example.com` or `www.example.com:8443`.
        timeout: Seconds for each step.

    Raises:
        NotUsableError: The host is invalid, or it serves no certificate.
    """
    try:
        where = hosts.host(text)
    except ValueError as error:
        raise NotUsableError(f"host {printable(text, 80)!r}: {error}") from None
    try:
        shown = identity(served_certificate(where.name, where.port, timeout=timeout))
    except (OSError, ValueError) as error:
        raise NotUsableError(f"{where}: {_network_reason(error)}") from None
    return _by_identity(shown, f"{where} serves")


def by_column(path: Path, column: str, *, decimal: bool = False) -> list[Wanted]:
    """Find the serial numbers or thumbprints in a column of a CSV.

    Args:
        path: A CSV in UTF-8 with a header, separated by commas, semicolons or tabs.
        column: The column's name; case is ignored.
        decimal: Whether serial numbers are in decimal.

    Raises:
        NotUsableError: There is no such column, or a cell is neither a serial number nor a thumbprint.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NotUsableError(_reason(path, error)) from None
    first = text.partition("\n")[0]
    rows = list(csv.reader(text.splitlines(), delimiter=max(",;\t", key=first.count)))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if column.strip().lower() not in header:
        raise NotUsableError(f"{path}: it has no column {printable(column, 80)!r}")
    place = header.index(column.strip().lower())
    found: dict[Wanted, None] = {}
    for line, cells in enumerate(rows[1:], 2):
        if place < len(cells) and cells[place].strip():
            try:
                found[_by_cell(cells[place], decimal=decimal)] = None
            except NotUsableError as error:
                raise NotUsableError(f"{path}: row {line}: {error}") from None
    if not found:
        raise NotUsableError(f"{path}: the column {printable(column, 80)!r} is empty")
    return list(found)


def _by_cell(cell: str, *, decimal: bool) -> Wanted:
    digits = re.sub(r"[\s:-]", "", cell)
    if len(digits) in (_SHA1, _SHA256) and not decimal:
        return by_thumbprint(cell)
    return by_serial_number(cell, decimal=decimal)


def _by_identity(found: Identity, name: str) -> Wanted:
    common_name = f" {printable(found.common_name, 80)}," if found.common_name else ""
    return Wanted(
        f"{name}{common_name} serial number {found.serial_number}",
        serial_number=found.serial_number,
        sha1=found.sha1,
    )


def _decimal(text: str) -> int:
    digits = text.strip().replace(",", "").replace(" ", "")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 2 * _LONGEST_SERIAL):
        raise ValueError("must be a decimal whole number")
    return int(digits)


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror}"
    if isinstance(error, UnicodeDecodeError):
        return f"{path}: is not UTF-8"
    return printable(str(error), 300)


def _network_reason(error: Exception) -> str:
    match error:
        case socket.gaierror():
            return "host not found"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return "timed out"
        case ssl.SSLError():
            return f"TLS handshake failed ({printable(error.reason or 'unknown reason', 80)})"
        case OSError():
            return printable(error.strerror or str(error), 80)
    return printable(str(error), 80)
