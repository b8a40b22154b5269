"""The orders of the certificates that the rows of a file name.

A revocation of an order revokes all its certificates. So an order stands for a certificate only if it holds no other one
that is valid, unless the user wants whole orders.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.certcentral import OrderNotFound
from digicert_pulumi.finding.search import find
from digicert_pulumi.finding.wanted import Wanted, same_thumbprint
from digicert_pulumi.incident import files
from digicert_pulumi.incident.rows import Named, UnresolvedError
from digicert_pulumi.incident.words import told
from digicert_pulumi.orders import serial_number as serial
from digicert_pulumi.orders.certificates import (
    CertificateNotFoundError,
    Siblings,
    is_the_same,
    locate,
    siblings,
)
from digicert_pulumi.orders.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from digicert_pulumi.certcentral import Certificate, Client, Order

_YOUNG = 3600.0
"""Seconds for which a found order counts before it is read again: a duplicate may have been issued since."""

_DEAD = frozenset({"pending", "rejected", "revoked", "expired", "canceled"})
"""Statuses of certificates that a revocation of the order doesn't hit."""


class Resolved(msgspec.Struct, frozen=True):
    """The order of a certificate.

    Attributes:
        order_id: The order.
        certificate_id: The certificate; None where DigiCert tells none.
        others: The order's other certificates that are valid: the id, None where DigiCert tells none, and a name
            such as `duplicate 77`.
        unread: Why not all of them could be read; empty where they could.
        at: When that was read, in seconds of the wall clock.
    """

    order_id: int
    certificate_id: int | None
    others: list[tuple[int | None, str]]
    unread: str
    at: float


@dataclass
class Certificates:
    """The orders of certificates, as they were found, for every start of a run on this machine.

    Args:
        file: Where they are kept.
        say: Is told if that can't be read.
    """

    file: Path
    say: Callable[[str], None]
    _known: dict[Named, Resolved] = field(default_factory=dict)
    _problems: dict[Named, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what an earlier start found."""
        kept = files.load(self.file, list[tuple[Named, Resolved]], self.say) or []
        self._known = dict(kept)

    def find(
        self, client: Client, named: Iterable[Named], note: Callable[[int, int], None] = lambda _, __: None
    ) -> None:
        """Find the orders of certificates that were not found in the last hour.

        Raises:
            CertCentralError: DigiCert can't be asked.
        """
        oldest = time.time() - _YOUNG
        left = [
            each for each in dict.fromkeys(named) if each not in self._known or self._known[each].at < oldest
        ]
        for number, each in enumerate(left, 1):
            try:
                self._known[each] = _resolve(client, each)
                self._problems.pop(each, None)
            except UnresolvedError as error:
                self._known.pop(each, None)
                self._problems[each] = str(error)
            finally:
                if number == len(left) or number % 100 == 0:
                    self._keep()
            note(number, len(left))

    def order_of(self, named: Named) -> int:
        """Return the order of a certificate, as it was found.

        Raises:
            UnresolvedError: None was.
        """
        if named not in self._known:
            again = "run `digicert-pulumi incident plan` first, which finds its order"
            raise UnresolvedError(self._problems.get(named) or f"{named}: {again}")
        return self._known[named].order_id

    def alone(self, all_named: Collection[Named]) -> Callable[[Named], int]:
        """Return what gives the order of a certificate, if it holds no other one that no row names.

        Args:
            all_named: The certificates of all rows.
        """
        there = {self._known[each].certificate_id for each in all_named if each in self._known}

        def order_of(named: Named) -> int:
            order_id = self.order_of(named)
            found = self._known[named]
            if found.unread:
                raise UnresolvedError(
                    f"{named}: {found.unread}, so its order may hold others; try again, or give --whole-orders"
                )
            others = [what for id_, what in found.others if id_ is None or id_ not in there]
            if others:
                raise UnresolvedError(
                    f"{named} is on order {order_id}, which also holds {_listed(others)}: a revocation of the order "
                    "revokes all; give --whole-orders if that is meant"
                )
            return order_id

        return order_of

    def _keep(self) -> None:
        files.write(self.file, msgspec.json.encode(list(self._known.items())).decode())


def _listed(others: list[str], most: int = 3) -> str:
    more = f" and {len(others) - most} more" if len(others) > most else ""
    return f"{', '.join(others[:most])}{more}"


def _resolve(client: Client, named: Named) -> Resolved:
    """Find the order of a certificate.

    Raises:
        UnresolvedError: There is none, or not for sure.
        CertCentralError: DigiCert can't be asked.
    """
    try:
        order, certificate, others = (
            _on_order(client, named)
            if named.order_id is not None or named.certificate_id is not None
            else _anywhere(client, named)
        )
    except (CertificateNotFoundError, OrderNotFound) as error:
        raise UnresolvedError(told(f"{named}: {error.cause}")) from None
    if not _is_it(named, certificate):
        raise UnresolvedError(f"{named}: order {order.id} holds it with another serial number or thumbprint")
    return Resolved(
        order.id,
        certificate.id,
        _alive(order, certificate, others),
        told(others.unread[0]) if others.unread else "",
        time.time(),
    )


def _anywhere(client: Client, named: Named) -> tuple[Order, Certificate, Siblings]:
    """Find a certificate by its serial number or thumbprint: with one call, if it is a primary one."""
    wanted = Wanted(str(named), serial_number=named.serial_number, sha1=named.thumbprint)
    result = find(client, [wanted], Selection())
    if not result.found:
        raise UnresolvedError(told(f"{named}: {result.missing[0].why.partition(';')[0]}"))
    found = result.found[0]
    return found.order, found.certificate, found.others


def _on_order(client: Client, named: Named) -> tuple[Order, Certificate, Siblings]:
    if named.serial_number or named.certificate_id is not None:
        located = locate(
            client,
            order_id=named.order_id,
            certificate_id=named.certificate_id,
            serial_number=None if named.certificate_id is not None else named.serial_number,
        )
        others = located.siblings or siblings(client, located.order)
        return located.order, located.certificate, others
    order = client.get_order(named.order_id or 0)
    others = siblings(client, order)
    for certificate in (order.certificate, *others.reissues, *others.duplicates):
        if _is_it(named, certificate):
            return order, certificate, others
    raise UnresolvedError(f"{named} is not on order {order.id}")


def _is_it(named: Named, certificate: Certificate) -> bool:
    return (
        (named.certificate_id is None or certificate.id == named.certificate_id)
        and (named.serial_number is None or serial.same(named.serial_number, certificate.serial_number))
        and (named.thumbprint is None or same_thumbprint(named.thumbprint, certificate.thumbprint))
    )


def _alive(order: Order, certificate: Certificate, others: Siblings) -> list[tuple[int | None, str]]:
    """Return the other certificates of an order that its revocation would revoke."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    found = [
        (each.id, f"{role} {each.id or each.serial_number or 'without an id'}")
        for role, listed in (
            ("reissue", others.reissues),
            ("duplicate", others.duplicates),
            ("primary certificate", (order.certificate,)),
        )
        for each in listed
        if each is not certificate
        and not is_the_same(each, certificate)
        and each.status not in _DEAD
        and (each.valid_till or "9999") >= today
    ]
    return list(dict.fromkeys(found))
