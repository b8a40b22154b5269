"""Programs with more than one revocation, or with a provider of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine


@pytest.mark.slow
def test_an_order_id_that_is_not_known_before_the_update_and_comments_that_are_a_secret(
    stack: Stack, sandbox: Sandbox
) -> None:
    [first, second] = sandbox.plain(2)
    stack.write(
        f"""
import digicert_pulumi as digicert
import pulumi

words = pulumi.Output.secret("Found in a private place.")
first = digicert.OrderRevocation("first", order_id={first}, comments=words)
later = first.request_id.apply(lambda _: {second})
digicert.OrderRevocation("second", order_id=later, comments="Key leaked.")
""",
        beside={
            "calendar.py": "MINE = True",
            "secrets.py": "MINE = True",
        },  # they hide Python's and do no harm
    )
    preview = stack.preview()
    assert preview.code == 0
    assert preview.changes == {"create": 2}
    assert preview.notices == [
        "warning: the order id is not known yet, so this preview cannot show what would be revoked"
    ]
    up = stack.up()
    assert up.code == 0
    assert up.notices == []
    assert up.writes == [f"PUT /order/certificate/{first}/revoke", f"PUT /order/certificate/{second}/revoke"]
    [request] = sandbox.revoke_requests(first)
    assert request["comments"] == "Found in a private place."
    state = stack.resources()["first"]
    assert all("ciphertext" in state[part]["comments"] for part in ("inputs", "outputs"))
    assert stack.preview().changes == {"same": 2}


def test_a_certificate_is_declared_twice_however_it_is_named_and_with_its_order(
    stack: Stack, sandbox: Sandbox
) -> None:
    one, other = sandbox.plain(2)
    [certificate, another] = (sandbox.primary(order) for order in (one, other))
    stack.write(f"""
import digicert_pulumi as digicert

digicert.CertificateRevocation("by-id", certificate_id={certificate["id"]}, comments="Leaked.")
digicert.CertificateRevocation("by-number", serial_number={certificate["serial_number"]!r}, comments="Leaked.")
digicert.CertificateRevocation("alone", order_id={other}, certificate_id={another["id"]}, comments="Leaked.")
digicert.OrderRevocation("all", order_id={other}, comments="Leaked.")
""")
    preview = stack.preview()
    assert preview.code == 0, preview.text
    [warning] = [line for line in preview.notices if "declared by both" in line]
    assert f"certificate {certificate['id']} is declared by both 'by-" in warning
    [warning] = [line for line in preview.notices if "blocks the other" in line]
    for what, name in ((f"all of order {other}", "all"), (f"a certificate of order {other}", "alone")):
        assert f"{what} is declared by {name!r}" in warning or f"{what} by {name!r}" in warning


def test_providers_beside_each_other_and_an_order_that_is_declared_on_both_and_in_a_component(
    stack: Stack, sandbox: Sandbox
) -> None:
    theirs, *orders = sandbox.plain(4)
    stack.configure({"eu:apiKey": sandbox.admin_key})
    stack.write(f"""
import digicert_pulumi as digicert
import pulumi

settings = {{
    "digicert:apiKey": pulumi.Config("eu").require_secret("apiKey"),
    "digicert:baseUrl": "{sandbox.base_url}",
}}
eu = pulumi.ResourceOptions(provider=pulumi.ProviderResource("pulumi-python", "eu", settings))
digicert.OrderRevocation("theirs", opts=eu, order_id={theirs}, comments="Key leaked.")
parent = pulumi.ResourceOptions(parent=pulumi.ComponentResource("example:Parent", "parent"))
for order in {orders}:
    for place, opts in (("one", None), ("two", None), ("component", parent), ("eu", eu)):
        digicert.OrderRevocation(f"{{place}}-{{order}}", opts=opts, order_id=order, comments="Key leaked.")
""")
    up = stack.up("--parallel", "64")
    assert up.code == 0
    state = {name: each["outputs"] for name, each in stack.resources().items()}
    assert state["theirs"]["requester"]["email"] == "admin@example.com"
    for order in orders:
        about = [line for line in up.notices if f"order {order} is declared by both '" in line]
        assert len(about) == 3, up.notices
        assert up.writes.count(f"PUT /order/certificate/{order}/revoke") == 1
        [request] = sandbox.revoke_requests(order)
        named = [state[f"{place}-{order}"]["requestId"] for place in ("one", "two", "component", "eu")]
        assert named == [request["id"]] * 4
    provider = stack.resources("pulumi:providers:pulumi-python")["eu"]
    assert "ciphertext" in provider["inputs"]["digicert:apiKey"]
