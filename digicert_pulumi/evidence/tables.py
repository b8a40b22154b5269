"""Format evidence as text and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from digicert_pulumi.text.cells import escaped
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHOWN = 40
"""Maximum number of certificates in the text."""

_SOURCE = (
    "says",
    "revoked_at",
    "reason",
    "this_update",
    "next_update",
    "produced_at",
    "crl_number",
    "url",
    "sha256",
    "why",
)

_OF_REVOCATION = (
    "order_id",
    "order_status",
    "request_id",
    "request_status",
    "requested_at",
    "requester",
    "comments",
    "revocation_reason",
    "processor",
    "processor_comment",
    "decided_at",
    "request_note",
)

_OF_CERTIFICATE = (
    "certificate_id",
    "role",
    "serial_number",
    "common_name",
    "published",
    "why",
    "expired_at",
    "looked_at",
)

COLUMNS = (
    *_OF_REVOCATION,
    "problems",
    *_OF_CERTIFICATE,
    *(f"crl_{name.removeprefix('crl_')}" for name in _SOURCE if name != "produced_at"),
    *(f"ocsp_{name}" for name in _SOURCE if name != "crl_number"),
)
"""The columns of the CSV."""


def rows(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a row for each certificate, and one for each revocation without certificates."""
    for revocation in document["revocations"]:
        own = {name: revocation[name] for name in _OF_REVOCATION}
        own["problems"] = "; ".join(revocation["problems"])
        for certificate in revocation["certificates"] or [None]:
            yield own | (_cells(certificate) if certificate else {"published": "could not be verified"})


def _cells(certificate: dict[str, Any]) -> dict[str, Any]:
    found = {name: certificate[name] for name in _OF_CERTIFICATE}
    for kind in ("crl", "ocsp"):
        for name, value in (certificate[kind] or {}).items():
            found[f"{kind}_{name.removeprefix('crl_')}"] = value
    return found


def csv_text(document: dict[str, Any]) -> str:
    """Return the evidence as CSV, with formulas escaped, and a byte order mark so that Excel detects UTF-8."""
    content = io.StringIO()
    writer = csv.writer(content)
    writer.writerow(COLUMNS)
    for row in rows(document):
        writer.writerow([_cell(row.get(name)) for name in COLUMNS])
    return f"\ufeff{content.getvalue()}"


def _cell(value: object) -> str:
    return "" if value is None else escaped(printable(str(value), None))


def table(document: dict[str, Any]) -> str:
    """Return the evidence as text: the counts, then the certificates, starting with those that aren't revoked."""
    counts = document["counts"]
    lines = [f"{name:<22}{number:>8,}" for name, number in counts.items() if number]
    found = sorted(rows(document), key=lambda row: row["published"] == "revoked")
    lines += [line for row in found[:_SHOWN] for line in _paragraph(row)]
    if len(found) > _SHOWN:
        lines.append(f"... and {len(found) - _SHOWN:,} more; --csv, --json and --html list all of them")
    return "\n".join(printable(line, None) if not line.startswith(" ") else line for line in lines)


def _paragraph(row: dict[str, Any]) -> Iterator[str]:
    which = f"{row.get('role') or 'certificate'} {row.get('serial_number') or 'unknown'}"
    expired = f", expired on {row['expired_at']}" if row.get("expired_at") else ""
    yield f"order {row['order_id'] or 'unknown'}: {which} ({row.get('common_name') or 'no name'}): {row['published']}{expired}"
    for problem in filter(None, (row["problems"], row.get("why"))):
        yield _indented(str(problem))
    for kind in ("crl", "ocsp"):
        if row.get(f"{kind}_says"):
            yield _indented(_answer(row, kind))
    yield _indented(_request(row))


def _answer(row: dict[str, Any], kind: str) -> str:
    line = f"{kind.upper()}: {row[f'{kind}_says']}"
    if row.get(f"{kind}_revoked_at"):
        line += f" since {row[f'{kind}_revoked_at']} ({row.get(f'{kind}_reason') or 'no reason'})"
    if row.get(f"{kind}_why"):
        line += f": {row[f'{kind}_why']}"
    if row.get(f"{kind}_this_update"):
        line += f"; thisUpdate {row[f'{kind}_this_update']}, nextUpdate {row[f'{kind}_next_update']}"
    return line


def _request(row: dict[str, Any]) -> str:
    if row.get("request_id") is None:
        return row["request_note"] or "CertCentral has no request for it"
    line = f"request {row['request_id']} ({row['request_status']})"
    line += f", submitted by {row['requester'] or 'an unknown user'} at {row['requested_at'] or 'an unknown time'}"
    if row["processor"] or row["decided_at"]:
        line += f", decided by {row['processor'] or 'an unknown user'} at {row['decided_at'] or 'an unknown time'}"
    return "; ".join(filter(None, (line, row["request_note"])))


def _indented(text: str) -> str:
    return f"  {printable(text, None)}"
