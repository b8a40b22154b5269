"""What has to happen, a row a case: the decisions, without a server and without a clock."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from support.orders import CODE_SIGNING, make_order, make_request

from digicert_pulumi.certcentral import Certificate, Order, Organization, Product, Request
from digicert_pulumi.certcentral.models import OrderReference, UnreadableRequest
from digicert_pulumi.revoking.notices import new_request_notice, second_request_notice, unknown_status_notice
from digicert_pulumi.revoking.outcome import outcome, snapshot
from digicert_pulumi.revoking.requests import including, standing_request, undecidable_requests
from digicert_pulumi.revoking.rules import (
    Action,
    Adopt,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyRevoked,
    Refuse,
    Submit,
    decide,
)
from digicert_pulumi.revoking.spec import RevocationSpec, SingleCertificate, WholeOrder
from digicert_pulumi.revoking.target import Target

WISH = RevocationSpec(100000001, WholeOrder(), comments="Key leaked.")

OPEN = make_request(198, "pending", comments="Somebody else's words.")
SUBMITTED = make_request(197, "submitted")
REJECTED = make_request(150, "rejected", comments="Other words.")
REJECTED_SAME_WORDS = make_request(151, "rejected", comments=" Key  leaked.\n")
APPROVED = make_request(140, "approved", comments="Key leaked.")
APPROVED_OTHER = make_request(141, "approved", comments="Other words.")
UNKNOWN = make_request(142, "awaiting_second_approval", comments="Other words.")
ISSUANCE = make_request(1, "approved", "new_request", "Key leaked.")
REISSUE_OPEN = make_request(160, "pending", "reissue")
REISSUE_DONE = make_request(161, "approved", "reissue")
DV = Product(name_id="ssl_dv_geotrust", name="GeoTrust Standard DV", type="dv_ssl_certificate")


@pytest.mark.parametrize(
    ("order", "decision"),
    [
        pytest.param(make_order(), Submit(), id="nothing stands: submit"),
        pytest.param(make_order(ISSUANCE, REISSUE_DONE), Submit(), id="other requests do not count"),
        pytest.param(make_order(APPROVED), AlreadyApproved(APPROVED), id="approved with the same words: this one"),
        pytest.param(make_order(APPROVED_OTHER), Submit(), id="approved with other words: for one certificate, ask"),
        pytest.param(make_order(APPROVED, make_request(155, "rejected", comments="x")), AlreadyApproved(APPROVED), id="a later rejection of other words does not count"),
        pytest.param(make_order(APPROVED, OPEN), Adopt(OPEN), id="open beats approved"),
        pytest.param(make_order(UNKNOWN), Adopt(UNKNOWN), id="an unknown status is open"),
        pytest.param(make_order(APPROVED, APPROVED_OTHER, status="revoked"), AlreadyRevoked(APPROVED), id="revoked by the request with the same words"),
        pytest.param(make_order(APPROVED_OTHER, status="revoked"), AlreadyRevoked(APPROVED_OTHER), id="revoked by a request with other words"),
        pytest.param(make_order(REJECTED), Submit(), id="rejected with other words: ask"),
        pytest.param(make_order(REJECTED_SAME_WORDS), AlreadyRejected(REJECTED_SAME_WORDS), id="rejected with the same words: not again"),
        pytest.param(make_order(REJECTED_SAME_WORDS, make_request(152, "rejected", comments="x")), Submit(), id="only the newest rejection counts"),
        pytest.param(make_order(make_request(151, "rejected", comments="")), Submit(), id="rejected in no words: ask"),
        pytest.param(make_order(make_request(149, "rejected"), REJECTED), Submit(), id="an older rejection in unknown words does not count"),
        pytest.param(make_order(OPEN), Adopt(OPEN), id="pending: adopt"),
        pytest.param(make_order(SUBMITTED), Adopt(SUBMITTED), id="submitted: adopt"),
        pytest.param(make_order(OPEN, SUBMITTED), Adopt(SUBMITTED), id="two open: adopt the lowest"),
        pytest.param(make_order(REJECTED_SAME_WORDS, OPEN), Adopt(OPEN), id="open beats rejected"),
        pytest.param(make_order(status="revoked"), AlreadyRevoked(None), id="revoked without a request"),
        pytest.param(make_order(APPROVED, status="revoked"), AlreadyRevoked(APPROVED), id="revoked by a request"),
        pytest.param(make_order(OPEN, status="revoked"), AlreadyRevoked(None), id="revoked beats open"),
        pytest.param(make_order(product=DV, organization=None), Submit(), id="a DV order is a TLS order"),
        pytest.param(make_order(status="something_new"), Submit(), id="an unknown status is DigiCert's to judge"),
        pytest.param(make_order(status="revoked", product=CODE_SIGNING), AlreadyRevoked(None), id="revoked needs no consent"),
    ],
)  # fmt: skip
def test_decision(order: Order, decision: Action) -> None:
    assert decide(Target(order), WISH) == decision


SINGLE = RevocationSpec(100000001, SingleCertificate(112358), "Key leaked.")


def target(*requests: Request, **changes: Any) -> Target:
    return Target(make_order(*requests, **changes))


def single(order: Order) -> Target:
    return Target(order, order.certificate)


def test_a_certificate_that_was_revoked_names_the_request_that_was_approved_for_it() -> None:
    order = make_order(APPROVED_OTHER, APPROVED)
    revoked = replace(order, certificate=replace(order.certificate, status="revoked"))
    assert decide(single(revoked), SINGLE) == AlreadyRevoked(APPROVED)
    assert decide(single(make_order(APPROVED_OTHER)), replace(SINGLE, comments="New words.")) == Submit()


def test_a_rejection_stands_for_its_certificate_however_many_others_were_rejected_since() -> None:
    other = make_request(160, "rejected", comments="Words of another.")
    assert decide(single(make_order(REJECTED_SAME_WORDS, other)), SINGLE) == AlreadyRejected(
        REJECTED_SAME_WORDS
    )
    assert decide(target(REJECTED_SAME_WORDS, other), WISH) == Submit()


def test_a_rejection_that_does_not_tell_its_comments_may_be_the_certificate_s() -> None:
    silent = make_request(140, "rejected", comments=None)
    refusal = decide(single(make_order(silent, REJECTED)), replace(SINGLE, comments="New words."))
    assert isinstance(refusal, Refuse)
    assert refusal.code == "request-without-comments"


def test_a_reviewer_is_told_that_a_revocation_is_asked_for_again() -> None:
    assert new_request_notice(make_order(), WISH) is None
    notice = new_request_notice(make_order(REJECTED), WISH)
    assert notice == (
        "order 100000001: request 150 on this order was rejected, with other comments; "
        "a new request will be sent"
    )


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("M\u00fcller GmbH", "Mu\u0308ller  GmbH"),
        (" example,\u00a0inc. ", "Example, Inc."),
        ("STRASSE AG", "Stra\u00dfe AG"),
    ],
    ids=["composed and decomposed", "blanks", "letter case"],
)
def test_names_that_are_the_same_are_the_same(expected: str, actual: str) -> None:
    order = make_order(organization=Organization(7, actual))
    assert decide(Target(order), replace(WISH, expected_organization=expected)) == Submit()


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("b\u00fccher.example.com", "xn--bcher-kva.example.com"),
        ("*.B\u00dcCHER.example.com", "*.xn--bcher-kva.example.com."),
        ("www.example.com.", "WWW.example.com"),
        ("Example, Inc. Signing", "example,  inc. signing"),
    ],
)
def test_host_names_that_are_the_same_are_the_same(expected: str, actual: str) -> None:
    order = make_order()
    for wanted, found in ((expected, actual), (actual, expected)):
        named = replace(order, certificate=replace(order.certificate, common_name=found))
        assert decide(Target(named), replace(WISH, expected_common_name=wanted)) == Submit()


def test_names_that_differ_and_print_alike_are_told_apart() -> None:
    order = make_order()
    named = replace(order, certificate=replace(order.certificate, common_name="ex\u0430mple.com"))
    refusal = decide(Target(named), replace(WISH, expected_common_name="example.com"))
    assert isinstance(refusal, Refuse)
    assert "'ex\u0430mple.com' ('ex\\u0430mple.com'), not the expected one;" in refusal.reason
    refusal = decide(Target(order), replace(WISH, expected_common_name="www.ex\u0430mple.com"))
    assert isinstance(refusal, Refuse)
    assert "'www.example.com', not the expected one, which has non-ASCII characters;" in refusal.reason


@pytest.mark.parametrize(
    "order",
    [
        make_order(status="reissue_pending"),
        make_order(REISSUE_OPEN),
        make_order(make_request(160, "waiting_for_validation", "reissue")),
    ],
    ids=["by status", "by request", "by a request of unknown status"],
)
def test_a_pending_reissue_is_refused_with_its_remedy(order: Order) -> None:
    decision = decide(Target(order), WISH)
    assert isinstance(decision, Refuse)
    assert decision.code == "reissue-pending"
    assert "pending reissue" in decision.reason
    assert "cancel the reissue or wait" in decision.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("expected_common_name", "www.example.org"),
        ("expected_organization", "Example GmbH"),
        ("expected_product", "Secure Site"),
    ],
)
@pytest.mark.parametrize("status", ["issued", "revoked"])
def test_another_order_than_expected_is_refused_even_where_nothing_would_be_sent(
    field: str, value: str, status: str
) -> None:
    spec = RevocationSpec(100000001, WholeOrder(), comments="Key leaked.", **{field: value})  # type: ignore[arg-type]
    decision = decide(target(status=status), spec)
    assert isinstance(decision, Refuse)
    assert decision.code == field.replace("expected_", "unexpected_").replace("_", "-")
    assert value not in decision.reason
    assert "order 100000001" in decision.reason


def test_what_is_expected_and_found_passes_in_any_letter_case() -> None:
    spec = RevocationSpec(
        100000001,
        WholeOrder(),
        comments="Key leaked.",
        expected_common_name="WWW.example.com",
        expected_organization="example, inc. ",
        expected_product="SSL_PLUS",
    )
    assert decide(target(), spec) == Submit()


def test_an_organization_is_expected_and_the_order_has_none() -> None:
    spec = RevocationSpec(
        100000001, WholeOrder(), comments="Key leaked.", expected_organization="Example, Inc."
    )
    decision = decide(target(organization=None), spec)
    assert isinstance(decision, Refuse)
    assert "has no organization" in decision.reason


@pytest.mark.parametrize("type_", ["code_signing_certificate", "dv_ssl", "", None])
def test_a_product_that_is_no_tls_certificate_needs_to_be_named(type_: str | None) -> None:
    order = make_order(product=Product(name_id="code_signing", name="Code Signing", type=type_))
    refusal = decide(Target(order), WISH)
    assert isinstance(refusal, Refuse)
    assert refusal.code == "not-tls"
    assert "expected_product='code_signing'" in refusal.reason
    named = RevocationSpec(100000001, WholeOrder(), comments="Key leaked.", expected_product="code_signing")
    assert decide(Target(order), named) == Submit()


def test_snapshot_shows_what_would_be_hit() -> None:
    shown = snapshot(target(ISSUANCE, OPEN))
    assert shown.common_name == "www.example.com"
    assert shown.dns_names == ("www.example.com", "example.com")
    assert shown.organization == "Example, Inc."
    assert shown.product == "Standard SSL"
    assert shown.status == "issued"
    assert shown.valid_till == "2027-03-01"
    assert shown.revocation == "request 198 is pending"


@pytest.mark.parametrize(
    ("order", "revocation"),
    [
        (make_order(), "none"),
        (make_order(REJECTED), "request 150 is rejected"),
        (make_order(REJECTED, SUBMITTED, OPEN), "request 197 is submitted"),
        (make_order(APPROVED, REJECTED), "request 150 is rejected"),
    ],
)
def test_snapshot_names_the_request_that_says_most(order: Order, revocation: str) -> None:
    assert snapshot(Target(order)).revocation == revocation


def test_snapshot_of_an_order_that_is_not_issued_yet() -> None:
    shown = snapshot(target(certificate=Certificate(common_name="www.example.com"), organization=None))
    assert shown.organization is None
    assert shown.valid_till is None
    assert shown.dns_names == ()


def test_revoked_is_only_what_was_read() -> None:
    assert outcome(target(status="revoked"), None).revoked
    assert not outcome(target(APPROVED), APPROVED).revoked


def test_the_standing_request_has_the_status_that_the_order_gives_it() -> None:
    known = make_request(198, "pending")
    assert standing_request(target(make_request(198, "approved")), known) == make_request(198, "approved")


def test_of_two_open_requests_the_lowest_stands_in_both_states() -> None:
    first, second = make_request(201), make_request(202)
    order = make_order(second, first)
    assert standing_request(Target(order), first) == standing_request(Target(order), second) == first
    notice = second_request_notice(Target(order))
    assert notice is not None
    assert "requests 201 and 202" in notice
    assert "names request 201" in notice
    assert "or one of them is for a single certificate" in notice


def test_where_the_later_of_two_was_rejected_the_open_one_stands() -> None:
    first, second = make_request(201), make_request(202)
    order = make_order(first, make_request(202, "rejected"))
    assert standing_request(Target(order), second) == first


def test_a_request_that_a_reading_shows_as_open_still_is_decided_where_that_is_known() -> None:
    assert including(target(make_request(150, "pending")), REJECTED) == target(REJECTED)
    assert including(target(REJECTED), make_request(150, "pending")) == target(REJECTED)


def test_a_decided_request_stands_beside_a_new_open_one() -> None:
    known = make_request(150, "rejected")
    assert standing_request(target(make_request(150, "rejected"), OPEN), known) == known


def test_one_open_request_is_nothing_to_tell() -> None:
    assert second_request_notice(target(REJECTED, OPEN)) is None
    assert second_request_notice(target(OPEN, OPEN)) is None


def test_no_request_stands_where_none_was_made() -> None:
    assert standing_request(target(OPEN), None) is None


def test_a_request_that_a_reading_does_not_show_yet_is_added_once() -> None:
    assert including(target(), OPEN) == target(OPEN)
    assert including(target(REJECTED, make_request(150, "pending")), REJECTED) == target(REJECTED, REJECTED)
    assert including(target(SUBMITTED, OPEN), OPEN) == target(SUBMITTED, OPEN)


def test_a_request_that_may_be_a_revocation_and_cannot_be_read_stands_in_the_way() -> None:
    unreadable = (
        UnreadableRequest(7, "new_request"),
        UnreadableRequest(5),
        UnreadableRequest(None, "revoke"),
    )
    refusal = decide(target(unreadable_requests=unreadable), WISH)
    assert isinstance(refusal, Refuse)
    assert "(request 5 cannot be read, a request without an id); nothing was sent" in refusal.reason
    assert decide(target(unreadable_requests=unreadable[:1]), WISH) == Submit()
    assert decide(target(OPEN, unreadable_requests=unreadable), WISH) == Adopt(OPEN)
    assert decide(target(status="revoked", unreadable_requests=unreadable), WISH) == AlreadyRevoked(None)


@pytest.mark.parametrize("type_", ["", "Revoke", "revocation", "revoke_certificate", "revoke\n"])
@pytest.mark.parametrize("status", ["submitted", "pending", "in review"])
def test_an_open_request_of_an_unknown_type_may_be_a_revocation(type_: str, status: str) -> None:
    order = make_order(make_request(5, status, type_))
    refusal = decide(Target(order), WISH)
    assert isinstance(refusal, Refuse)
    assert f"request 5 is of type {type_.strip()!r}" in refusal.reason
    assert snapshot(Target(order)).revocation == f"request 5 is of type {type_.strip()!r}"


@pytest.mark.parametrize("type_", ["", "Revoke", "revoke_certificate"])
@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_a_decided_request_of_an_unknown_type_with_the_same_comments_may_be_this_revocation(
    type_: str, status: str
) -> None:
    refusal = decide(target(make_request(5, status, type_, "Key leaked.")), WISH)
    assert isinstance(refusal, Refuse)
    assert (
        f"request 5 on this order was {status}, with the same comments; its type is {type_!r}"
        in refusal.reason
    )
    for done in (make_request(5, status, type_, "Other."), make_request(5, status, "reissue", "Key leaked.")):
        assert decide(target(done), WISH) == Submit()


@pytest.mark.parametrize(
    "decided",
    [make_request(5, "approved"), make_request(5, "rejected"), make_request(5, "rejected", "Revoke")],
)
def test_a_decided_request_in_words_that_nobody_tells_may_be_this_revocation(decided: Request) -> None:
    for order in (make_order(decided), make_order(decided, APPROVED_OTHER)):
        refusal = decide(Target(order), WISH)
        assert isinstance(refusal, Refuse)
        assert (
            f"request 5 on this order was {decided.status}, and DigiCert does not show its comments"
            in refusal.reason
        )
        assert undecidable_requests(order) == [decided]
    assert decide(target(decided, OPEN), WISH) == Adopt(OPEN)
    assert decide(target(decided, status="revoked"), WISH).__class__ is AlreadyRevoked


def test_what_is_empty_in_an_order_is_looked_for_in_the_request_itself() -> None:
    blank = make_request(5, "approved", comments=" ")
    assert undecidable_requests(make_order(blank)) == [blank]


def test_a_request_that_says_it_is_of_another_order_is_none_of_this_one() -> None:
    stranger = replace(OPEN, order=OrderReference(100000002))
    order = make_order(stranger, REJECTED)
    assert order.requests == (REJECTED,)
    assert [request.id for request in order.unreadable_requests] == [OPEN.id]


@pytest.mark.parametrize("status", ["escalated", "Pending", "", "approved_by_ra"])
class TestAStatusInAnUnknownWord:
    def test_is_open_and_adopted(self, status: str) -> None:
        request = make_request(198, status)
        assert decide(target(request), WISH) == Adopt(request)

    def test_is_no_decision_that_a_younger_reading_would_bring(self, status: str) -> None:
        order = target(make_request(198, "rejected"))
        assert including(order, make_request(198, status)) == order

    def test_is_told_with_the_word(self, status: str) -> None:
        notice = unknown_status_notice("order 5", OPEN, make_request(199, status))
        assert notice is not None
        assert notice.startswith(f"order 5: request 199 has the status {status!r}")

    def test_stands_beside_another_open_request(self, status: str) -> None:
        assert second_request_notice(target(OPEN, make_request(199, status))) is not None

    def test_of_a_reissue_stands_in_the_way(self, status: str) -> None:
        assert isinstance(decide(target(make_request(160, status, "reissue")), WISH), Refuse)


@pytest.mark.parametrize("status", ["submitted", "pending", "approved", "rejected"])
def test_nothing_is_told_of_a_status_that_is_known(status: str) -> None:
    assert unknown_status_notice("order 5", make_request(198, status)) is None


def test_no_scope_is_the_default() -> None:
    with pytest.raises(TypeError):
        RevocationSpec(order_id=100000001, comments="Key leaked.")  # type: ignore[call-arg]
