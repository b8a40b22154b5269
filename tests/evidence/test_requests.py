"""Which request the evidence names, and for which certificate."""

from __future__ import annotations

import pytest
from support.digicert import REQUESTER, DigiCert, client
from support.virtual_time import VirtualTime

from digicert_pulumi.certcentral import Certificate, Order, OrderPage
from digicert_pulumi.evidence.subjects import Asked, Case, Claim, case, person

ORDER, PRIMARY, DUPLICATE = 7, 70, 71
UNTOLD = "CertCentral doesn't say which certificate a request is for; only the comments were compared"


@pytest.fixture
def account() -> DigiCert:
    """An order with a primary certificate and a duplicate."""
    digicert = DigiCert(VirtualTime().now)
    digicert.add(ORDER, certificate=Certificate(id=PRIMARY, serial_number="0A70"))
    digicert.every_duplicate = (Certificate(id=DUPLICATE, serial_number="0A71", status="issued"),)
    return digicert


def asked(account: DigiCert, certificate: int | None = None, request: int | None = None) -> Asked:
    """Who asked, for a claim with the comments `A leaked.`."""
    found = case(client(account), Claim(ORDER, certificate, "A leaked.", request_id=request))
    assert found.problems == ()
    return found.asked


def test_a_request_that_was_rejected_later_is_not_named(account: DigiCert) -> None:
    approved, rejected = account.ask(ORDER), account.ask(ORDER, comments="Sent twice.")
    account.decide(approved, "approved", "Yes.")
    account.decide(rejected, "rejected", "Sent twice.")
    for known in (None, approved):
        found = asked(account, request=known)
        assert (found.request_id, found.status, found.processor_comment) == (approved, "approved", "Yes.")
        assert found.requester == person(REQUESTER)
        assert found.note == ""


def test_an_open_request_is_not_named_for_a_revoked_order(account: DigiCert) -> None:
    account.ask(ORDER, comments="Only one.")
    approved = account.ask(ORDER)
    account.decide(approved, "approved")
    assert asked(account).request_id == approved


def test_an_order_that_was_revoked_otherwise_has_no_request(account: DigiCert) -> None:
    account.decide(account.ask(ORDER), "rejected")
    account.change(ORDER, "revoked")
    assert asked(account) == Asked(comments="A leaked.")


def test_of_an_order_that_is_not_revoked_the_open_request_is_named(account: DigiCert) -> None:
    opened, rejected = account.ask(ORDER), account.ask(ORDER)
    account.decide(rejected, "rejected")
    assert asked(account).request_id == opened


def test_a_certificate_has_the_request_of_the_state(account: DigiCert) -> None:
    mine, other = account.ask(ORDER, comments="A leaked."), account.ask(ORDER, comments="B superseded.")
    account.decide(other, "rejected", "B: still in use.")
    found = asked(account, DUPLICATE, mine)
    assert (found.request_id, found.status, found.comments, found.note) == (mine, "pending", "A leaked.", "")


def test_a_certificate_without_a_known_request_has_the_one_with_its_comments(account: DigiCert) -> None:
    mine = account.ask(ORDER, comments="A  leaked.")
    account.ask(ORDER, comments="B superseded.")
    found = asked(account, DUPLICATE)
    assert (found.request_id, found.note) == (mine, UNTOLD)


@pytest.mark.parametrize("comments", ["A leaked.", ""])
def test_a_certificate_never_has_somebody_else_s_request(account: DigiCert, comments: str) -> None:
    account.decide(account.ask(ORDER, comments="B superseded."), "approved")
    account.ask(ORDER, comments="")
    found = case(client(account), Claim(ORDER, DUPLICATE, comments)).asked
    assert found == Asked(comments=comments, note=UNTOLD)


def test_a_certificate_of_an_order_without_requests_needs_no_note(account: DigiCert) -> None:
    assert asked(account, PRIMARY) == Asked(comments="A leaked.")


def test_a_request_that_is_not_on_the_order_is_said_so(account: DigiCert) -> None:
    account.ask(ORDER)
    account.add(8)
    elsewhere = account.ask(8)
    assert asked(account, request=elsewhere) == Asked(
        comments="A leaked.",
        note=f"request {elsewhere}, which the state or the report names, isn't on order {ORDER}",
    )


def roles(found: Case) -> list[tuple[str, int | None]]:
    return [(each.role, each.certificate_id) for each in found.subjects]


@pytest.mark.parametrize(("id_", "role"), [(PRIMARY, "primary"), (DUPLICATE, "duplicate"), (72, "reissue")])
def test_a_single_certificate_has_its_role(account: DigiCert, id_: int, role: str) -> None:
    account.every_reissue = (Certificate(id=72, serial_number="0A72", status="issued"),)
    assert roles(case(client(account), Claim(ORDER, id_))) == [(role, id_)]


def test_a_primary_certificate_is_found_by_the_id_under_which_a_list_repeats_it(account: DigiCert) -> None:
    account.every_reissue = (Certificate(id=9999, serial_number="0a:70", status="issued"),)
    found = case(client(account), Claim(ORDER, 9999))
    assert roles(found) == [("primary", 9999)]
    assert found.problems == ()


def test_a_certificate_that_is_not_on_the_order_is_a_problem(account: DigiCert) -> None:
    found = case(client(account), Claim(ORDER, 73))
    assert found.problems == ("certificate 73 is not on order 7",)
    assert found.subjects == ()
    assert found.asked == Asked(note="its request wasn't read")


def test_a_certificate_without_a_known_order_is_found(
    account: DigiCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = account.ask(ORDER)

    def list_orders(*, filters: dict[str, object], limit: int) -> OrderPage:
        assert (filters, limit) == ({"certificate_id": PRIMARY}, 10)
        rows: tuple[Order, ...] = (account.orders[ORDER],)
        return OrderPage(rows, 1, 1)

    monkeypatch.setattr(account, "list_orders", list_orders)
    found = case(client(account), Claim(None, PRIMARY, request_id=mine))
    assert found.claim.order_id == ORDER
    assert roles(found) == [("primary", PRIMARY)]
    assert found.asked.request_id == mine
