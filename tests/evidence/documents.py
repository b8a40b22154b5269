"""Evidence of a few certificates, made by the code itself from a small authority's answers."""

from __future__ import annotations

from typing import Any

from cryptography.x509 import ocsp
from support.authority import NOW, Authority, Entry

from digicert_pulumi.evidence.document import document
from digicert_pulumi.evidence.proof import Evidence, Proof
from digicert_pulumi.evidence.published import Publications
from digicert_pulumi.evidence.subjects import Asked, Case, Claim, Subject

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
"""What somebody else could write into a comment."""

ISSUER = Authority()
LEAVES = {1: ISSUER.issue(0x1111), 2: ISSUER.issue(0x2222), 3: ISSUER.issue(0x3333)}
REVOKED = (1, 2)


class Publisher:
    """Publishes what the authority signs."""

    def crl(self, url: str) -> bytes:
        assert url
        return ISSUER.crl(*(Entry(LEAVES[each].serial_number) for each in REVOKED))

    def ocsp(self, url: str, question: bytes) -> bytes:
        assert url
        asked = ocsp.load_der_ocsp_request(question).serial_number
        [order] = [each for each, leaf in LEAVES.items() if leaf.serial_number == asked]
        status = ocsp.OCSPCertStatus.REVOKED if order in REVOKED else ocsp.OCSPCertStatus.GOOD
        return ISSUER.ocsp(LEAVES[order], status)


def evidence(*orders: int) -> Evidence:
    publications = Publications(Publisher(), lambda: NOW)
    proofs = []
    for order in orders:
        subject = Subject(
            order, "primary", f"{LEAVES[order].serial_number:X}", None, f"www{order}.example.com"
        )
        asked = Asked(
            100 + order,
            "approved",
            f"2026-06-0{order}T10:00:00+00:00",
            "Uma Example <user@example.com>",
            HOSTILE,
            "keyCompromise",
            "Ada Example <admin@example.com>",
            "=1+1",
            f"2026-06-0{order}T11:00:00+00:00",
        )
        case = Case(Claim(order), "revoked", asked, (subject,))
        sources = publications.of(LEAVES[order], [ISSUER.certificate])
        proofs.append(Proof(case, subject, (LEAVES[order], ISSUER.certificate), NOW, sources))
    return Evidence(tuple(each.case for each in proofs), tuple(proofs), NOW)


def made(*orders: int) -> dict[str, Any]:
    return document(evidence(*orders))
