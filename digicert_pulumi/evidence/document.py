"""Convert evidence to plain data, the source of every output format."""

from __future__ import annotations

import base64
from collections import Counter
from typing import TYPE_CHECKING, Any

from digicert_pulumi.evidence.verdicts import Revoked, Unknown, Unverified, Verdict, moment
from digicert_pulumi.runtime.masking import masked

if TYPE_CHECKING:
    from datetime import datetime

    from digicert_pulumi.evidence.proof import Evidence, Proof
    from digicert_pulumi.evidence.published import Source
    from digicert_pulumi.evidence.subjects import Case

WORDS = ("revoked", "good", "unknown", "could not be verified")
"""The possible verdicts on a certificate."""

LARGEST_ATTACHED = 64 * 2**10
"""Maximum size of an attached answer, in bytes. For larger ones, only the hash is included."""


def document(evidence: Evidence) -> dict[str, Any]:
    """Return all the evidence as JSON values."""
    proofs: dict[int, list[dict[str, Any]]] = {}
    for each in evidence.proofs:
        proofs.setdefault(id(each.case), []).append(certificate(each))
    found: dict[str, Any] = masked(
        {
            "made_at": moment(evidence.made_at),
            "is_complete": evidence.is_complete,
            "counts": counts(evidence),
            "revocations": [revocation(each, proofs.get(id(each), [])) for each in evidence.cases],
            "answers": answers(evidence),
        }
    )
    return found


def counts(evidence: Evidence) -> dict[str, int]:
    """Return the number of certificates with each verdict, of expired certificates, and of problems."""
    words = Counter(each.verdict.word for each in evidence.proofs)
    return {
        "revocations": len(evidence.cases),
        "certificates": len(evidence.proofs),
        **{word: words[word] for word in WORDS},
        "expired": sum(each.expired_at is not None for each in evidence.proofs),
        "problems": sum(len(each.problems) for each in evidence.cases),
    }


def revocation(case: Case, certificates: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a revocation with its certificates."""
    asked = case.asked
    return {
        "order_id": case.claim.order_id,
        "order_status": case.status,
        "request_id": asked.request_id,
        "request_status": asked.status,
        "requested_at": asked.date,
        "requester": asked.requester,
        "comments": asked.comments,
        "revocation_reason": asked.reason,
        "processor": asked.processor,
        "processor_comment": asked.processor_comment,
        "decided_at": asked.date_processed,
        "request_note": asked.note,
        "problems": list(case.problems),
        "certificates": certificates,
    }


def certificate(proof: Proof) -> dict[str, Any]:
    """Return the published status of a certificate."""
    return {
        "certificate_id": proof.subject.certificate_id,
        "role": proof.subject.role,
        "serial_number": proof.subject.serial_number,
        "common_name": proof.subject.common_name,
        "published": proof.verdict.word,
        "why": why(proof.verdict),
        "expired_at": _moment(proof.expired_at),
        "looked_at": moment(proof.looked_at),
        "crl": source(proof, "CRL"),
        "ocsp": source(proof, "OCSP"),
    }


def source(proof: Proof, kind: str) -> dict[str, Any] | None:
    """Return the answer of a kind of source; None if the certificate doesn't name one."""
    for each in proof.sources:
        if each.kind == kind:
            return _source(each)
    return None


def _source(each: Source) -> dict[str, Any]:
    answer = each.answer
    revoked = answer.verdict if isinstance(answer.verdict, Revoked) else None
    return {
        "url": each.url,
        "says": answer.verdict.word,
        "why": why(answer.verdict),
        "revoked_at": _moment(revoked.date if revoked else None),
        "reason": revoked.reason if revoked else None,
        "this_update": _moment(answer.this_update),
        "next_update": _moment(answer.next_update),
        "produced_at": _moment(answer.produced_at),
        "crl_number": answer.number,
        "sha256": each.sha256,
    }


def answers(evidence: Evidence) -> dict[str, dict[str, Any]]:
    """Return the raw answers, by their SHA-256. For large ones, only the size is included."""
    found: dict[str, dict[str, Any]] = {}
    for proof in evidence.proofs:
        for each in proof.sources:
            if each.raw is None or each.sha256 is None:
                continue
            content = base64.b64encode(each.raw).decode() if len(each.raw) <= LARGEST_ATTACHED else None
            found[each.sha256] = {"kind": each.kind, "bytes": len(each.raw), "base64": content}
    return found


def why(verdict: Verdict) -> str:
    """Return why a verdict is unknown or unverified; empty otherwise."""
    return verdict.why if isinstance(verdict, (Unknown, Unverified)) else ""


def _moment(when: datetime | None) -> str | None:
    return None if when is None else moment(when)
