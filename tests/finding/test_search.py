"""A key is compared with the requests (CSR) of all that a filter leaves, and what can't be compared is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from support.digicert import DigiCert, client
from support.orders import make_order
from support.virtual_time import VirtualTime
from support.x509_files import new_certificate, new_csr, new_key, pem

from digicert_pulumi.certcentral import Certificate, NotFound, OrderPage
from digicert_pulumi.finding.search import find
from digicert_pulumi.finding.wanted import Wanted, by_thumbprint
from digicert_pulumi.orders.selection import Selection
from digicert_pulumi.x509.identity import identity, key_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography import x509

    from digicert_pulumi.finding.search import Result

LEAKED = new_key()
WANTED = Wanted("the key", key=key_digest(LEAKED.public_key()))


class Account(DigiCert):
    """An account whose list of orders takes filters."""

    duplicates: dict[int, Certificate]
    pems: dict[int, str]

    def list_orders(
        self, offset: int = 0, *, sort: str | None = None, filters: Mapping[str, object] | None = None
    ) -> OrderPage:
        del filters  # DigiCert is known to have ignored them
        return super().list_orders(offset, sort=sort)

    def get_certificates_in_pem(self, certificate_id: int, *, order_id: int) -> str:
        self._count("get_certificates_in_pem")
        if certificate_id not in self.pems:
            raise NotFound("there is nothing at this address", order_id=order_id)
        return self.pems[certificate_id]

    def get_duplicates(self, order_id: int) -> tuple[Certificate, ...]:
        self._count("get_duplicates")
        return (self.duplicates[order_id],) if order_id in self.duplicates else ()


def account() -> Account:
    digicert = Account(VirtualTime())
    digicert.duplicates = {}
    digicert.pems = {}
    return digicert


def add(
    of: Account,
    order_id: int,
    csr: str | None,
    status: str = "issued",
    shows: x509.Certificate | None = None,
) -> None:
    order = make_order(id=order_id, status=status)
    certificate = replace(order.certificate, id=order_id + 1000, csr=csr)
    if shows:
        certificate = replace(certificate, serial_number=identity(shows).serial_number)
        of.pems[order_id + 1000] = pem(shows).decode()
    of.orders[order_id] = replace(order, certificate=certificate)


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


def test_a_key_that_no_order_has_is_missing() -> None:
    digicert = account()
    add(digicert, 1, csr("another"))
    result, _ = look(digicert)
    assert not result.found
    assert [missing.wanted for missing in result.missing] == [WANTED]


def test_without_a_readable_request_the_certificate_itself_is_compared() -> None:
    digicert = account()
    add(digicert, 1, None, shows=new_certificate(LEAKED))
    broken = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB...\n-----END CERTIFICATE REQUEST-----"
    add(digicert, 2, broken, shows=new_certificate(LEAKED))
    add(digicert, 3, None)
    add(digicert, 4, None, shows=new_certificate(LEAKED))
    digicert.pems[1004] = pem(new_certificate(LEAKED)).decode()  # of another serial number
    result, _ = look(digicert)
    assert [found.order.id for found in result.found] == [1, 2]
    assert result.not_compared == {
        3: "its primary certificate: there is nothing at this address",
        4: "its primary certificate: CertCentral returned another certificate",
    }


def test_a_sha_256_thumbprint_is_compared_with_the_certificates() -> None:
    digicert = account()
    certificate = new_certificate(LEAKED)
    add(digicert, 1, csr(), shows=certificate)
    add(digicert, 2, csr(), shows=new_certificate(LEAKED))
    result, said = look(digicert, by_thumbprint(identity(certificate).sha256.lower()))
    assert [found.order.id for found in result.found] == [1]
    assert said == ["comparing all the certificates of 2 orders: at least 4 calls"]


def test_two_keys_are_compared_in_one_pass() -> None:
    digicert = account()
    add(digicert, 1, csr())
    result, _ = look(digicert, WANTED, Wanted("the same key", key=WANTED.key))
    assert [found.wanted.name for found in result.found] == ["the key", "the same key"]
    assert digicert.calls["get_order"] == 1
