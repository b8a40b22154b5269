"""What is looked for, from what people have."""

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
from digicert_pulumi.x509.identity import Identity, hexadecimal, identity
from digicert_pulumi.x509.served import served_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from digicert_pulumi.certcentral import Certificate

_SHA1 = 40
_SHA256 = 64
"""Digits of a thumbprint."""

_LONGEST_SERIAL = 40
"""Digits of a serial number (RFC 5280, section 4.1.2.2: 20 octets)."""


class NotUsableError(Exception):
    """What was given can't be looked for. The message is one line."""


@dataclass(frozen=True)
class Wanted:
    """A certificate or a key that is looked for. All that is given has to match.

    Attributes:
        name: How a person names it.
        serial_number: Its serial number, as `orders.serial_number.canonical` writes it.
        sha1: Its SHA-1 thumbprint, hexadecimal in capital letters.
        sha256: Its SHA-256 thumbprint, likewise.
        key: The SHA-256 of its SubjectPublicKeyInfo, likewise.
    """

    name: str
    serial_number: str | None = None
    sha1: str | None = None
    sha256: str | None = None
    key: str | None = None

    @property
    def identifier(self) -> str | None:
        """What CertCentral reads an order by, if this is its primary certificate."""
        return self.sha1 or self.serial_number

    @property
    def is_unknown_to_lists(self) -> bool:
        """Whether only the orders themselves tell: CertCentral finds no key and no SHA-256."""
        return self.identifier is None

    def matches(self, certificate: Certificate, key: str | None = None, sha256: str | None = None) -> bool:
        """Tell whether this is a certificate of CertCentral's.

        Args:
            certificate: The certificate.
            key: Its key, as `key` of a wanted one; None if it is not known.
            sha256: Its SHA-256 thumbprint; None if it is not known.
        """
        if self.key or self.sha256:
            return (self.key in (None, key)) and (self.sha256 in (None, sha256))
        if self.serial_number and not serial.same(self.serial_number, certificate.serial_number):
            return False
        return not self.sha1 or same_thumbprint(self.sha1, certificate.thumbprint)


def same_thumbprint(wanted: str, found: str | None) -> bool:
    """Tell whether two texts are one thumbprint, in whatever spelling."""
    return found is not None and re.sub(r"[^0-9A-F]", "", found.upper()) == wanted


def by_serial_number(text: str, *, decimal: bool = False) -> Wanted:
    """Look for a serial number.

    Args:
        text: The number, in any spelling: `0x0a1b`, `0A:1B`.
        decimal: Whether it is written in decimal.

    Raises:
        NotUsableError: It is none.
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
    """Look for a SHA-1 or SHA-256 thumbprint, in any spelling.

    Raises:
        NotUsableError: It is none.
    """
    digits = re.sub(r"[\s:-]", "", text.upper().removeprefix("SHA256:").removeprefix("SHA1:"))
    if re.fullmatch(r"[0-9A-F]+", digits) and len(digits) == _SHA1:
        return Wanted(f"SHA-1 thumbprint {digits}", sha1=digits)
    if re.fullmatch(r"[0-9A-F]+", digits) and len(digits) == _SHA256:
        return Wanted(f"SHA-256 thumbprint {digits}", sha256=digits)
    shown = printable(text.strip(), 80)
    raise NotUsableError(f"thumbprint {shown!r}: must be 40 (SHA-1) or 64 (SHA-256) hexadecimal digits")


def by_certificate_file(path: Path) -> list[Wanted]:
    """Look for the certificates of a file (PEM, DER, a chain) or of a folder, without those of authorities.

    Raises:
        NotUsableError: There is none, or it can't be read.
    """
    try:
        return [_by_identity(each, f"{path}") for each in certificates_at(path)]
    except (UnusableFileError, OSError) as error:
        raise NotUsableError(_reason(path, error)) from None


def by_key_file(path: Path) -> Wanted:
    """Look for a key: of a private key, a public key, a request (CSR) or a certificate. The key goes nowhere.

    Raises:
        NotUsableError: There is none, or it can't be read.
    """
    try:
        return Wanted(f"the key of {path}", key=key_at(path))
    except (UnusableFileError, OSError) as error:
        raise NotUsableError(_reason(path, error)) from None


def by_host(text: str, *, timeout: float = 10.0) -> Wanted:
    """Look for the certificate that a host serves now.

    Args:
        text: The host, `www.example.com` or `www.example.com:8443`.
        timeout: Seconds for each step.

    Raises:
        NotUsableError: It is no host, or it serves none.
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
    """Look for the serial numbers or thumbprints in a column of a CSV.

    Args:
        path: A CSV in UTF-8 with a header, separated by commas, semicolons or tabs.
        column: The column's name; letter case doesn't matter.
        decimal: Whether serial numbers are written in decimal.

    Raises:
        NotUsableError: There is no such column, or a cell is neither.
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
        raise ValueError("must be a whole number in decimal")
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
