"""What a run costs whose rows name certificates: a call to find each, a PUT each, and next to nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from support.digicert import DigiCert, client
from support.virtual_time import VirtualTime

from digicert_pulumi.incident.certificate_rows import Certificates
from digicert_pulumi.incident.rows import Named
from digicert_pulumi.orders.reader import Reader
from digicert_pulumi.revoking.requests import undecidable_requests
from digicert_pulumi.revoking.spec import RevocationSpec, WholeOrder
from digicert_pulumi.revoking.submission import Submission

if TYPE_CHECKING:
    from pathlib import Path

    from digicert_pulumi.certcentral import Order

ACCOUNT = 20_000
NAMED = 1_000


class Account(DigiCert):
    """An account that reads an order by the serial number of its primary certificate."""

    def find_order(self, identifier: str) -> Order | None:
        self._count("find_order")
        order = self.orders.get(int(identifier, 16) - SERIALS)
        return order and self.get_order(order.id)


SERIALS = 16**31


def serial_number(order_id: int) -> str:
    return f"{SERIALS + order_id:X}"


def test_a_thousand_serial_numbers_cost_at_most_2300_calls_and_one_put_each(tmp_path: Path) -> None:
    time = VirtualTime()
    digicert = Account(time)
    digicert.add(*range(1, ACCOUNT + 1))
    for order_id, order in digicert.orders.items():
        certificate = replace(order.certificate, id=ACCOUNT + order_id, serial_number=serial_number(order_id))
        digicert.orders[order_id] = replace(order, certificate=certificate)
    digicert.before = lambda _: time.pass_by(0.3)
    named = [Named(serial_number=serial_number(order_id)) for order_id in range(7, ACCOUNT, ACCOUNT // NAMED)]

    certificates = Certificates(tmp_path / "certificates.json", print)
    certificates.find(client(digicert), named)
    order_of = certificates.exclusive_order_of(named)
    orders = [order_of(each) for each in named]
    assert len(set(orders)) == NAMED

    # As the plan of a run and its one stack do: each reads the account's lists once.
    for sends in (False, True):
        reader = Reader(client(digicert), print, unclear=undecidable_requests)
        submission = Submission(client(digicert), reader, print, sleep=time.pass_by)
        for order_id in orders:
            if sends:
                submission.ensure(RevocationSpec(order_id, WholeOrder(), "Leaked."))
            else:
                reader.order_to_show(order_id)

    # `find_order` counts as one call, of which this account reads the order with a second one.
    calls = digicert.total - digicert.calls["find_order"]
    assert digicert.calls["revoke_order"] == NAMED
    assert sorted(of for of, _ in digicert.requests.values()) == sorted(orders)
    assert calls <= 2300, calls
    again = Certificates(tmp_path / "certificates.json", print)
    before = digicert.total
    again.find(client(digicert), named)
    assert digicert.total == before
