"""The public API as a type checker sees it: what this file does must pass, and what is wrong must be reported."""

from __future__ import annotations

import pulumi
from typing_extensions import assert_type

import digicert_pulumi as digicert

leaked = digicert.OrderRevocation(
    "www-key-leaked",
    order_id=123456789,
    comments="Private key found in a public repository.",
    revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
    expected_common_name="www.example.com",
    must_not_be_served_by=["www.example.com", pulumi.Output.from_input("mail.example.com:25")],
    opts=pulumi.ResourceOptions(protect=True),
)
assert_type(leaked.request_id, pulumi.Output[int | None])
assert_type(leaked.revoked, pulumi.Output[bool])
assert_type(leaked.order, pulumi.Output[digicert.OrderSnapshot])

digicert.OrderRevocation("in-one", digicert.OrderRevocationArgs(order_id="123456789", comments="Key leaked."))

single = digicert.CertificateRevocation("one", serial_number="0A1B", comments="Key leaked.")
assert_type(single.order, pulumi.Output[digicert.CertificateSnapshot])

decision = digicert.RevocationDecision("four-eyes", request_id=198, decision="approved")
assert_type(decision.status, pulumi.Output[str])

eu = digicert.Provider("eu", region="eu")
order = digicert.get_order(123456789, pulumi.InvokeOptions(provider=eu))
assert_type(order, digicert.GetOrderResult)
assert_type(order.common_name, str | None)
for each in digicert.list_orders(status=["issued", "revoked"], common_name="*.example.com").orders:
    assert_type(each.id, int)
for holder in digicert.find_orders(serial_numbers="0A1B", key_files=["leaked.key"]).orders:
    assert_type(holder.found, list[digicert.OrderCertificate])

digicert.OrderRevocation("no-order", comments="Key leaked.")  # type: ignore  # noqa: PGH003  # for either checker
digicert.OrderRevocation("no-number", order_id=[1], comments="Key leaked.")  # type: ignore  # noqa: PGH003  # for either checker
