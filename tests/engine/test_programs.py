"""Programs with more than one revocation, or with a provider of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.sandbox import Sandbox
    from support.stack import Stack

pytestmark = pytest.mark.engine


def test_an_order_id_that_is_not_known_before_the_update_passes_the_preview_with_one_line(
    stack: Stack, sandbox: Sandbox
) -> None:
    [first, second] = sandbox.plain(2)
    stack.write(f"""
import digicert_pulumi as digicert

first = digicert.OrderRevocation("first", order_id={first}, comments="Key leaked.")
later = first.request_id.apply(lambda _: {second})
digicert.OrderRevocation("second", order_id=later, comments="Key leaked.")
""")
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


def test_a_certificate_is_declared_twice_however_it_is_named_and_with_its_order(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    certificate = sandbox.order(order)["certificate"]
    stack.write(f"""
import digicert_pulumi as digicert

digicert.CertificateRevocation("by-id", certificate_id={certificate["id"]}, comments="Leaked.")
digicert.CertificateRevocation("by-number", serial_number={certificate["serial_number"]!r}, comments="Leaked.")
""")
    preview = stack.preview()
    assert preview.code == 0, preview.text
    [warning] = [line for line in preview.notices if "declared by both" in line]
    assert f"certificate {certificate['id']} is declared by both 'by-" in warning
    assert stack.up().code == 0
    stack.write(f"""
import digicert_pulumi as digicert

digicert.CertificateRevocation("by-id", order_id={order}, certificate_id={certificate["id"]}, comments="Leaked.")
digicert.OrderRevocation("all", order_id={order}, comments="Leaked.")
""")
    preview = stack.preview()
    [warning] = [line for line in preview.notices if "blocks the other" in line]
    for what, name in ((f"all of order {order}", "all"), (f"a certificate of order {order}", "by-id")):
        assert f"{what} is declared by {name!r}" in warning or f"{what} by {name!r}" in warning


def test_an_order_that_is_declared_twice_is_warned_of_and_asked_for_once(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    stack.write(f"""
import digicert_pulumi as digicert

for name in ("one", "other"):
    digicert.OrderRevocation(name, order_id={order}, comments="Key leaked.")
""")
    up = stack.up()
    assert up.code == 0
    assert up.changes == {"create": 2}
    [warning] = up.notices
    assert warning.startswith(f"warning: order {order} is declared by both '")
    assert "'one'" in warning
    assert "'other'" in warning
    assert up.writes == [f"PUT /order/certificate/{order}/revoke"]
    [request] = sandbox.revoke_requests(order)
    named = [revocation["outputs"]["requestId"] for revocation in stack.resources().values()]
    assert named == [request["id"]] * 2


def test_an_order_that_is_declared_on_two_providers_and_in_a_component_is_warned_of_and_asked_for_once(
    stack: Stack, sandbox: Sandbox
) -> None:
    orders = sandbox.plain(12)
    stack.configure({"eu:apiKey": sandbox.admin_key})
    stack.write(f"""
import digicert_pulumi as digicert
import pulumi

eu = digicert.Provider("eu", api_key=pulumi.Config("eu").require_secret("apiKey"), base_url="{sandbox.base_url}")
parent = pulumi.ComponentResource("example:Parent", "parent")
for order in {orders}:
    for opts in (None, pulumi.ResourceOptions(parent=parent), pulumi.ResourceOptions(provider=eu)):
        name = f"eu-{{order}}" if opts and opts.provider else f"order-{{order}}"
        digicert.OrderRevocation(name, opts=opts, order_id=order, comments="Key leaked.")
""")
    up = stack.up("--parallel", "64")
    assert up.code == 0
    for order in orders:
        about = [line for line in up.notices if f"order {order} is declared by both" in line]
        assert len(about) == 2, up.notices
        assert up.writes.count(f"PUT /order/certificate/{order}/revoke") == 1


def test_a_provider_of_its_own_serves_another_account_beside_that_of_the_configuration(
    stack: Stack, sandbox: Sandbox
) -> None:
    [ours, theirs] = sandbox.plain(2)
    stack.configure({"eu:apiKey": sandbox.admin_key})
    stack.write(f"""
import digicert_pulumi as digicert
import pulumi

settings = {{
    "digicert:apiKey": pulumi.Config("eu").require_secret("apiKey"),
    "digicert:baseUrl": "{sandbox.base_url}",
}}
eu = pulumi.ProviderResource("pulumi-python", "eu", settings)
digicert.OrderRevocation("ours", order_id={ours}, comments="Key leaked.")
digicert.OrderRevocation(
    "theirs", order_id={theirs}, comments="Key leaked.", opts=pulumi.ResourceOptions(provider=eu)
)
""")
    assert stack.preview().changes == {"create": 2}
    up = stack.up()
    assert up.code == 0
    assert (up.changes, up.notices) == ({"create": 2}, [])
    requesters = {
        name: revocation["outputs"]["requester"]["email"] for name, revocation in stack.resources().items()
    }
    assert requesters == {"ours": "user@example.com", "theirs": "admin@example.com"}
    assert (
        "ciphertext" in stack.resources("pulumi:providers:pulumi-python")["eu"]["inputs"]["digicert:apiKey"]
    )
    refresh = stack.refresh()
    assert refresh.changes == {"same": 2}
    assert refresh.code == 0


def test_comments_that_are_a_secret_are_sent_and_stay_encrypted_in_the_state(
    stack: Stack, sandbox: Sandbox
) -> None:
    [order] = sandbox.plain(1)
    stack.write(f"""
import digicert_pulumi as digicert
import pulumi

words = pulumi.Output.secret("Found in a private place.")
digicert.OrderRevocation("leaked", order_id={order}, comments=words)
""")
    assert stack.up().code == 0
    [request] = sandbox.revoke_requests(order)
    assert request["comments"] == "Found in a private place."
    [revocation] = stack.resources().values()
    assert all("ciphertext" in revocation[part]["comments"] for part in ("inputs", "outputs"))
    assert stack.preview().changes == {"same": 1}
