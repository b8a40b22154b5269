"""Read the certificates of a revocation from CertCentral, and who requested and decided it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Interrupted, Request, SubmittedRequest
from digicert_pulumi.orders import serial_number as serial
from digicert_pulumi.orders.certificates import NEVER_ISSUED, siblings
from digicert_pulumi.revoking.requests import current_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digicert_pulumi.certcentral import Certificate, Client, Order, OrderRequest
    from digicert_pulumi.certcentral.models import Requester


@dataclass(frozen=True)
class Claim:
    """A revocation to prove.

    Attributes:
        order_id: The order.
        certificate_id: The certificate, if only this certificate is to be revoked.
        comments: The comments in the state or the file; empty if there are none.
        reason: The revocation reason in the state or the file; empty if there is none.
    """

    order_id: int
    certificate_id: int | None = None
    comments: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Asked:
    """Who requested a revocation, when and why, and who decided. Unknown texts are empty.

    Attributes:
        request_id: The request; None if there is none.
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
        claim: The revocation.
        status: The order's status in CertCentral; empty if the order can't be read.
        asked: Who requested and who decided.
        subjects: Its certificates.
        problems: What couldn't be read. The evidence is incomplete if there is any.
    """

    claim: Claim
    status: str = ""
    asked: Asked = field(default_factory=Asked)
    subjects: tuple[Subject, ...] = ()
    problems: tuple[str, ...] = ()


def case(client: Client, claim: Claim) -> Case:
    """Read a revocation from CertCentral.

    Raises:
        CertCentralError: The order can't be read.
    """
    order = client.get_order(claim.order_id)
    others = siblings(client, order, hinted=False)
    listed = [
        ("primary", order.certificate),
        *(("reissue", each) for each in others.reissues),
        *(("duplicate", each) for each in others.duplicates),
    ]
    subjects = tuple(_distinct(listed, order.status))
    problems = list(others.unread)
    if claim.certificate_id is not None:
        subjects = tuple(each for each in subjects if each.certificate_id == claim.certificate_id)
        if subjects:
            problems = []
        else:
            problems.append(f"certificate {claim.certificate_id} isn't on order {claim.order_id}")
    elif not subjects:
        problems.append(f"order {claim.order_id} holds no issued certificates")
    asked, unread = _asked(client, order, claim)
    return Case(claim, order.status, asked, subjects, (*problems, *unread))


def _distinct(listed: list[tuple[str, Certificate]], status: str) -> Iterator[Subject]:
    """Yield each issued certificate once. Lists repeat the primary one, with a different id or without an id."""
    seen: set[str] = set()
    for role, each in listed:
        if each.serial_number is None:
            if (each.status or status) not in NEVER_ISSUED:
                yield Subject(each.id, role, None, each.thumbprint, each.common_name or "")
            continue
        number = _canonical(each.serial_number)
        if number in seen:
            continue
        seen.add(number)
        yield Subject(each.id, role, number, each.thumbprint, each.common_name or "")


def _canonical(number: str) -> str:
    try:
        return serial.canonical(number)
    except ValueError:
        return number


def _asked(client: Client, order: Order, claim: Claim) -> tuple[Asked, tuple[str, ...]]:
    """Read who requested and who decided. Also return what couldn't be read."""
    shown = current_request(order)
    request: OrderRequest | None = shown
    problems: tuple[str, ...] = ()
    if shown is not None:
        try:
            request = client.get_request(shown.id)
        except Interrupted:
            raise
        except CertCentralError as error:
            problems = (str(error),)
    return asked_of(request, claim), problems


def asked_of(request: OrderRequest | None, claim: Claim) -> Asked:
    """Return who requested and who decided, from the request; from the state if the request doesn't report it."""
    if request is None:
        return Asked(comments=claim.comments, reason=claim.reason)
    asked = Asked(
        request_id=request.id,
        status=request.status,
        date=request.date or "",
        requester=person(request.requester) if isinstance(request, SubmittedRequest) else "",
        comments=request.comments or claim.comments,
        reason=claim.reason,
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
