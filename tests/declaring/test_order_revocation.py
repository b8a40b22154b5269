"""What programs import: the arguments, their errors, and what reaches the engine."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc
from support.program import Engine, run

from digicert_pulumi import (
    OrderRevocation,
    OrderRevocationArgs,
    OrderSnapshot,
    Requester,
    RequestStatus,
    RevocationReason,
)
from digicert_pulumi.declaring.order_revocation import PROVIDER

STATE = {
    "orderId": 123456789.0,
    "comments": "Key leaked.",
    "requestId": 198.0,
    "status": "pending",
    "requestDate": "2026-01-02T03:04:05+00:00",
    "requester": {"id": 14.0, "firstName": "Ada", "email": "ada@example.com"},
    "revoked": False,
    "order": {
        "commonName": "www.example.com",
        "dnsNames": ["www.example.com"],
        "product": "Standard SSL",
        "status": "issued",
        "revocation": "request 198 is pending",
        "duplicates": [{"commonName": "www.example.com", "dnsNames": [], "serialNumber": "0A"}],
    },
}
"""A state as the engine gives it to a program: every number a double."""


@pytest.fixture
def engine() -> Engine:
    return Engine("123456789", STATE)


def test_the_engine_gets_the_declared_inputs_and_the_provider(engine: Engine) -> None:
    run(
        lambda: (
            OrderRevocation(
                "r",
                order_id=123456789,
                comments="Key leaked.",
                revocation_reason=RevocationReason.KEY_COMPROMISE,
                expected_common_name="www.example.com",
            ).urn
        )
    )
    (resource,) = engine.registered
    assert resource.typ == "pulumi-python:dynamic/digicert:OrderRevocation"
    assert resource.name == "r"
    assert resource.inputs == {
        "__provider": PROVIDER,
        "orderId": 123456789,
        "comments": "Key leaked.",
        "revocationReason": "keyCompromise",
        "expectedCommonName": "www.example.com",
    }


@pytest.mark.parametrize("positional", [True, False])
def test_arguments_may_come_as_one_object(engine: Engine, positional: bool) -> None:
    args = OrderRevocationArgs(order_id=5, comments="x", skip_approval=True)
    opts = pulumi.ResourceOptions()
    run(
        lambda: (
            (
                OrderRevocation("r", args, opts) if positional else OrderRevocation("r", args=args, opts=opts)
            ).urn
        )
    )
    expected = {"__provider": PROVIDER, "orderId": 5, "comments": "x", "skipApproval": True}
    assert engine.registered[0].inputs == expected
    run(lambda: OrderRevocation("again", args).urn)
    assert engine.registered[1].inputs == expected


def test_options_may_come_by_position(engine: Engine) -> None:
    run(lambda: OrderRevocation("r", pulumi.ResourceOptions(), order_id=5, comments="x").urn)
    assert len(engine.registered) == 1


@pytest.mark.usefixtures("engine")
def test_outputs_are_typed() -> None:
    def program() -> pulumi.Output[dict[str, Any]]:
        revocation = OrderRevocation("r", order_id=123456789, comments="Key leaked.")
        names = (
            "order_id",
            "request_id",
            "status",
            "request_date",
            "requester",
            "order",
            "revoked",
            "processor_comment",
            "processor",
            "date_processed",
        )
        return pulumi.Output.all(**{name: getattr(revocation, name) for name in names})

    revocation: dict[str, Any] = run(program)
    assert (type(revocation["order_id"]), revocation["order_id"]) == (int, 123456789)
    assert (type(revocation["request_id"]), revocation["request_id"]) == (int, 198)
    assert revocation["status"] == RequestStatus.PENDING
    assert revocation["request_date"] == "2026-01-02T03:04:05+00:00"
    assert isinstance(revocation["requester"], Requester)
    assert (type(revocation["requester"].id), revocation["requester"].id) == (int, 14)
    assert revocation["requester"].first_name == "Ada"
    assert revocation["requester"].last_name is None
    assert isinstance(revocation["order"], OrderSnapshot)
    assert revocation["order"].common_name == "www.example.com"
    assert revocation["order"].organization is None
    [duplicate] = revocation["order"].duplicates or []
    assert duplicate.serial_number == "0A"
    assert revocation["revoked"] is False
    assert revocation["processor_comment"] is None
    assert revocation["processor"] is None
    assert revocation["date_processed"] is None


def test_a_status_that_digicert_adds_breaks_no_program() -> None:
    Engine("123456789", STATE | {"status": "escalated"})
    assert run(lambda: OrderRevocation("r", order_id=123456789, comments="Gone.").status) == "escalated"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "OrderRevocation 'r' missing 2 required keyword-only arguments: 'order_id' and 'comments'"),
        ({"comments": "x"}, "OrderRevocation 'r' missing 1 required keyword-only argument: 'order_id'"),
        ({"order_id": 5}, "OrderRevocation 'r' missing 1 required keyword-only argument: 'comments'"),
        (
            {"order_id": 5, "comments": "x", "reason": "y"},
            "OrderRevocation 'r' got an unexpected keyword argument 'reason'",
        ),
        (
            {"order_id": 5, "comments": "x", "expected_commonname": "y"},
            "OrderRevocation 'r' got an unexpected keyword argument 'expected_commonname'; did you mean expected_common_name?",
        ),
        (
            {"order_id": 5, "comments": "x", "name": "y"},
            "OrderRevocation 'r' got an unexpected keyword argument 'name'",
        ),
        (
            {"order_id": 5, "comments": "x", "opts": {}},
            "opts of OrderRevocation 'r' must be pulumi.ResourceOptions, not dict",
        ),
        (
            {"args": {"order_id": 5}},
            "OrderRevocation 'r' takes either OrderRevocationArgs or its fields as keyword arguments",
        ),
        (
            {"args": OrderRevocationArgs(order_id=5, comments="x"), "comments": "y"},
            "OrderRevocation 'r' takes either OrderRevocationArgs or its fields as keyword arguments",
        ),
    ],
)
@pytest.mark.usefixtures("engine")
def test_wrong_arguments_are_one_clear_type_error(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError) as error:
        OrderRevocation("r", **arguments)
    assert str(error.value) == message


def changing(changes: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> Any:
    """A transformation that changes the properties of revocations, or their options."""

    def change(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if not isinstance(args.resource, OrderRevocation):
            return None
        return pulumi.ResourceTransformationResult({**args.props, **changes}, opts or args.opts)

    return change


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("where", ["itself", "parent"])
@pytest.mark.parametrize("value", [b"x", {"a": "secret"}, object()])
def test_a_value_of_a_wrong_kind_that_a_transformation_adds_is_one_line(value: Any, where: str) -> None:
    def program() -> Any:
        bad = pulumi.ResourceOptions(transformations=[changing({"comments": value})])
        if where == "parent":
            parent = pulumi.ComponentResource("t", "p", opts=bad)
            bad = pulumi.ResourceOptions(parent=parent)
        return OrderRevocation("r", order_id=5, comments="x", opts=bad).urn

    with pytest.raises(pulumi.RunError) as error:
        run(program)
    assert str(error.value) == (
        "OrderRevocation 'r': comments must be a single value, such as a string or a number, not "
        f"{type(value).__name__}"
    )


def test_children_of_a_revocation_are_their_own(engine: Engine) -> None:
    def program() -> Any:
        parent = OrderRevocation("r", order_id=5, comments="x")
        return OrderRevocation("s", order_id=6, comments="x", opts=pulumi.ResourceOptions(parent=parent)).urn

    run(program)
    assert [each.inputs["orderId"] for each in engine.registered] == [5, 6]


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize("field", ["comments", "order_id", "expected_common_name", "skip_approval"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (["x"], "must be a single value, such as a string or a number, not list"),
        ({"a": "secret"}, "must be a single value, such as a string or a number, not dict"),
        (b"x", "must be a single value, such as a string or a number, not bytes"),
        (Decimal(5), "must be a single value, such as a string or a number, not Decimal"),
        (2**1100, "must be a whole number of at most 9007199254740991"),
        (2**53, "must be a whole number of at most 9007199254740991"),
        ("\ud800", "contains a lone surrogate, which is not valid Unicode"),
    ],
    ids=["list", "dict", "bytes", "decimal", "huge", "inexact", "surrogate"],
)
def test_an_argument_of_a_wrong_kind_is_one_line(
    engine: Engine, field: str, *, value: Any, reason: str, later: bool
) -> None:
    arguments: dict[str, Any] = {
        "order_id": 5,
        "comments": "x",
        field: pulumi.Output.secret(value) if later else value,
    }
    with pytest.raises(pulumi.RunError) as error:
        run(lambda: OrderRevocation("r", **arguments).urn)
    assert str(error.value) == f"OrderRevocation 'r': {field} {reason}"
    assert engine.registered == []


HOSTS = ["www.example.com", "mail.example.com:25"]


@pytest.mark.parametrize(
    "given",
    [
        HOSTS,
        tuple(HOSTS),
        pulumi.Output.from_input("later").apply(lambda _: HOSTS),
        ["www.example.com", pulumi.Output.from_input("mail.example.com:25")],
    ],
    ids=["list", "tuple", "later", "partly later"],
)
def test_a_list_reaches_the_engine(engine: Engine, given: Any) -> None:
    run(lambda: OrderRevocation("r", order_id=5, comments="x", must_not_be_served_by=given).urn)
    assert engine.registered[0].inputs["mustNotBeServedBy"] == HOSTS


@pytest.mark.parametrize("later", [False, True])
def test_an_item_of_a_wrong_kind_is_one_line(engine: Engine, *, later: bool) -> None:
    hosts: Any = ["www.example.com", {"secret": "value"}]
    given = pulumi.Output.from_input("later").apply(lambda _: hosts) if later else hosts
    with pytest.raises(pulumi.RunError) as error:
        run(lambda: OrderRevocation("r", order_id=5, comments="x", must_not_be_served_by=given).urn)
    assert str(error.value) == (
        "each item of OrderRevocation 'r': must_not_be_served_by must be a single value, such as a string or a number, not dict"
    )
    assert engine.registered == []


def test_an_output_stays_the_secret_that_it_is(engine: Engine) -> None:
    run(lambda: OrderRevocation("r", order_id=5, comments=pulumi.Output.secret("x")).urn)
    assert engine.registered[0].inputs["comments"] == {
        rpc._special_sig_key: rpc._special_secret_sig,
        "value": "x",
    }


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("name", [5, None, "", ["r"]])
def test_a_name_that_is_none_is_one_line(name: Any) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"^the name of OrderRevocation must be a non-empty string, not "
    ):
        OrderRevocation(name, order_id=5, comments="x")


@pytest.mark.parametrize("added", [False, True])
def test_an_import_says_what_to_do_instead(engine: Engine, *, added: bool) -> None:
    importing = pulumi.ResourceOptions(import_="5")
    opts = pulumi.ResourceOptions(transformations=[changing({}, importing)]) if added else importing
    with pytest.raises(pulumi.RunError) as error:
        OrderRevocation("r", opts, order_id=5, comments="x")
    assert str(error.value).startswith("OrderRevocation 'r': this resource does not support import_; remove")
    assert "\n" not in str(error.value)
    assert engine.registered == []


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "arguments", [{}, {"order_id": 5, "comments": "x", "reason": "y"}, {"args": {}}, {"opts": "x"}]
)
def test_pulumi_prints_wrong_arguments_as_one_line(arguments: dict[str, Any]) -> None:
    with pytest.raises(pulumi.RunError):
        OrderRevocation("r", **arguments)


@pytest.mark.usefixtures("engine")
def test_an_order_id_by_position_is_refused() -> None:
    with pytest.raises(TypeError, match=r"must be pulumi\.ResourceOptions, not int"):
        OrderRevocation("r", 5, comments="x")  # type: ignore[call-overload]
