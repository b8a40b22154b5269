"""Format evidence as one self-contained HTML page, without other files or network access. All foreign text is escaped."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digicert_pulumi.evidence.tables import rows
from digicert_pulumi.text.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent

_COLUMNS = {
    "order_id": "Order",
    "common_name": "Common name",
    "role": "Certificate",
    "serial_number": "Serial number",
    "published": "Published as",
    "crl_says": "CRL",
    "ocsp_says": "OCSP",
    "request_id": "Request",
    "request_status": "Request status",
    "requester": "Requested by",
    "requested_at": "Requested at",
    "comments": "Comments",
    "processor": "Decided by",
    "decided_at": "Decided at",
    "processor_comment": "Processor's comment",
    "revoked_at": "Revoked since",
    "reason": "Reason",
    "expired_at": "Expired at",
    "why": "Remarks",
}

_TIMELINE = {
    "requested_at": "Revocation requested",
    "decided_at": "Request decided",
    "revoked_at": "Certificate revoked (published date)",
    "crl_this_update": "Revoked in the CRL of",
    "ocsp_this_update": "Revoked in the OCSP answer of",
    "looked_at": "Checked for this page",
}

_MEDIA = {
    "CRL": ("application/pkix-crl", "crl"),
    "OCSP": ("application/ocsp-response", "ors"),
}


def page(document: dict[str, Any]) -> str:
    """Return the page of a document."""
    style, script = (_read(name) for name in ("page.css", "page.js"))
    found = [_completed(row) for row in rows(document)]
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; base-uri 'none'; form-action 'none'"
    complete = document["is_complete"]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>Evidence of revocations</title><style>{style}</style></head><body>",
        "<h1>Evidence of revocations</h1>",
        f'<p class="{"yes" if complete else "no"}">{_verdict(complete=complete)}</p>',
        f"<p>As of {_text(document['made_at'])}. All verified answers are signed by the certificate's own issuer.</p>",
        f"<h2>Counts</h2><table id=counts>{''.join(_counts(document['counts']))}</table>",
        f"<h2>Timeline</h2><table id=timeline>{''.join(_timeline(found))}</table>",
        "<h2>Certificates</h2>",
        '<p><label>Filter <input id="filter" type="search" autocomplete="off"></label> <output id="shown"></output></p>',
        f'<table id="certificates"><thead><tr>{"".join(_headers())}</tr></thead>',
        f"<tbody>{''.join(_row(row) for row in found)}</tbody></table>",
        f"<h2>Raw answers</h2><table>{''.join(_answers(document['answers']))}</table>",
        f"<script>{script}</script></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the hash that allows an inline style or script (CSP level 2)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    """Add the columns that combine both sources."""
    remarks = [
        row["problems"],
        row["request_note"],
        row.get("why"),
        *(row.get(f"{kind}_why") for kind in ("crl", "ocsp")),
    ]
    return row | {
        "revoked_at": row.get("crl_revoked_at") or row.get("ocsp_revoked_at"),
        "reason": row.get("crl_reason") or row.get("ocsp_reason"),
        "why": "; ".join(dict.fromkeys(filter(None, remarks))),
    }


def _verdict(*, complete: bool) -> str:
    if complete:
        return "Every certificate is published as revoked."
    return "Not every certificate is published as revoked."


def _counts(counts: dict[str, int]) -> Iterator[str]:
    for name, number in counts.items():
        yield f"<tr><th>{_text(name)}</th><td>{number:,}</td></tr>"


def _timeline(found: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the first and the last time of each step, and the number of certificates that reached it."""
    yield "<tr><th>Step</th><th>First</th><th>Last</th><th>Certificates</th></tr>"
    for name, step in _TIMELINE.items():
        times = sorted(row[name] for row in found if row.get(name) and _counts_for(name, row))
        first, last = (times[0], times[-1]) if times else ("", "")
        cells = (step, first, last, f"{len(times):,} of {len(found):,}")
        yield f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"


def _counts_for(name: str, row: dict[str, Any]) -> bool:
    """Return whether a row's time counts for a step: the update of a source only counts if it says `revoked`."""
    kind = name.partition("_")[0]
    return kind not in ("crl", "ocsp") or row.get(f"{kind}_says") == "revoked"


def _headers() -> Iterator[str]:
    for title in _COLUMNS.values():
        yield f'<th><button type="button">{_text(title)}</button></th>'


def _row(row: dict[str, Any]) -> str:
    cells = "".join(f"<td>{_cell(name, row)}</td>" for name in _COLUMNS)
    return f'<tr class="{"yes" if row["published"] == "revoked" else "no"}">{cells}</tr>'


def _cell(name: str, row: dict[str, Any]) -> str:
    shown = _text(row.get(name))
    if not name.endswith("_says"):
        return shown
    kind = name.removesuffix("_says")
    when, sha256 = row.get(f"{kind}_this_update"), row.get(f"{kind}_sha256")
    said = f'<a href="#{_text(sha256)}">{shown}</a>' if sha256 else shown
    return f"{said} as of {_text(when)}" if when else said


def _answers(answers: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "<tr><th>Kind</th><th>Bytes</th><th>SHA-256</th><th>File</th></tr>"
    for sha256, answer in answers.items():
        media, ending = _MEDIA[answer["kind"]]
        file = "too large to attach"
        if answer["base64"] is not None:
            source = f"data:{media};base64,{answer['base64']}"
            file = f'<a download="{_text(sha256[:16])}.{ending}" href="{_text(source)}">download</a>'
        cells = f"<td>{_text(answer['kind'])}</td><td>{answer['bytes']:,}</td><td>{_text(sha256)}</td><td>{file}</td>"
        yield f'<tr id="{_text(sha256)}">{cells}</tr>'


def _text(value: object) -> str:
    """Return a value escaped for HTML text, or for a quoted attribute."""
    return "" if value is None else escape(printable(str(value), None))
