"""Request the revocation of an order. The stack `deciding` decides, with somebody else's API key.

```console
$ pulumi config set --secret digicert:apiKey     # a key whose user may request revocations
$ pulumi config set orderId 123456789
$ pulumi up
```
"""

import pulumi

import digicert_pulumi as digicert

config = pulumi.Config()

leaked = digicert.OrderRevocation(
    "www-key-leaked",
    order_id=config.require_int("orderId"),
    comments=config.get("comments") or "Private key found in a public repository, incident 42.",
    revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
)

pulumi.export("request_id", leaked.request_id)
pulumi.export("status", leaked.status)
pulumi.export("revoked", leaked.revoked)
