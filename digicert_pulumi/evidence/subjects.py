"""Read the certificates of a revocation from CertCentral, and who requested and decided it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.certcentral import CertCentralError, Interrupted, Request, SubmittedRequest
from digicert_pulumi.orders import serial_number as serial
from digicert_pulumi.orders.certificates import (
    NEVER_ISSUED,
    CertificateNotFoundError,
    is_the_same,
    locate,
    siblings,
)
from digicert_pulumi.orders.names import words
from digicert_pulumi.revoking.requests import adoptable_request, revoke_requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digicert_pulumi.certcentral import Certificate, Client, Order, OrderRequest
    from digicert_pulumi.certcentral.models import Requester
    from digicert_pulumi.orders.certificates import Located


@dataclass(frozen=True)
class Claim:
    """A revocation to prove.

    Attributes:
        order_id: The order; None if only the certificate is known.
        certificate_id: The certificate, if only this certificate is to be revoked.
        comments: The comments in the state or the file; empty if there are none.
        reason: The revocation reason in the state or the file; empty if there is none.
        request_id: The request that the state or the report names; None if they don't name one.
    """

    order_id: int | None
    certificate_id: int | None = None
    comments: str = ""
    reason: str = ""
    request_id: int | None = None


@dataclass(frozen=True)
class Asked:
    """Who requested a revocation, when and why, and who decided. Unknown texts are empty.

    Attributes:
        request_id: The request; None if there is none.
        note: What to know about the request, or why none is shown.
    """

    request_id: int | None = None
    status: str = ""
    date: str = ""
    requester: str = ""
    comments: str = ""
    reason: str = ""
    processor: str = ""
    processor_comment: str = ""
    date_processed: str = ""
    note: str = ""


@dataclass(frozen=True)
class Subject:
    """A revoked certificate.

    Attributes:
        role: `primary`, `reissue` or `duplicate`.
    """

    certificate_id: int | None
    role: str
    serial_number: str | None
    thumbprint: str | None
    common_name: str


@dataclass(frozen=True)
class Case:
    """A revocation to prove, with what CertCentral reports about it.

    Attributes:
        claim: The revocation, with its order if that could be read.
        status: The order's status in CertCentral; empty if the order can't be read.
        asked: Who requested and who decided.
        subjects: Its certificates.
        problems: What couldn't be read. The evidence is incomplete if there is any.
    """

    claim: Claim
    status: str = ""
    asked: Asked = Asked(note="its request wasn't read")
    subjects: tuple[Subject, ...] = ()
    problems: tuple[str, ...] = ()


def case(client: Client, claim: Claim) -> Case:
    """Read a revocation from CertCentral.

    Raises:
        CertCentralError: The order can't be read.
    """
    if claim.order_id is None or claim.certificate_id is not None:
        return _single(client, claim)
    order = client.get_order(claim.order_id)
    others = siblings(client, order, hinted=False)
    listed = [
        ("primary", order.certificate),
        *(("reissue", each) for each in others.reissues),
        *(("duplicate", each) for each in others.duplicates),
    ]
    subjects = tuple(_distinct(listed, order.status))
    problems = () if subjects else (f"order {claim.order_id} holds no issued certificates",)
    asked, unread = _asked(client, order, claim)
    return Case(claim, order.status, asked, subjects, (*others.unread, *problems, *unread))


def _single(client: Client, claim: Claim) -> Case:
    """Read the revocation of a single certificate, which is found as a `CertificateRevocation` finds it."""
    try:
        located = locate(
            client, order_id=claim.order_id, certificate_id=claim.certificate_id, serial_number=None
        )
    except CertificateNotFoundError as error:
        return Case(claim, problems=(error.cause,))
    claim = replace(claim, order_id=located.order.id)
    asked, unread = _asked(client, located.order, claim)
    return Case(claim, located.order.status, asked, (_subject(_role(located), located.certificate),), unread)


def _role(located: Located) -> str:
    others = located.siblings
    if others is None or is_the_same(located.certificate, located.order.certificate):
        return "primary"
    return "reissue" if located.certificate in others.reissues else "duplicate"


def _distinct(listed: list[tuple[str, Certificate]], status: str) -> Iterator[Subject]:
    """Yield each issued certificate once. Lists repeat the primary one, with a different id or without an id."""
    seen: set[str] = set()
    for role, each in listed:
        subject = _subject(role, each)
        if subject.serial_number is None:
            if (each.status or status) not in NEVER_ISSUED:
                yield subject
        elif subject.serial_number not in seen:
            seen.add(subject.serial_number)
            yield subject


def _subject(role: str, certificate: Certificate) -> Subject:
    number = certificate.serial_number
    return Subject(
        certificate.id,
        role,
        None if number is None else _canonical(number),
        certificate.thumbprint,
        certificate.common_name or "",
    )


def _canonical(number: str) -> str:
    try:
        return serial.canonical(number)
    except ValueError:
        return number


def _asked(client: Client, order: Order, claim: Claim) -> tuple[Asked, tuple[str, ...]]:
    """Read who requested and who decided. Also return what couldn't be read."""
    shown, note = _request(order, claim)
    request = shown
    problems: tuple[str, ...] = ()
    if shown is not None:
        try:
            request = client.get_request(shown.id)
        except Interrupted:
            raise
        except CertCentralError as error:
            problems = (str(error),)
    return asked_of(request, claim, note), problems


def _request(order: Order, claim: Claim) -> tuple[OrderRequest | None, str]:
    """Return the request of a revocation, and what to know about it.

    It is the one that the state or the report names. Otherwise it is the order's, and for a single certificate the one
    with the declared comments: CertCentral doesn't report which certificate a request is for.
    """
    if claim.request_id is not None:
        known = next((each for each in order.requests if each.id == claim.request_id), None)
        named = f"request {claim.request_id}, which the state or the report names"
        return known, "" if known else f"{named}, isn't on order {order.id}"
    if claim.certificate_id is None or not revoke_requests(order):
        return adoptable_request(order), ""
    declared = words(claim.comments)
    mine = tuple(each for each in order.requests if declared and words(each.comments or "") == declared)
    note = "CertCentral doesn't say which certificate a request is for; only the comments were compared"
    return adoptable_request(msgspec.structs.replace(order, requests=mine)), note


def asked_of(request: OrderRequest | None, claim: Claim, note: str) -> Asked:
    """Return who requested and who decided, from the request; from the state if the request doesn't report it."""
    if request is None:
        return Asked(comments=claim.comments, reason=claim.reason, note=note)
    asked = Asked(
        request_id=request.id,
        status=request.status,
        date=request.date or "",
        requester=person(request.requester) if isinstance(request, SubmittedRequest) else "",
        comments=request.comments or claim.comments,
        reason=claim.reason,
        note=note,
    )
    if not isinstance(request, Request):
        return asked
    return replace(
        asked,
        processor=person(request.processor),
        processor_comment=request.processor_comment or "",
        date_processed=request.date_processed or "",
    )


def person(user: Requester | None) -> str:
    """Return the name and email of a user."""
    if user is None:
        return ""
    name = " ".join(filter(None, (user.first_name, user.last_name)))
    if user.email:
        return f"{name} <{user.email}>" if name else user.email
    return name or f"user {user.id}"
