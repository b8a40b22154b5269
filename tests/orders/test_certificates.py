"""Finding a single certificate: the right one, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace
from support.digicert import TroubleError
from support.orders import make_order, make_request

from digicert_pulumi.certcentral import Certificate, OrderPage, PartlyUnreadable, Request
from digicert_pulumi.certcentral.models import UnreadableRequest
from digicert_pulumi.orders.certificates import CertificateNotFoundError, locate, siblings
from digicert_pulumi.revoking.spec import RevocationSpec, SingleCertificate, WholeOrder
from digicert_pulumi.revoking.target import read_target

if TYPE_CHECKING:
    from digicert_pulumi.certcentral import Client, Order
    from digicert_pulumi.orders.certificates import Located

HINTS = (make_request(2, "approved", "duplicate"), make_request(3, "approved", "reissue"))


def certificate(id_: int | None, serial_number: str | None, **changes: Any) -> Certificate:
    return Certificate(id=id_, serial_number=serial_number, **changes)


@dataclass
class Account:
    """Orders with their certificates; a list that is an exception cannot be read.

    Attributes:
        filters: What the lists of orders were asked for.
        lists: How often a list of certificates was read.
    """

    primary: Certificate = field(default_factory=lambda: certificate(1, "0A"))
    duplicates: tuple[Certificate, ...] | Exception = ()
    reissues: tuple[Certificate, ...] | Exception = ()
    hinted: bool = True
    orders: int = 1
    filters: list[dict[str, object]] = field(default_factory=list)
    lists: int = 0

    def get_order(self, order_id: int) -> Order:
        return make_order(*(HINTS if self.hinted else ()), id=order_id, certificate=self.primary)

    def get_duplicates(self, _: int) -> tuple[Certificate, ...]:
        return self._list(self.duplicates)

    def get_reissues(self, _: int) -> tuple[Certificate, ...]:
        return self._list(self.reissues)

    def list_orders(self, *, filters: dict[str, object], limit: int) -> OrderPage:
        self.filters.append(filters)
        rows = tuple(self.get_order(5 + number) for number in range(self.orders))
        assert limit >= len(rows)
        return OrderPage(rows, len(rows), len(rows))

    def _list(self, content: tuple[Certificate, ...] | Exception) -> tuple[Certificate, ...]:
        self.lists += 1
        if isinstance(content, Exception):
            raise content
        return content

    def locate(
        self, *, certificate_id: int | None = None, serial_number: str | None = None, order_id: int | None = 5
    ) -> Located:
        client = cast("Client", self)
        return locate(client, order_id=order_id, certificate_id=certificate_id, serial_number=serial_number)

    def refusal(self, **wanted: Any) -> str:
        """The line of the refusal: one, with what was not done and what to do."""
        with pytest.raises(CertificateNotFoundError) as caught:
            self.locate(**wanted)
        line = str(caught.value)
        assert "\n" not in line
        assert "; nothing was sent; " in line
        return line


def unreadable(order_id: int = 5) -> TroubleError:
    return TroubleError("DigiCert failed to answer", order_id=order_id, status=500)


class TestBySerialNumber:
    @pytest.mark.parametrize("hinted", [True, False])
    @pytest.mark.parametrize("spelling", ["0A", "A", "0x0a", "00:0A"])
    def test_the_order_s_own_certificate_wins_over_the_lists_that_repeat_it(
        self, spelling: str, hinted: bool
    ) -> None:
        repeats = (certificate(2, "0A"), certificate(3, "000a"))
        account = Account(duplicates=repeats, reissues=repeats[::-1], hinted=hinted)
        found = account.locate(serial_number=spelling)
        assert (found.id, found.certificate.id) == (1, 1)

    def test_a_primary_certificate_without_an_id_is_refused_even_where_a_list_gives_it_one(self) -> None:
        account = Account(primary=certificate(None, "0A"), reissues=(certificate(2, "0A"),))
        assert "DigiCert shows no id for the certificate with the declared serial number" in account.refusal(
            serial_number="0A"
        )

    @pytest.mark.parametrize("spelling", ["0B", "b"])
    def test_another_certificate_is_found_in_either_list(self, spelling: str) -> None:
        for account in (
            Account(duplicates=(certificate(2, "0B"),)),
            Account(reissues=(certificate(2, "b"),)),
        ):
            found = account.locate(serial_number=spelling)
            assert (found.id, found.order.certificate) == (2, certificate(1, "0A"))

    def test_one_that_is_in_both_lists_under_one_id_is_found(self) -> None:
        account = Account(duplicates=(certificate(2, "0B"),), reissues=(certificate(2, "0b"),))
        assert account.locate(serial_number="0B").id == 2

    @pytest.mark.parametrize(
        ("duplicates", "reissues"),
        [
            ((certificate(2, "0B"), certificate(3, "b")), ()),
            ((certificate(2, "0B"),), (certificate(3, "0B"),)),
            ((), (certificate(2, "0B"), certificate(None, "0B"))),
        ],
        ids=["in one list", "in two lists", "a request without an id"],
    )
    def test_several_ids_are_a_refusal_that_names_them(
        self, duplicates: tuple[Certificate, ...], reissues: tuple[Certificate, ...]
    ) -> None:
        line = Account(duplicates=duplicates, reissues=reissues).refusal(serial_number="0B")
        assert "has several ids on order 5: 2 and " in line
        assert "declare its certificate_id" in line

    def test_one_without_an_id_is_refused(self) -> None:
        line = Account(duplicates=(certificate(None, "0B"),)).refusal(serial_number="0B")
        assert "DigiCert shows no id for the certificate with the declared serial number on order 5" in line

    def test_a_list_that_cannot_be_read_could_hold_it_as_well(self) -> None:
        account = Account(duplicates=(certificate(2, "0B"),), reissues=unreadable())
        line = account.refusal(serial_number="0B")
        assert "cannot be distinguished from others: order 5: its reissues could not be read" in line
        assert "base URL" not in line

    def test_lists_are_not_needed_for_the_primary_certificate(self) -> None:
        account = Account(duplicates=unreadable(), reissues=unreadable())
        assert account.locate(serial_number="0A").id == 1
        assert account.lists == 0

    def test_digits_that_are_not_found_may_be_decimal(self) -> None:
        assert "(if its digits are decimal, declare it in hexadecimal)" in Account().refusal(
            serial_number="12345"
        )

    @pytest.mark.parametrize("serial_number", ["12345A", "0x12345", "12:34"])
    def test_what_is_hexadecimal_for_sure_is_not_taken_for_decimal(self, serial_number: str) -> None:
        refusal = Account().refusal(serial_number=serial_number)
        assert "decimal" not in refusal
        assert serial_number not in refusal

    def test_without_an_order_the_account_is_asked_and_two_orders_are_a_refusal(self) -> None:
        account = Account()
        assert account.locate(serial_number="0A", order_id=None).order.id == 5
        assert account.filters == [{"serial_number": "0A"}]
        line = Account(orders=2).refusal(serial_number="0A", order_id=None)
        assert "is on the orders 5 and 6" in line

    def test_the_lists_of_another_order_are_not_needed_for_the_primary_certificate(self) -> None:
        """A filter that DigiCert ignores brings orders along that have nothing to do with it."""

        class Strangers(Account):
            def get_order(self, order_id: int) -> Order:
                order = super().get_order(order_id)
                return order if order_id == 6 else replace(order, certificate=certificate(9, "0C"))

        account = Strangers(duplicates=unreadable(), orders=3)
        for wanted in ({"serial_number": "0A"}, {"certificate_id": 1}):
            assert account.locate(**wanted, order_id=None).order.id == 6
        assert account.lists == 0

    def test_an_order_that_an_ignored_filter_brings_along_is_not_read_where_a_row_tells(self) -> None:
        class Strangers(Account):
            def get_order(self, order_id: int) -> Order:
                if order_id != 6:
                    raise unreadable(order_id)
                return super().get_order(order_id)

            def list_orders(self, *, filters: dict[str, object], limit: int) -> OrderPage:  # noqa: ARG002
                stranger = make_order(id=5, certificate=certificate(9, "0C"))
                return OrderPage((stranger, self.get_order(6)), 2, 2)

        for wanted in ({"serial_number": "0A"}, {"certificate_id": 1}):
            assert Strangers().locate(**wanted, order_id=None).order.id == 6


UNKNOWN = (
    make_request(3, "approved", "something"),
    make_request(3, "done", "reissue"),
    UnreadableRequest(3, "reissue"),
    UnreadableRequest(3),
)


@pytest.mark.parametrize(
    "request_", UNKNOWN, ids=["an unknown type", "an unknown status", "unreadable", "unreadable, of no type"]
)
def test_a_request_that_may_be_a_reissue_makes_its_list_count(
    request_: Request | UnreadableRequest,
) -> None:
    """A duplicate and a reissue with one serial number: of several ids, none is used."""
    account = Account(duplicates=(certificate(2, "0B"),), reissues=(certificate(3, "0B"),))
    order = account.get_order(5)
    readable = request_ if isinstance(request_, Request) else None
    changed = replace(
        order,
        requests=(HINTS[0], *([readable] if readable else [])),
        unreadable_requests=() if isinstance(request_, Request) else (request_,),
    )
    account.get_order = lambda order_id: changed  # type: ignore[method-assign]  # noqa: ARG005
    assert "has several ids on order 5: 2 and 3" in account.refusal(serial_number="0B")


class TestById:
    def test_is_found_wherever_it_is(self) -> None:
        account = Account(duplicates=(certificate(2, "0B"),), reissues=(certificate(3, None),))
        assert [account.locate(certificate_id=id_).certificate.id for id_ in (1, 2, 3)] == [1, 2, 3]

    def test_is_found_in_one_list_though_the_other_cannot_be_read(self) -> None:
        account = Account(duplicates=unreadable(), reissues=(certificate(2, "0B"),))
        assert account.locate(certificate_id=2).id == 2
        line = account.refusal(certificate_id=3)
        assert "its duplicates could not be read" in line
        assert line.endswith("; try again later")

    def test_that_stands_for_two_certificates_is_refused(self) -> None:
        line = Account(duplicates=(certificate(2, "0B"), certificate(2, "0C"))).refusal(certificate_id=2)
        assert "certificate 2 is listed on order 5 with the serial numbers 0B and 0C" in line
        assert line.endswith("look at the order in CertCentral, and revoke the certificate there")

    def test_what_has_no_id_is_not_it(self) -> None:
        account = Account(primary=certificate(None, None), duplicates=(certificate(None, "0B"),))
        assert "certificate 2 is not on order 5" in account.refusal(certificate_id=2)


def test_a_revocation_reads_what_it_names_and_nothing_else() -> None:
    account = Account(duplicates=(certificate(2, "0B"),))
    client = cast("Client", account)
    whole = read_target(client, account.get_order, RevocationSpec(5, WholeOrder(), "Gone."))
    assert (whole.certificate.id, account.lists) == (1, 0)
    single = read_target(client, account.get_order, RevocationSpec(5, SingleCertificate(2), "Gone."))
    assert single.certificate.id == 2
    with pytest.raises(CertificateNotFoundError):
        read_target(client, account.get_order, RevocationSpec(5, SingleCertificate(4), "Gone."))


def test_lists_that_cannot_be_read_are_told_and_the_other_is_shown() -> None:
    account = Account(duplicates=unreadable(), reissues=(certificate(3, "0C"),))
    found = siblings(cast("Client", account), replace(account.get_order(5)))
    assert found.reissues == (certificate(3, "0C"),)
    assert found.unread == ("order 5: its duplicates could not be read (DigiCert failed to answer (500))",)


def partly_unreadable(*readable: Certificate) -> PartlyUnreadable:
    return PartlyUnreadable("1 of the duplicates in DigiCert's list cannot be read", readable)


def test_of_a_list_that_is_partly_unreadable_the_rest_is_shown() -> None:
    account = Account(duplicates=partly_unreadable(certificate(2, "0B")))
    found = siblings(cast("Client", account), account.get_order(5))
    assert found.duplicates == (certificate(2, "0B"),)
    assert "1 of the duplicates in DigiCert's list cannot be read" in found.unread[0]


def test_of_a_list_that_is_partly_unreadable_an_id_is_found_and_a_serial_number_is_not() -> None:
    """A row that cannot be read may have the serial number as well, under another id."""
    account = Account(duplicates=partly_unreadable(certificate(2, "0B")))
    assert account.locate(certificate_id=2).id == 2
    assert "1 of the duplicates in DigiCert's list cannot be read" in account.refusal(serial_number="0B")


def test_an_order_that_cannot_be_read_may_hold_the_certificate_too() -> None:
    account = Account()
    account.list_orders = lambda **_: OrderPage((account.get_order(5),), 2, 2)  # type: ignore[method-assign]
    line = account.refusal(serial_number="0A", order_id=None)
    assert "1 of the orders that DigiCert lists for it cannot be read" in line
    assert "declare its order_id as well" in line
