"""A key is compared with the requests (CSR) of all that a filter leaves, and what can't be compared is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from support.digicert import DigiCert, client
from support.orders import make_order
from support.virtual_time import VirtualTime
from support.x509_files import new_csr, new_key, pem

from digicert_pulumi.certcentral import Certificate, OrderPage
from digicert_pulumi.finding.search import find
from digicert_pulumi.finding.wanted import Wanted
from digicert_pulumi.orders.selection import Selection
from digicert_pulumi.x509.identity import key_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digicert_pulumi.finding.search import Result

LEAKED = new_key()
WANTED = Wanted("the key", key=key_digest(LEAKED.public_key()))


class Account(DigiCert):
    """An account whose list of orders takes filters."""

    duplicates: dict[int, Certificate]

    def list_orders(
        self, offset: int = 0, *, sort: str | None = None, filters: Mapping[str, object] | None = None
    ) -> OrderPage:
        del filters  # DigiCert is known to have ignored them
        return super().list_orders(offset, sort=sort)

    def get_duplicates(self, order_id: int) -> tuple[Certificate, ...]:
        self._count("get_duplicates")
        return (self.duplicates[order_id],) if order_id in self.duplicates else ()


def account() -> Account:
    digicert = Account(VirtualTime())
    digicert.duplicates = {}
    return digicert


def add(of: Account, order_id: int, csr: str | None, status: str = "issued") -> None:
    order = make_order(id=order_id, status=status)
    of.orders[order_id] = replace(order, certificate=replace(order.certificate, id=order_id + 1000, csr=csr))


def csr(key: object = None) -> str:
    return pem(new_csr(LEAKED if key is None else new_key())).decode()


def look(of: Account, *wanted: Wanted) -> tuple[Result, list[str]]:
    said: list[str] = []
    return find(client(of), wanted or (WANTED,), Selection(), report=said.append), said


def test_a_key_finds_every_order_that_has_it_and_each_costs_a_call() -> None:
    digicert = account()
    for order_id in range(1, 11):
        add(digicert, order_id, csr(None if order_id in (3, 7) else "another"))
    add(digicert, 11, csr(), status="pending")
    result, said = look(digicert)
    assert [found.order.id for found in result.found] == [3, 7]
    assert {found.role for found in result.found} == {"primary"}
    assert not result.missing
    assert not result.not_compared
    assert digicert.calls["get_order"] == 10
    assert said == ["comparing all the certificates of 10 orders: at least 10 calls"]


def test_a_key_of_a_duplicate_is_found() -> None:
    digicert = account()
    add(digicert, 1, csr("another"))
    digicert.ask(1, "approved", "duplicate")
    digicert.duplicates[1] = Certificate(id=77, serial_number="0A", status="issued", csr=csr())
    result, _ = look(digicert)
    assert [(found.order.id, found.certificate.id, found.role) for found in result.found] == [
        (1, 77, "duplicate or reissue")
    ]


def test_a_key_that_no_order_has_is_missing_and_what_has_no_csr_is_told() -> None:
    digicert = account()
    add(digicert, 1, csr("another"))
    add(digicert, 2, None)
    add(digicert, 3, "-----BEGIN CERTIFICATE REQUEST-----\nMIIB...\n-----END CERTIFICATE REQUEST-----")
    result, _ = look(digicert)
    assert not result.found
    assert [missing.wanted for missing in result.missing] == [WANTED]
    assert result.not_compared.keys() == {2, 3}


def test_two_keys_are_compared_in_one_pass() -> None:
    digicert = account()
    add(digicert, 1, csr())
    result, _ = look(digicert, WANTED, Wanted("the same key", key=WANTED.key))
    assert [found.wanted.name for found in result.found] == ["the key", "the same key"]
    assert digicert.calls["get_order"] == 1
