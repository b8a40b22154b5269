"""Find the orders of the certificates that the rows of a file name.

Revoking an order revokes all its certificates. So a certificate's order is used only if it holds no other valid
certificate, unless the user sets `--whole-orders`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from digicert_pulumi.certcentral import OrderNotFound
from digicert_pulumi.finding.search import find
from digicert_pulumi.finding.wanted import Wanted, same_thumbprint
from digicert_pulumi.incident import run_files
from digicert_pulumi.incident.rows import Named, UnresolvedError
from digicert_pulumi.incident.words import listed, told
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

_STALE_SECONDS = 3600.0
"""Seconds after which a cached order is stale: a duplicate may have been issued since."""

_UNAFFECTED = frozenset({"pending", "rejected", "revoked", "expired", "canceled"})
"""Statuses of certificates that a revocation of the order doesn't affect."""


class Resolved(msgspec.Struct, frozen=True):
    """The order of a certificate.

    Attributes:
        order_id: The order.
        certificate_id: The certificate; None if CertCentral doesn't report its id.
        others: The order's other valid certificates: the id (None if CertCentral doesn't report it), and a name such as
            `duplicate 77`.
        unread: Why some of the other certificates couldn't be read; empty if all were read.
        at: When the order was read, in seconds of the wall clock.
    """

    order_id: int
    certificate_id: int | None
    others: list[tuple[int | None, str]]
    unread: str
    at: float


@dataclass
class Certificates:
    """Cache of the orders of certificates, shared by all starts of a run on this machine.

    Args:
        file: The file that stores it.
        say: Receives a warning if the file can't be read.
    """

    file: Path
    say: Callable[[str], None]
    _known: dict[Named, Resolved] = field(default_factory=dict)
    _problems: dict[Named, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Load the cache of an earlier start."""
        kept = run_files.load(self.file, list[tuple[Named, Resolved]], self.say) or []
        self._known = dict(kept)

    def find(
        self, client: Client, named: Iterable[Named], note: Callable[[int, int], None] = lambda _, __: None
    ) -> None:
        """Find the orders of the certificates whose cache entries are missing or stale.

        Args:
            client: The account.
            named: The certificates.
            note: Receives the number of certificates that are done, and of all.

        Raises:
            CertCentralError: A call fails.
        """
        oldest = time.time() - _STALE_SECONDS
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
        """Return the cached order of a certificate.

        Raises:
            UnresolvedError: There is none.
        """
        if named not in self._known:
            remedy = "its order is not known yet; run `digicert-pulumi incident plan` first, which finds it"
            raise UnresolvedError(self._problems.get(named) or f"{named}: {remedy}")
        return self._known[named].order_id

    def exclusive_order_of(self, all_named: Collection[Named]) -> Callable[[Named], int]:
        """Return a function like `order_of` that also rejects orders with other certificates.

        Args:
            all_named: The certificates of all rows. An order may hold these.
        """
        in_file = {self._known[each].certificate_id for each in all_named if each in self._known}

        def order_of(named: Named) -> int:
            order_id = self.order_of(named)
            found = self._known[named]
            if found.unread:
                raise UnresolvedError(
                    f"{named}: {found.unread}, so its order may hold other certificates; try again, or set "
                    "--whole-orders to revoke the order anyway"
                )
            others = [name for id_, name in found.others if id_ is None or id_ not in in_file]
            if others:
                raise UnresolvedError(
                    f"{named} is on order {order_id}, which also holds {listed(others, 3)}; revoking the order revokes "
                    "all of them; set --whole-orders to do that"
                )
            return order_id

        return order_of

    def _keep(self) -> None:
        run_files.write(self.file, msgspec.json.encode(list(self._known.items())).decode())


def _resolve(client: Client, named: Named) -> Resolved:
    """Find the order of a certificate.

    Raises:
        UnresolvedError: There is none, or several may match.
        CertCentralError: A call fails.
    """
    try:
        order, certificate, others = (
            _on_order(client, named)
            if named.order_id is not None or named.certificate_id is not None
            else _search(client, named)
        )
    except CertificateNotFoundError as error:
        raise UnresolvedError(told(f"{named}: {error.cause}; {error.remedy}")) from None
    except OrderNotFound as error:
        raise UnresolvedError(told(f"{named}: {error.cause}")) from None
    if not _is_it(named, certificate):
        raise UnresolvedError(
            f"{named}: on order {order.id}, it has a different serial number or thumbprint than the row"
        )
    return Resolved(
        order.id,
        certificate.id,
        _other_valid(order, certificate, others),
        told(others.unread[0]) if others.unread else "",
        time.time(),
    )


def _search(client: Client, named: Named) -> tuple[Order, Certificate, Siblings]:
    """Find a certificate by its serial number or thumbprint. A primary certificate costs one call."""
    wanted = Wanted(str(named), serial_number=named.serial_number, sha1=named.thumbprint)
    result = find(client, [wanted], Selection())
    if not result.found:
        missing = result.missing[0]
        remedy = "; for a duplicate or a reissue give its order_id" if missing.may_be_unlisted else ""
        raise UnresolvedError(told(f"{named}: {missing.why}{remedy}"))
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


def _other_valid(order: Order, certificate: Certificate, others: Siblings) -> list[tuple[int | None, str]]:
    """Return the other valid certificates of an order, which its revocation would also revoke."""
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
        and each.status not in _UNAFFECTED
        and (each.valid_till or "9999") >= today
    ]
    return list(dict.fromkeys(found))
