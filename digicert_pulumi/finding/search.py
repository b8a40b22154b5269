"""Find certificates: with one call if CertCentral can find them, else by comparing orders one by one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digicert_pulumi.certcentral import CertCentralError, Interrupted, OrderNotFound, UnexpectedAnswer
from digicert_pulumi.orders import serial_number as serial
from digicert_pulumi.orders.certificates import (
    NEVER_ISSUED,
    CertificateNotFoundError,
    Siblings,
    locate,
    siblings,
)
from digicert_pulumi.orders.selection import select
from digicert_pulumi.x509.files import contents, csr_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digicert_pulumi.certcentral import Certificate, Client, Order
    from digicert_pulumi.finding.wanted import Wanted
    from digicert_pulumi.orders.selection import Selection
    from digicert_pulumi.x509.identity import Identity

_LONGEST_ID = 16
"""The largest number of digits of an order's id. CertCentral could read a decimal number as short as that as an order's id."""

_MOST_ORDERS = 1_000_000
"""The largest number of orders that are compared one by one."""


@dataclass(frozen=True)
class Found:
    """A certificate that matches.

    Attributes:
        wanted: The search that it matches.
        order: Its order, with the primary certificate.
        certificate: The certificate.
        role: `primary`, or `duplicate or reissue`.
        others: The other certificates of the order.
    """

    wanted: Wanted
    order: Order
    certificate: Certificate
    role: str
    others: Siblings


@dataclass(frozen=True)
class Missing:
    """A search without a match.

    Attributes:
        wanted: The search.
        why: The reason, in one line.
        may_be_unlisted: Whether a search of all certificates may still find it, as a duplicate or an earlier certificate.
    """

    wanted: Wanted
    why: str
    may_be_unlisted: bool = False


@dataclass
class Result:
    """The result of the searches.

    Attributes:
        found: The certificates that match.
        missing: The searches without a match.
        not_compared: The orders of which at least one certificate could not be compared, with the reason.
    """

    found: list[Found] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    not_compared: dict[int, str] = field(default_factory=dict)


def find(
    client: Client,
    wanted: Sequence[Wanted],
    selection: Selection,
    *,
    all_certificates: bool = False,
    note: Callable[[int, int], None] = lambda _, __: None,
    report: Callable[[str], None] = lambda _: None,
) -> Result:
    """Find certificates and their orders. Sends nothing but GET.

    A serial number or SHA-1 thumbprint of a primary certificate costs one call. A key is compared with the CSR of each
    selected order, or with its certificate if there is no CSR, which costs a call for each order. A SHA-256 thumbprint is
    compared with the certificates, which costs two.

    Args:
        client: The CertCentral client.
        wanted: The certificates and keys to find.
        selection: The orders that are compared one by one.
        all_certificates: Whether to compare what CertCentral doesn't find with each selected order, like a key, and also
            with its duplicates and reissues.
        note: Receives the number of completed steps and their total.
        report: Receives notices for the user, one line each.

    Raises:
        TooManyError: The selection matches too many orders.
        NotWholeError: DigiCert's list of orders is incomplete.
        CertCentralError: DigiCert can't be reached, or refuses a call.
    """
    result = Result()
    direct = [each for each in wanted if not each.is_unknown_to_lists]
    for number, each in enumerate(direct, 1):
        _find_directly(client, each, result)
        note(number, len(direct))
    compared = [each for each in wanted if each.is_unknown_to_lists]
    if all_certificates:
        compared += [each.wanted for each in result.missing]
        result.missing = []
    if compared:
        _Comparison(client, compared, result).run(selection, note, report)
    return result


def _find_directly(client: Client, wanted: Wanted, result: Result) -> None:
    order = _by_primary(client, wanted)
    if order:
        others = siblings(client, order)
        result.found.append(Found(wanted, order, order.certificate, "primary", others))
        return
    if wanted.serial_number is None:
        why = "no order has a primary certificate with this thumbprint"
        result.missing.append(Missing(wanted, why, may_be_unlisted=True))
        return
    try:
        located = locate(client, order_id=None, certificate_id=None, serial_number=wanted.serial_number)
    except CertificateNotFoundError as error:
        result.missing.append(Missing(wanted, error.cause, may_be_unlisted=True))
        return
    if not wanted.matches(located.certificate):
        why = (
            f"order {located.order.id} has a certificate with this serial number, but with another thumbprint"
        )
        result.missing.append(Missing(wanted, why))
        return
    order = client.get_order(located.order.id)
    others = located.siblings or siblings(client, order)
    role = "primary" if wanted.matches(order.certificate) else "duplicate or reissue"
    result.found.append(Found(wanted, order, located.certificate, role, others))


def _by_primary(client: Client, wanted: Wanted) -> Order | None:
    """Find the order with this primary certificate, with one call."""
    identifier = wanted.identifier
    if not identifier or (identifier.isdecimal() and len(identifier) <= _LONGEST_ID):
        return None
    order = client.find_order(identifier)
    return order if order and wanted.matches(order.certificate) else None


class _Comparison:
    """Compares the certificates of orders with what CertCentral can't find itself.

    Args:
        client: The CertCentral client.
        wanted: The certificates and keys to find.
        result: Receives the matches, and the searches without one.
    """

    def __init__(self, client: Client, wanted: Sequence[Wanted], result: Result) -> None:
        self._client = client
        self._wanted = wanted
        self._result = result
        self._needs_key = any(each.key for each in wanted)
        self._needs_sha256 = any(each.sha256 for each in wanted)

    def run(
        self, selection: Selection, note: Callable[[int, int], None], report: Callable[[str], None]
    ) -> None:
        """Compare the selected orders one by one."""
        selected = select(self._client, selection, _MOST_ORDERS, report)
        orders = [order.id for order in selected if order.status not in NEVER_ISSUED]
        calls = len(orders) * (2 if self._needs_sha256 else 1)
        report(f"comparing all the certificates of {len(orders):,} orders: at least {calls:,} calls")
        for number, order_id in enumerate(orders, 1):
            self._compare(order_id)
            note(number, len(orders))
        matched = {found.wanted for found in self._result.found}
        self._result.missing += [
            Missing(each, f"none of the {len(orders):,} compared orders has it")
            for each in self._wanted
            if each not in matched
        ]

    def _compare(self, order_id: int) -> None:
        order = self._read(order_id)
        if order is None:
            return
        others = siblings(self._client, order)
        if others.unread:
            self._result.not_compared[order_id] = others.unread[0]
        seen: set[int | None] = set()
        for place, certificate in enumerate((order.certificate, *others.duplicates, *others.reissues)):
            if certificate.id is None or certificate.id not in seen:
                seen.add(certificate.id)
                role = "duplicate or reissue" if place else "primary"
                self._match(Found(self._wanted[0], order, certificate, role, others))

    def _read(self, order_id: int) -> Order | None:
        """Read an order; None if that fails only for this order."""
        try:
            return self._client.get_order(order_id)
        except Interrupted:
            raise
        except CertCentralError as error:
            if error.transient or not isinstance(error, OrderNotFound | UnexpectedAnswer):
                raise
            self._result.not_compared[order_id] = error.cause
        return None

    def _match(self, found: Found) -> None:
        certificate = found.certificate
        key = csr_key(certificate.csr) if self._needs_key else None
        sha256 = None
        if self._needs_sha256 or (self._needs_key and key is None):
            shown = self._download(found)
            key, sha256 = (shown.key, shown.sha256) if shown else (key, None)
        matching = [each for each in self._wanted if each.matches(certificate, key, sha256)]
        self._result.found += [replace(found, wanted=each) for each in matching]

    def _download(self, found: Found) -> Identity | None:
        """Download a certificate; None if that fails only for this certificate."""
        certificate = found.certificate
        if certificate.id is None:
            if certificate.serial_number:
                self._skip(found, "CertCentral does not return its id")
            return None
        try:
            pem = self._client.get_certificates_in_pem(certificate.id, order_id=found.order.id)
        except Interrupted:
            raise
        except CertCentralError as error:
            if error.transient:
                raise
            self._skip(found, error.cause)
            return None
        # The first certificate of the file; its chain follows.
        shown = next(iter(contents(pem.encode()).certificates), None)
        if shown is None or not serial.same(shown.serial_number, certificate.serial_number):
            self._skip(found, "CertCentral returned another certificate")
            return None
        return shown

    def _skip(self, found: Found, why: str) -> None:
        self._result.not_compared[found.order.id] = f"its {found.role} certificate: {why}"
