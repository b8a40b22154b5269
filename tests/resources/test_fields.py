"""The table of inputs, and everything that must agree with it."""

from __future__ import annotations

import inspect
import re
import typing
from typing import Any

import pulumi
import pytest

import digicert_pulumi as digicert
from digicert_pulumi.certcentral import Certificate, Order, Organization, Product
from digicert_pulumi.resources.fields import CERTIFICATE_FIELDS, DECISION_FIELDS, ORDER_FIELDS, Field
from digicert_pulumi.resources.inputs import parse
from digicert_pulumi.revoking.rules import Refuse, decide
from digicert_pulumi.revoking.spec import WholeOrder
from digicert_pulumi.revoking.target import Target

TABLES = {
    digicert.OrderRevocation: (digicert.OrderRevocationArgs, ORDER_FIELDS),
    digicert.CertificateRevocation: (digicert.CertificateRevocationArgs, CERTIFICATE_FIELDS),
    digicert.RevocationDecision: (digicert.RevocationDecisionArgs, DECISION_FIELDS),
}
EVERY = [
    pytest.param(resource, arguments, field, id=f"{resource.__name__}-{field.name}")
    for resource, (arguments, fields) in TABLES.items()
    for field in fields.values()
]
GUARDS = [name for name in ORDER_FIELDS if name.startswith("expected")]


def keys(class_: type) -> dict[str, str]:
    """The names in Python of a class's properties, and what they are called in the state."""
    return dict(pulumi._types.input_type_py_to_pulumi_names(class_))


@pytest.mark.parametrize(("resource", "arguments", "field"), EVERY)
def test_every_input_is_an_argument_and_an_output(resource: Any, arguments: type, field: Field) -> None:
    assert keys(arguments)[field.python_name] == field.name
    declared = inspect.get_annotations(arguments)[field.python_name]
    assert ("Sequence" if field.type is list else field.type.__name__) in str(declared)
    assert ("None" in str(declared)) is not field.required
    assert field.python_name in inspect.get_annotations(resource)
    overloads = typing.get_overloads(resource.__init__) if hasattr(typing, "get_overloads") else []
    for overload in overloads[1:]:
        assert field.python_name in inspect.signature(overload).parameters


@pytest.mark.parametrize(("arguments", "fields"), TABLES.values())
def test_there_is_no_argument_beside_the_table(arguments: type, fields: dict[str, Field]) -> None:
    assert sorted(keys(arguments).values()) == sorted(fields)


@pytest.mark.parametrize("name", GUARDS)
def test_every_guard_rail_is_enforced(name: str) -> None:
    order = Order(
        id=1,
        status="issued",
        certificate=Certificate(common_name="www.example.com"),
        product=Product(name_id="ssl_plus", name="Standard SSL", type="ssl_certificate"),
        organization=Organization(name="Example, Inc."),
    )
    inputs = parse({"orderId": 1, "comments": "Key leaked.", name: "Another"})
    refusal = decide(Target(order), inputs.spec(WholeOrder()))
    assert isinstance(refusal, Refuse)
    assert refusal.code == re.sub(
        "^expected-", "unexpected-", ORDER_FIELDS[name].python_name.replace("_", "-")
    )
