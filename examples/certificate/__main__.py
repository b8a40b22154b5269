"""Revoke a single certificate of an order: the primary one, a duplicate or a reissue. The others stay valid.

```console
$ pulumi config set --secret digicert:apiKey
$ pulumi config set serialNumber 0669D46CAE79EF684A69777490602485
$ pulumi config set orderId 123456789            # for a duplicate or a reissue
$ pulumi preview --diff                          # shows the certificate, and the others of its order
```
"""

import pulumi

import digicert_pulumi as digicert

config = pulumi.Config()

leaked = digicert.CertificateRevocation(
    "login-key-leaked",
    serial_number=config.require("serialNumber"),
    order_id=config.get_int("orderId"),
    comments="The key of the login server leaked, incident 43.",
    revocation_reason=digicert.RevocationReason.KEY_COMPROMISE,
    expected_common_name=config.get("expectedCommonName"),
)

pulumi.export("request_id", leaked.request_id)
pulumi.export("status", leaked.status)
pulumi.export("revoked", leaked.revoked)
