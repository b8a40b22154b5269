"""Revoke an order and wait until it is revoked: at once with an administrator's key, or after a decision.

```console
$ pulumi config set --secret digicert:apiKey
$ pulumi config set orderId 123456789
$ pulumi config set commonName www.example.com
$ pulumi config set atOnce true                  # an administrator's key; nobody approves, DigiCert keeps no comments
$ pulumi preview --diff                          # shows the order and all of its certificates
```
"""

import pulumi

import digicert_pulumi as digicert

config = pulumi.Config()
at_once = config.get_bool("atOnce") or False

order = digicert.get_order(config.require_int("orderId"))
certificates = digicert.get_certificates(order.id).certificates

revocation = digicert.OrderRevocation(
    "leaked",
    order_id=order.id,
    comments="The key is public, incident 44.",
    revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
    expected_common_name=config.require("commonName"),
    skip_approval=at_once,
    wait_for_decision=None if at_once else 3600,
)

pulumi.export("status_before", order.status)
pulumi.export("serial_numbers", [certificate.serial_number for certificate in certificates])
pulumi.export("revoked", revocation.revoked)
pulumi.export("accepted_at", revocation.accepted_at)
