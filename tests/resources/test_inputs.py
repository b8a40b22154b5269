"""The declared inputs: what is taken, in which form, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest

from digicert_pulumi import RevocationReason
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, DECISION_FIELDS, REVOCATION_REASONS
from digicert_pulumi.resources.inputs import UNKNOWN, parse
from digicert_pulumi.revoking.spec import WholeOrder

GOOD = {"orderId": 100000001, "comments": "Key leaked."}


def failures(**changes: Any) -> list[tuple[str, str]]:
    return [(each.name, each.reason) for each in parse({**GOOD, **changes}).failures]


@pytest.mark.parametrize("order_id", [100000001, 100000001.0, "100000001", " 100000001 "])
def test_an_order_id_is_a_whole_number_however_it_arrives(order_id: object) -> None:
    inputs = parse({**GOOD, "orderId": order_id})
    assert inputs.failures == []
    assert inputs.properties["orderId"] == 100000001
    assert type(inputs.properties["orderId"]) is int


@pytest.mark.parametrize(
    "order_id",
    [
        "",
        "abc",
        "12a",
        "-5",
        "1.5",
        "0x10",
        "١٢٣",
        0,
        -1,
        1.5,
        float("nan"),
        float("inf"),
        True,
        [],
        {},
        2**53,
    ],
)
def test_anything_else_is_no_order_id(order_id: object) -> None:
    ((name, reason),) = failures(orderId=order_id)
    assert name == "orderId"
    assert reason.startswith("must be the order's id")
    assert "\n" not in reason


@pytest.mark.parametrize("name", ["orderId", "comments"])
def test_what_is_required_is_named_where_it_is_missing(name: str) -> None:
    [failure] = parse({key: value for key, value in GOOD.items() if key != name}).failures
    assert (failure.name, failure.reason) == (name, "is required")


@pytest.mark.parametrize("comments", ["", "  ", "\n"])
def test_empty_comments_are_refused(comments: str) -> None:
    assert failures(comments=comments) == [("comments", "must not be empty")]


@pytest.mark.parametrize(
    "name", ["comments", "expectedCommonName", "expectedOrganization", "expectedProduct"]
)
def test_a_text_is_a_text(name: str) -> None:
    assert failures(**{name: 5}) == [(name, "must be a string")]


@pytest.mark.parametrize("reason", REVOCATION_REASONS)
def test_every_reason_of_certcentral_is_taken(reason: str) -> None:
    assert parse({**GOOD, "revocationReason": reason}).properties["revocationReason"] == reason


def test_the_enum_and_the_check_know_the_same_reasons() -> None:
    assert tuple(reason.value for reason in RevocationReason) == REVOCATION_REASONS


@pytest.mark.parametrize("reason", ["key_compromise", "keycompromise", "KeyCompromise"])
def test_a_misspelt_reason_is_told_what_was_meant(reason: str) -> None:
    ((name, text),) = failures(revocationReason=reason)
    assert name == "revocationReason"
    assert "did you mean keyCompromise?" in text
    assert "cessationOfOperation" in text


@pytest.mark.parametrize("reason", ["", "certificateHold", 1])
def test_an_unknown_reason_is_refused(reason: object) -> None:
    assert failures(revocationReason=reason)[0][0] == "revocationReason"


@pytest.mark.parametrize("flag", ["true", 1, 0.0])
def test_skip_approval_is_a_bool(flag: object) -> None:
    assert failures(skipApproval=flag) == [("skipApproval", "must be true or false")]


def test_not_skipping_the_approval_is_the_same_as_not_saying_so() -> None:
    assert parse({**GOOD, "skipApproval": False}) == parse(GOOD)


@pytest.mark.parametrize("name", [*CERTIFICATE_FIELDS, *DECISION_FIELDS])
@pytest.mark.parametrize("value", ["hunter2", 867530986753098675309, [1986]])
def test_what_is_wrong_is_told_without_its_value(name: str, value: object) -> None:
    found = parse({name: value}, CERTIFICATE_FIELDS | DECISION_FIELDS).failures
    assert not any(secret in str(found) for secret in ("hunter", "8675309", "1986"))


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = parse({"orderId": "x", "comments": "", "revocationReason": "no"}).failures
    assert [each.name for each in found] == ["orderId", "comments", "revocationReason"]


@pytest.mark.parametrize(
    "name", ["orderId", "comments", "revocationReason", "skipApproval", "expectedCommonName"]
)
def test_what_is_not_known_yet_stays_so(name: str) -> None:
    unknown = UNKNOWN
    inputs = parse({**GOOD, name: unknown})
    assert inputs.failures == []
    assert inputs.properties[name] is unknown


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        (["www.example.com"], ["www.example.com:443"]),
        (
            ["WWW.example.com ", "www.example.com:443", "mail.example.com:25"],
            ["www.example.com:443", "mail.example.com:25"],
        ),
        (("www.example.com",), ["www.example.com:443"]),
        (
            "www.example.com; mail.example.com:25,example.com",
            ["www.example.com:443", "mail.example.com:25", "example.com:443"],
        ),
        ([f"{n}.example.com" for n in range(20)], [f"{n}.example.com:443" for n in range(20)]),
    ],
)
def test_hosts_are_brought_into_one_form(value: object, hosts: list[str]) -> None:
    inputs = parse({**GOOD, "mustNotBeServedBy": value})
    assert inputs.failures == []
    assert inputs.properties["mustNotBeServedBy"] == hosts
    assert [str(host) for host in inputs.spec(WholeOrder()).must_not_be_served_by] == hosts
    assert parse(inputs.properties) == inputs


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (5, "must be a list of hosts, such as www.example.com and www.example.com:8443"),
        ([5], "must be a list of hosts, such as www.example.com and www.example.com:8443"),
        (
            ["secret value"],
            "contains an invalid host: each must be a host name such as www.example.com or www.example.com:8443",
        ),
        ([f"{n}.example.com" for n in range(21)], "must be a list of at most 20 hosts"),
    ],
)
def test_what_is_no_list_of_hosts_is_refused(value: object, reason: str) -> None:
    assert failures(mustNotBeServedBy=value) == [("mustNotBeServedBy", reason)]


@pytest.mark.parametrize("value", [[], ""])
def test_no_hosts_are_the_same_as_not_saying_so(value: object) -> None:
    assert parse({**GOOD, "mustNotBeServedBy": value}) == parse(GOOD)


def test_a_list_is_not_known_while_a_part_of_it_is_not() -> None:
    inputs = parse({**GOOD, "mustNotBeServedBy": ["www.example.com", UNKNOWN]})
    assert inputs.failures == []
    assert inputs.properties["mustNotBeServedBy"] is UNKNOWN
    assert inputs.spec(WholeOrder()).must_not_be_served_by == ()


def test_computed_and_internal_properties_are_left_behind() -> None:
    assert parse({**GOOD, "__provider": "x", "requestId": 5, "order": {}}).properties == GOOD
