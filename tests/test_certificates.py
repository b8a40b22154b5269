"""Finding a certificate: the one that is meant, or nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from support.orders import make_order

from digicert_pulumi.certcentral import Certificate, Order, OrderPage
from digicert_pulumi.certificates import SerialNumber, locate
from digicert_pulumi.failures import RefusedError
from digicert_pulumi.revocation import SingleCertificate

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Client

ORDER = 100000001


@dataclass
class Account:
    """One order with its lists."""

    primary: Certificate
    duplicates: tuple[Certificate, ...] = ()
    reissues: tuple[Certificate, ...] = ()
    filters: list[Any] = field(default_factory=list)

    def list_orders(self, *, filters: dict[str, object], limit: int) -> OrderPage:
        self.filters.append(filters)
        return OrderPage((self.get_order(ORDER),), 1, limit)

    def get_order(self, order_id: int) -> Order:
        return make_order(id=order_id, certificate=self.primary)

    def get_duplicates(self, _: int) -> tuple[Certificate, ...]:
        return self.duplicates

    def get_reissues(self, _: int) -> tuple[Certificate, ...]:
        return self.reissues

    @property
    def client(self) -> Client:
        return cast("Client", self)


def certificate(id_: int | None, serial_number: str | None = "0A", **changes: Any) -> Certificate:
    return Certificate(id=id_, serial_number=serial_number, **changes)


@pytest.mark.parametrize(
    "account",
    [
        Account(certificate(None)),
        Account(certificate(1, "0B"), duplicates=(certificate(None),)),
        Account(certificate(1, "0B"), reissues=(certificate(None), certificate(2))),
        Account(certificate(None), duplicates=(certificate(2),)),
    ],
    ids=["primary", "duplicate", "one of two", "the primary, and a copy with an id"],
)
def test_a_certificate_without_an_id_is_refused(account: Account) -> None:
    with pytest.raises(RefusedError, match=r"serial number 0A of order 100000001: .*id, without which"):
        locate(account.client, SerialNumber("0A"))


def test_of_all_that_have_the_serial_number_the_primary_one_is_meant() -> None:
    account = Account(certificate(1), (certificate(3),), (certificate(2),))
    located = locate(account.client, SerialNumber("0A"))
    assert (located.id, located.order.certificate) == (1, account.primary)
    assert located.identity == (SingleCertificate(1), ORDER)


def test_several_others_with_the_serial_number_are_refused_with_their_ids() -> None:
    account = Account(certificate(1, "0B"), (certificate(3),), (certificate(2),))
    with pytest.raises(RefusedError, match="the certificates 2 and 3 have it; nothing was sent"):
        locate(account.client, SerialNumber("0A"))
