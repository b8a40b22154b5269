"""Find orders and certificates by serial numbers, thumbprints, files, keys or hosts. Sends only GET."""

from digicert_pulumi.finding.search import Found, Missing, Result, find
from digicert_pulumi.finding.wanted import (
    NotUsableError,
    Wanted,
    by_certificate_file,
    by_column,
    by_host,
    by_key_file,
    by_serial_number,
    by_thumbprint,
)

__all__ = [
    "Found",
    "Missing",
    "NotUsableError",
    "Result",
    "Wanted",
    "by_certificate_file",
    "by_column",
    "by_host",
    "by_key_file",
    "by_serial_number",
    "by_thumbprint",
    "find",
]
